"""What one attempt of a scenario showed: the record that expectations are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.document.messages import Problem
from harness.model.binding import Promises, Verb
from harness.model.exchange import Amount, Exchange
from harness.model.operation import Specification
from harness.model.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one step sent and received.

    `exchanges` holds one exchange, or one for each concurrent request, operation or page.
    `rows` is the number of rows in each request.
    `passed` is the time that the step let pass, in seconds; such a step has no exchanges.
    `undoes` names the step whose effect this one takes back.
    `asked` is how often a step was sent that waits for something; its last exchange is kept.
    """

    name: str
    exchanges: tuple[Exchange, ...]
    verb: Verb | None
    rows: int
    passed: float = 0.0
    undoes: str | None = None
    asked: int = 1

    @property
    def ids(self) -> tuple[str, ...]:
        """The journal ids of the exchanges."""
        return tuple(exchange.id for exchange in self.exchanges)

    @property
    def bodies(self) -> list[Any]:
        """The decoded body of each response; NOT_JSON where there is none."""
        responses = (exchange.response for exchange in self.exchanges)
        return [NOT_JSON if response is None else decode(response) for response in responses]

    @property
    def count_ok(self) -> int:
        """How many exchanges ended ok."""
        return sum(exchange.outcome is Outcome.OK for exchange in self.exchanges)

    def result(
        self, holds: bool, expected: str, seen: str, exchanges: tuple[str, ...] | None = None
    ) -> TermResult:
        """Return the `term_result` that `exchanges` show, by default all of the step."""
        return term_result(holds, expected, seen, self.ids if exchanges is None else exchanges)


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """A balance before and after the scenario, in units; `exchanges` are the ids of both reads."""

    before: Amount
    after: Amount
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioRecord:
    """All that one attempt of a scenario showed.

    `balances` and `accounts` are keyed by local member name, or by `wallet_key` for a wallet.
    `variables` are the names that expectations may use in `${...}`.
    `specification` tells which places in responses are inferred; None: all are stated.
    `halted` says why the scenario could not be played to its end, empty if it was.
    `forgotten` says which reference the vendor may have forgotten, empty if none.
    """

    steps: Mapping[str, StepRecord]
    balances: Mapping[str, BalanceChange]
    accounts: Mapping[str, str]
    promises: Promises
    variables: Mapping[str, Any] = field(default_factory=dict)
    specification: Specification | None = None
    halted: str = ""
    forgotten: str = ""

    def step(self, name: str) -> StepRecord:
        """Return a step; raises Problem if the scenario ended before it."""
        if name not in self.steps:
            raise Problem(self.halted)
        return self.steps[name]


ANY_OUTCOME = "any outcome"
"""What is expected of a step that is only observed."""


@dataclass(frozen=True, slots=True)
class TermResult:
    """The result of one term of an expectation; `exchanges` are journal ids that show it."""

    verdict: Verdict
    expected: str
    seen: str
    exchanges: tuple[str, ...]

    @property
    def is_observation(self) -> bool:
        """Whether the step was only observed, so that `seen` reports what it did."""
        return self.expected == ANY_OUTCOME


def term_result(holds: bool, expected: str, seen: str, exchanges: tuple[str, ...]) -> TermResult:
    """Return a result that passed if the term holds and failed if it does not."""
    return TermResult(Verdict.PASS if holds else Verdict.FAIL, expected, seen, exchanges)


def wallet_key(owner: str, wallet: str) -> str:
    """Return the key of a wallet of a member or account; the points wallet has the owner's own."""
    return f"{owner}/{wallet}" if wallet else owner


def row_index(row: int | str, count: int) -> int:
    """Return the index of the `first`, `middle` or `last` of `count` rows; an int stays itself."""
    if isinstance(row, int):
        return row
    return {"first": 0, "middle": count // 2, "last": count - 1}[row]
