"""What a scenario showed, and how to read it: outcomes, rows that took effect, balances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.document.messages import Problem
from harness.document.pointer import MISSING
from harness.model.binding import Promises, Verb
from harness.model.exchange import Exchange, Row
from harness.model.operation import Specification
from harness.model.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Played:
    """A step as it was played: one exchange, or one for each copy or operation.

    `verb` is None for a raw operation. `rows` is the number of rows of each exchange. `passed` are
    the seconds that a step without exchanges let pass. `undoes` is the step whose effect a void
    takes back.
    """

    name: str
    exchanges: tuple[Exchange, ...]
    verb: Verb | None
    rows: int
    passed: float = 0.0
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceSpan:
    """A member's balance before and after the scenario, in units."""

    before: int
    after: int
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a scenario showed.

    `halted` says why it could not be played to its end, empty where it was.
    `accounts` maps its local member names to accounts. `captures` are the names its expectations
    may speak of: what was captured, the members, and the target's values. `specification` says
    which places in responses are only inferred.
    """

    steps: Mapping[str, Played]
    balances: Mapping[str, BalanceSpan]
    accounts: Mapping[str, str]
    promises: Promises
    captures: Mapping[str, Any] = field(default_factory=dict)
    specification: Specification | None = None
    halted: str = ""

    def step(self, name: str) -> Played:
        """Return a step; raises Problem if the scenario had ended before it."""
        if name not in self.steps:
            raise Problem(self.halted)
        return self.steps[name]


@dataclass(frozen=True, slots=True)
class Result:
    """One term of an expectation: did it hold, what was expected, what was seen."""

    verdict: Verdict
    expected: str
    seen: str
    calls: tuple[str, ...]


def kept_in(owner: str, wallet: str) -> str:
    """Return how a wallet of a member, or of the member's account, is called; points have none."""
    return f"{owner}/{wallet}" if wallet else owner


def applied_sum(names: Sequence[str], account: str, facts: Facts) -> int:
    """Return the signed units that the responses of all these steps say took effect on the account.

    However often a step was voided, its units are taken back once.
    """
    steps = [facts.step(name) for name in names]
    undone = {
        step.undoes
        for step in steps
        if step.undoes in facts.steps and any(e.outcome is Outcome.OK for e in step.exchanges)
    }
    made = sum(applied_units(step, account, facts.promises) for step in steps)
    return made - sum(
        applied_units(facts.step(name), account, facts.promises) for name in undone if name
    )


def applied_units(played: Played, account: str, promises: Promises) -> int:
    """Return the signed units that the responses of a step say took effect on the account."""
    return sum(
        row.units
        for exchange in played.exchanges
        for row in applied_rows(exchange, promises)
        if row.account == account
    )


def applied_rows(exchange: Exchange, promises: Promises) -> tuple[Row, ...]:
    """Return the rows of an exchange that its response says took effect."""
    rows = exchange.intent.rows
    if exchange.outcome is Outcome.OK:
        return rows
    index = exchange.seen.get("fail_index")
    if promises.bulk_failure == "prefix" and isinstance(index, int):
        return rows[: max(0, index - promises.index_base)]
    return ()


def told(exchange: Exchange) -> str:
    """Say in a few words how an exchange ended."""
    how = exchange.outcome.value
    if exchange.reason:
        how += f" ({exchange.reason})"
    if exchange.fault is not None:
        return f"{how}, {exchange.fault.value}"
    status = exchange.response.status if exchange.response is not None else "no"
    return f"{how}, status {status}"


def row_index(word: int | str, count: int) -> int:
    """Return the index of the first, middle or last of `count` rows; a number stays itself."""
    if isinstance(word, int):
        return word
    return {"first": 0, "middle": count // 2, "last": count - 1}[word]


def said(holds: bool, expected: str, seen: str, calls: tuple[str, ...]) -> Result:
    """Return that something was expected and seen, and whether it holds."""
    return Result(Verdict.PASS if holds else Verdict.FAIL, expected, seen, calls)


def ids_of(played: Played) -> tuple[str, ...]:
    """Return the journal ids of a step's calls."""
    return tuple(exchange.id for exchange in played.exchanges)


def bodies_of(played: Played) -> list[Any]:
    """Return the decoded answers of a step; NOT_JSON where there is none."""
    return [
        decode(exchange.response) if exchange.response is not None else NOT_JSON
        for exchange in played.exchanges
    ]


def alike(seen: Any, wanted: Any) -> bool:
    """Say whether two values are the same, be a number written as one or as text."""
    # A scenario that cares how a number is written says so by the schema.
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    return seen == wanted or (seen is not MISSING and seen is not None and str(seen) == str(wanted))


def number_of(value: Any) -> float | None:
    """Return a number given as number or text, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
