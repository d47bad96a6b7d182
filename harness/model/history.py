"""The calls of a run in order, as a journal tells them; what invariants read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.model.exchange import Row
from harness.model.finding import Checked
from harness.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt as recorded: what it meant, when, and how it ended.

    A call whose end was never written has `done_ns` None and outcome UNKNOWN. Times are monotonic
    nanoseconds. `curl` repeats it without secrets. `auth` says which credentials went along. A call
    of which nobody can tell what it asks for has no rows, and `clouds` are the references it named.
    """

    id: str
    source: str
    operation: str
    verb: str | None
    account: str | None
    rows: tuple[Row, ...]
    target: str | None
    planned_ns: int
    sent_ns: int
    done_ns: int | None
    outcome: Outcome
    reason: str | None = None
    status: int | None = None
    fault: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    curl: str = ""
    auth: str = "normal"
    clouds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """All calls of one vendor's run, sorted by `sent_ns`."""

    calls: tuple[Call, ...]

    def of_account(self, account: str) -> History:
        """Return the calls that read or move the account."""
        return History(tuple(c for c in self.calls if account in accounts_of(c)))

    def accounts(self) -> tuple[str, ...]:
        """Return every account that a call names, sorted."""
        return tuple(sorted({a for c in self.calls for a in accounts_of(c)}))


def accounts_of(call: Call) -> frozenset[str]:
    """Return the accounts a call reads or moves."""
    named = {row.account for row in call.rows}
    return frozenset(named | {call.account} if call.account is not None else named)


def sort_calls(calls: Iterable[Call]) -> History:
    """Return a history of the calls in the order they were sent."""
    return History(tuple(sorted(calls, key=lambda call: (call.sent_ns, call.id))))


@dataclass(frozen=True, slots=True)
class Drop:
    """An arrival that was due and never sent, because too many calls were under way."""

    id: str
    source: str
    planned_ns: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """One vendor's run as its journal tells it.

    `headers` are the first lines of the writers' files, `checked` what engines judged while they
    ran, `violations` the responses that broke their specification as (call id, sentence),
    `readings` those that broke only what is inferred in it, `unchecked` the calls whose responses
    were not held against it. `complete` is false when a writer did not close its file; `torn`
    counts lines that could not be read.
    """

    headers: tuple[Mapping[str, Any], ...]
    history: History
    checked: tuple[Checked, ...]
    violations: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    drops: tuple[Drop, ...]
    complete: bool
    torn: int
    readings: tuple[tuple[str, str], ...] = ()
    unchecked: frozenset[str] = frozenset()
