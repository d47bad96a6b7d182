"""The attempts of a run in order, as a journal records them; invariants read nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from harness.model.exchange import Amount, Row
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome

REACH = "reach"
"""The source of the requests that only show whether the server responds: no check rests on them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One send of one request, as recorded: its meaning, its time and its outcome.

    `rows`: the changes of accounts that were asked for; none if the request is unparseable.
    `entry`: what a void or a coupon's use names; UNPARSEABLE for an unparseable request.
    `*_ns`: monotonic nanoseconds; `done_ns` is None where no end was recorded.
    `outcome`: ok, refused, or unknown: may have taken effect and may still do so.
    `fault`, `cause`: what happened instead of a complete response, and why, in words.
    `seen`: what the binding extracts from the response, by name.
    `lasting`: whether its effect may come at any time after its response.
    `unread`: what stands where a balance is expected and is none.
    `possible_references`: those of an unparseable request, which it may have used up.
    `throttled`: the server refused to serve it for now.
    """

    id: str
    source: str
    operation: str
    verb: str | None
    account: str | None
    rows: tuple[Row, ...]
    entry: str | None
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
    possible_references: frozenset[str] = frozenset()
    unread: str = ""
    lasting: bool = False
    throttled: bool = False
    cause: str = ""


CHANGE, OTHER = "change", "other"
"""What an announcement tells of."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One request of the vendor that may tell of a change, as recorded.

    `request`: method, path and body, redacted.
    `event`: CHANGE or OTHER, by the events of the binding; empty where none of them holds.
    `units`: signed; `balance`: what it says the account holds; None where it says nothing readable.
    `auth`: valid, wrong or missing; empty where no proof is declared.
    `unread`: what keeps it from being read.
    `responded`: whether the vendor got the whole response.
    """

    id: str
    received_ns: int
    request: tuple[str, ...] = ()
    event: str = ""
    reference: str | None = None
    entry: str | None = None
    member: str | None = None
    units: Amount | None = None
    balance: Amount | None = None
    auth: str = ""
    unread: str = ""
    responded: bool = True


@dataclass(frozen=True, slots=True)
class Reception:
    """What the harness has heard of a vendor's announcements, in their order.

    `reason`: why it did not listen; empty where it did.
    `declared`: whether the target says that the vendor can reach the address `url`.
    `since_ns`, `until_ns`: from when to when it listened.
    `stalled_ns`: the longest that it was kept from listening, by a busy machine.
    """

    announcements: tuple[Announcement, ...] = ()
    reason: str = ""
    url: str = ""
    declared: bool = False
    since_ns: int = 0
    until_ns: int = 0
    stalled_ns: int = 0


@dataclass(frozen=True)
class History:
    """All attempts of one vendor's run, sorted by `sent_ns`, and what the vendor announced.

    `reception`: None where the vendor announces nothing.
    """

    attempts: tuple[Attempt, ...]
    reception: Reception | None = None

    @cached_property
    def by_id(self) -> Mapping[str, Attempt]:
        """The attempts by their ids, in their order."""
        return {attempt.id: attempt for attempt in self.attempts}

    def of_account(self, account: str) -> History:
        """Return the attempts that read or change the account."""
        kept = tuple(one for one in self.attempts if account in accounts_of(one))
        return replace(self, attempts=kept)

    def accounts(self) -> tuple[str, ...]:
        """Return every account that an attempt names, sorted."""
        return tuple(sorted({name for one in self.attempts for name in accounts_of(one)}))


def accounts_of(attempt: Attempt) -> frozenset[str]:
    """Return the accounts that an attempt reads or changes."""
    named = {row.account for row in attempt.rows}
    return frozenset(named | {attempt.account} if attempt.account is not None else named)


def sort_attempts(attempts: Iterable[Attempt]) -> History:
    """Return a history of the attempts in the order in which they were sent."""
    return History(tuple(sorted(attempts, key=lambda one: (one.sent_ns, one.id))))


@dataclass(frozen=True, slots=True)
class Drop:
    """An arrival that was due and never sent, because too many requests were open."""

    id: str
    source: str
    planned_ns: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """One vendor's run as its journal records it; `checked` are the results of the engines.

    `violations`: where responses violate their specification: (attempt id, sentence).
    `inferred_violations`: where they violate only what the specification lets one infer.
    `unchecked`: the attempts whose responses were not checked against it.
    `complete`, `truncated`: whether every writer closed its file; how many lines are unreadable.
    """

    headers: tuple[RunHeader, ...]
    history: History
    checked: tuple[Checked, ...]
    violations: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    drops: tuple[Drop, ...]
    complete: bool
    truncated: int
    inferred_violations: tuple[tuple[str, str], ...] = ()
    unchecked: frozenset[str] = frozenset()
