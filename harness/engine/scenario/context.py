"""What an attempt of a scenario is played with, what it knows, and why it may end early."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engine.members.pool import Pool
from harness.engine.scenario.clock import NO_CLOCK, Clock
from harness.model.binding import Binding
from harness.model.exchange import Exchange, Fault
from harness.model.target import Member
from harness.wire.client import Client
from harness.wire.retry import OutcomeUnknown


class ScenarioInapplicable(Exception):
    """The vendor's declarations lack what the scenario needs; the text says what."""


class ScenarioInconclusive(Exception):
    """The vendor refuses or lacks what the scenario builds on, so it proves nothing."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What scenarios are played with: client, members and clock of one target.

    `fresh` returns a text that nothing has used before.
    `duplicates` says that the network may deliver a request a second time.
    """

    client: Client
    pool: Pool
    fresh: Callable[[], str]
    clock: Clock = NO_CLOCK
    duplicates: bool = False


@dataclass
class Context:
    """What one attempt of a scenario knows while it is played.

    `members` are the leased members, by their name in the scenario.
    `expected` maps steps to the outcome that their expectation asks for.
    `references` maps reference names of the scenario to the texts that are sent.
    `variables` are the values that templates may use: what earlier steps extracted.
    `exchanges` maps steps to their first exchange that is ok, or else to their first.
    """

    environment: Environment
    source: str
    members: Mapping[str, Member]
    expected: Mapping[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)

    @property
    def client(self) -> Client:
        """The client of the environment."""
        return self.environment.client

    @property
    def binding(self) -> Binding:
        """The declared facts of the vendor."""
        return self.client.speaker.binding

    def fresh(self) -> str:
        """Return a text that nothing has used before."""
        return self.environment.fresh()

    def reference(self, name: str | None) -> str | None:
        """Return the text sent for a reference name of the scenario; `fresh` is new every time."""
        if name is None:
            return None
        if name == "fresh":
            return self.fresh()
        return self.references.setdefault(name, self.fresh())


def require_sent(exchange: Exchange) -> Exchange:
    """Return the exchange; raises OutcomeUnknown if no connection could be made for it."""
    if exchange.fault is Fault.UNSENT:
        raise unknown_after(
            f"no connection could be made for {exchange.intent.operation}", exchange
        )
    return exchange


def unknown_after(reason: str, last: Exchange) -> OutcomeUnknown:
    """Return the error of an outcome that stayed unknown after its last exchange."""
    return OutcomeUnknown(reason, responded=last.response is not None)


def unique_texts(tag: str) -> Callable[[], str]:
    """Return a function whose every result is a new short text; `tag` tells runs apart."""
    numbers = itertools.count(1)
    return lambda: f"h{tag}-{next(numbers):x}"
