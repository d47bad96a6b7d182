"""What an attempt of a scenario is played with, what it knows, and why it may end early."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.check.expectations.record import (
    BalanceChange,
    ScenarioRecord,
    StepRecord,
    wallet_key,
)
from harness.check.outcome import explained
from harness.engine.members.pool import Pool
from harness.engine.scenario.clock import NO_CLOCK, Clock
from harness.model.binding import Binding
from harness.model.exchange import Exchange, Fault, Intent
from harness.model.target import Member
from harness.wire.client import Client
from harness.wire.connection.cause import exceeded, remedy_of
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

    def why_not_together(self, requests: int) -> str:
        """Return why so many requests cannot leave together, empty if they can."""
        most = self.client.channel.pace.together
        if most is None or requests <= most:
            return ""
        return (
            f"{requests} concurrent requests are more than the target allows in a second ({most}); "
            "raise its rate if the server may bear it"
        )


@dataclass
class Context:
    """What one attempt of a scenario knows while it is played.

    `members` are the leased members, by their name in the scenario.
    `expected` maps steps to the outcome that their expectation asks for, `reasons` to the reason.
    `references` maps reference names of the scenario to the texts that are sent.
    `variables` are the values that templates may use: what earlier steps extracted.
    `exchanges` maps steps to their first exchange that is ok, or else to their first.
    `at_start` holds the balances before the steps, as changes that have not come yet.
    `used` tells when each reference was first sent, and `forgotten` which one may have been sent
    again after the vendor has forgotten it.
    `waits` says that the scenario waits for effects that come after their response.
    `kept_bytes` are those of the bodies that expectations are held against.
    """

    environment: Environment
    source: str
    members: Mapping[str, Member]
    expected: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    at_start: Mapping[str, BalanceChange] = field(default_factory=dict)
    waits: bool = False
    used: dict[str, float] = field(default_factory=dict)
    forgotten: str = ""
    kept_bytes: int = 0

    @property
    def client(self) -> Client:
        """The client of the environment."""
        return self.environment.client

    @property
    def binding(self) -> Binding:
        """The declared facts of the vendor."""
        return self.client.speaker.binding

    def record(
        self,
        steps: Mapping[str, StepRecord],
        balances: Mapping[str, BalanceChange],
        halted: str = "",
    ) -> ScenarioRecord:
        """Return what the steps and balances have shown, to be held against expectations."""
        accounts = {name: member["id"] for name, member in self.members.items()}
        for key in balances:
            name, _, wallet = key.partition("/")
            accounts[key] = wallet_key(accounts[name], wallet)
        return ScenarioRecord(
            steps=steps,
            balances=balances,
            accounts=accounts,
            promises=self.binding.promises,
            variables={
                "value": self.client.speaker.values,
                "reference": self.references,
                **self.members,
                **self.variables,
            },
            specification=self.client.speaker.specification,
            halted=halted,
            forgotten=self.forgotten,
        )

    def keep(self, exchange: Exchange) -> None:
        """Count the body of a response that is kept; raises ScenarioInconclusive for too many."""
        if exchange.response is not None:
            self.kept_bytes += len(exchange.response.body)
        limits = self.client.channel.limits
        if self.kept_bytes > limits.scenario_bytes:
            cause = exceeded(limits, "scenario_bytes")
            raise ScenarioInconclusive(f"its responses have {cause}; {remedy_of(cause)}")

    def note_references(self, intent: Intent, sent: float) -> None:
        """Notice a reference that is sent again so late that it may be forgotten."""
        lifetime = self.binding.promises.reference_lifetime
        for row in intent.rows if lifetime is not None else ():
            if row.reference is not None:
                age = time.monotonic() - self.used.setdefault(row.reference, sent)
                if self.used[row.reference] != sent and lifetime is not None and age > lifetime:
                    self.forgotten = (
                        f"{intent.operation} was sent again {age:.1f} s after its first request,"
                        f" and a reference is remembered for {lifetime:g} s"
                    )

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
        cause = f": {exchange.cause}" if exchange.cause else ""
        raise unknown_after(
            f"no connection could be made for {exchange.intent.operation}{cause}", exchange
        )
    return exchange


def unknown_after(reason: str, last: Exchange) -> OutcomeUnknown:
    """Return the error of an outcome that stayed unknown after its last exchange."""
    return OutcomeUnknown(f"{reason}: {explained(last)}", responded=last.response is not None)


def unique_texts(tag: str) -> Callable[[], str]:
    """Return a function whose every result is a new short text; `tag` tells runs apart."""
    numbers = itertools.count(1)
    return lambda: f"h{tag}-{next(numbers):x}"
