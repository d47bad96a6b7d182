"""What one attempt of a scenario knows while it is played."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engine.scenario.clock import NO_CLOCK, Clock
from harness.model.binding import Verb
from harness.model.exchange import Exchange, Fault, Intent
from harness.model.scenario import Step
from harness.model.target import Member
from harness.wire.auth import Alter
from harness.wire.client import Client
from harness.wire.request import Draft


class OutcomeUnknown(Exception):
    """An outcome stayed unknown and could not be settled, so the scenario proves nothing.

    `answered` says that a response came, only none that tells an outcome.
    """

    def __init__(self, reason: str, *, answered: bool) -> None:
        super().__init__(reason)
        self.answered = answered


def require_sent(exchange: Exchange) -> Exchange:
    """Return an exchange that came about; where no connection could be made nothing is told."""
    if exchange.fault is Fault.UNSENT:
        text = f"no connection could be made for {exchange.intent.operation}"
        raise OutcomeUnknown(text, answered=False)
    return exchange


class ScenarioInapplicable(Exception):
    """The vendor's declarations lack what the step needs; the text says what."""


class ScenarioInconclusive(Exception):
    """The vendor refuses what the scenario stands on before it begins, so it proves nothing."""


@dataclass
class Context:
    """What one attempt of a scenario knows while it is played: members, names, variables."""

    client: Client
    source: str
    members: Mapping[str, Member]
    fresh: Callable[[], str]
    balance: Callable[[Member, str], int]
    expected: Mapping[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    done: dict[str, Exchange] = field(default_factory=dict)
    clock: Clock = NO_CLOCK

    def reference(self, name: str | None) -> str | None:
        """Return the text sent for a reference name of the scenario; `each` is new every time."""
        if name is None:
            return None
        if name == "each":
            return self.fresh()
        return self.references.setdefault(name, self.fresh())


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """One request of a step, ready to be sent, with what may be done if it stays unknown."""

    draft: Draft
    intent: Intent
    auth: str
    resendable: bool
    idempotent: bool = False
    tamper: Alter | None = None


def why_entries_do_not_fit(steps: Iterable[Step], verbs: Mapping[str, Verb]) -> str:
    """Return why a step cannot act on the one it names, empty when all can.

    A vendor may void burns and not earns; a scenario of the other is not to begin there.
    """
    called: dict[str, str] = {}
    for step in steps:
        verb = verbs.get(step.verb or "")
        acts_on = None if verb is None else verb.acts_on
        made = called.get(step.entry or "")
        if acts_on is not None and made is not None and made not in acts_on.verbs:
            return f"{step.verb} does not act on {made}"
        if step.verb is not None:
            called[step.name] = step.verb
    return ""


def unique_texts(tag: str) -> Callable[[], str]:
    """Return a maker of short texts that no other run and no other call has used."""
    numbers = itertools.count(1)
    lock = threading.Lock()

    def fresh() -> str:
        with lock:
            return f"h{tag}-{next(numbers):x}"

    return fresh
