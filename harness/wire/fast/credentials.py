"""Keep the credentials of a worker fresh, so that no arrival has to wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from harness.model.exchange import Request
from harness.model.target import Member
from harness.wire.client import Client
from harness.wire.request import render

_LOOK_SECONDS = 0.5
_ONE_MOMENT = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)
class Credentials:
    """Notices when the session's credentials change and says so.

    `verbs` are those the worker sends, `member` one they are tried with. `changed` is called when
    what was written with the old credentials no longer holds. Thread-safe.
    """

    client: Client
    verbs: Sequence[str]
    member: Member
    changed: Callable[[], None]
    generation: int = 0
    _lock: Lock = field(default_factory=Lock)
    _applied: list[Request] = field(default_factory=list)
    _looked: float = float("-inf")

    def renew(self, reason: str | None, generation: int) -> bool:
        """Say whether a refusal for this reason is worth another try, with new credentials.

        `generation` is that of the refused request: of many refused together only the first
        renews.
        """
        if not self.client.session.renews_on(reason):
            return False
        with self._lock:
            if generation == self.generation:
                self.client.session.tokens.renew()
                self._look()
        return True

    def freshen(self) -> None:
        """Fetch credentials that have reached their age; cheap to call often.

        Raises AuthFailed when there are none to be had now.
        """
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        with self._lock:
            self._looked = time.monotonic()
            self._look()

    def _look(self) -> None:
        applied = [self._probe(name) for name in self.verbs]
        if applied != self._applied:
            self._applied = applied
            self.generation += 1
            self.changed()

    def _probe(self, name: str) -> Request:
        speaker = self.client.speaker
        rows = [(self.member, 1, "r")] if speaker.binding.verbs[name].rows else None
        always = {"fresh": "f", "entry": "t", "now": _ONE_MOMENT}
        plain, _ = speaker.verb(name, self.member, 1, "r", rows, always)
        return render(self.client.session.apply(plain))
