"""Keep the credentials of a worker fresh, so that no arrival has to wait for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from harness.model.exchange import Request
from harness.model.target import Member
from harness.wire.client import Client
from harness.wire.request import render

_LOOK_SECONDS = 0.5
_ONE_MOMENT = datetime.fromtimestamp(0, UTC)


class Credentials:
    """Notices when the session's credentials change and says so.

    `verbs` are those the worker sends, `member` one they are tried with. `changed` is called when
    what was written with the old credentials no longer holds. Thread-safe.
    """

    def __init__(
        self, client: Client, verbs: Sequence[str], member: Member, changed: Callable[[], None]
    ) -> None:
        self._client = client
        self._verbs = verbs
        self._member = member
        self._changed = changed
        self._lock = threading.Lock()
        self._applied: list[Request] = []
        self._looked = float("-inf")
        self.generation = 0

    def renew(self, reason: str | None, generation: int) -> bool:
        """Say whether a refusal for this reason is worth another try, with new credentials.

        `generation` is that of the refused request: of many refused together only the first
        renews.
        """
        if not self._client.session.renews_on(reason):
            return False
        with self._lock:
            if generation == self.generation:
                self._client.session.renew()
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
        applied = [self._probe(name) for name in self._verbs]
        if applied != self._applied:
            self._applied = applied
            self.generation += 1
            self._changed()

    def _probe(self, name: str) -> Request:
        speaker = self._client.speaker
        rows = [(self._member, 1, "r")] if speaker.binding.verbs[name].rows else None
        always = {"fresh": "f", "entry": "t", "now": _ONE_MOMENT}
        plain, _ = speaker.verb(name, self._member, 1, "r", rows, always)
        return render(self._client.session.apply(plain))
