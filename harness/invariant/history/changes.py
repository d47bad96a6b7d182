"""The changes that an attempt asks for, one per row, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.model.binding import Promises
from harness.model.exchange import Amount, Row, as_amount
from harness.model.history import Attempt
from harness.model.verdict import Outcome

NOT_ENOUGH = "not_enough_points"
REPEATED = frozenset({"duplicate", "already_voided"})
"""Reasons of a refusal which say that the change was made before."""
NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Change:
    """One row of one attempt: a change of one account that was asked for, with its own outcome.

    index     the position of the row in the attempt, from 0
    balance   what the response shows for the account right after the row, None if nothing
    """

    attempt: Attempt
    index: int
    row: Row
    outcome: Outcome
    reason: str | None = None
    balance: Amount | None = None

    @property
    def may_apply(self) -> bool:
        """Whether the change was made, or may have been."""
        return self.outcome is not Outcome.REFUSED


def is_void(attempt: Attempt) -> bool:
    """Return whether the attempt undoes an earlier entry."""
    return attempt.verb is not None and attempt.verb.split("_")[0] == "void"


def first_forgotten_ns(changes: Sequence[Change], promises: Promises) -> int | None:
    """Return when the reference of these changes may be forgotten first, None if it never is."""
    lifetime = promises.reference_lifetime
    if lifetime is None or promises.repeat == "none" or is_void(changes[0].attempt):
        return None
    return min(change.attempt.sent_ns for change in changes) + int(lifetime * 1_000_000_000)


def arrives_before(change: Change, instant_ns: int) -> bool:
    """Return whether the attempt surely arrived by then: only one with a response is known to."""
    end = change.attempt.done_ns
    return end is not None and end <= instant_ns and change.attempt.outcome is not Outcome.UNKNOWN


def as_integer(value: object) -> int | None:
    """Return the value if it is an integer and no boolean, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def stopped_at(attempt: Attempt, promises: Promises) -> int | None:
    """Return the position of the row at which a refused bulk stopped, None if it names no row.

    Positions count from 0. A wrong response may give one outside the rows.
    """
    index = as_integer(attempt.seen.get("fail_index"))
    if index is None or promises.bulk_failure != "prefix" or attempt.outcome is not Outcome.REFUSED:
        return None
    return index - promises.index_base


def outcomes_by_row(
    attempt: Attempt, rows: Sequence[Row]
) -> list[tuple[Outcome, str | None]] | None:
    """Return outcome and reason of each row where the response says them, None where it does not.

    All are unknown where there are more or fewer results than rows, and so is what is reported as
    done by a response that refuses the whole bulk.
    """
    results = attempt.seen.get("rows")
    if results is None or not (results or attempt.outcome is Outcome.OK):
        return None
    if len(results) != len(rows):
        return [(Outcome.UNKNOWN, None)] * len(rows)
    found = [(Outcome(outcome), reason) for outcome, reason in results]
    if attempt.outcome is Outcome.OK:
        return found
    return [(Outcome.UNKNOWN, None) if one is Outcome.OK else (one, why) for one, why in found]


def rows_done(attempt: Attempt, promises: Promises) -> frozenset[int] | None:
    """Return the rows that a bulk did which did not do them all, None if it says no such thing."""
    if promises.bulk_failure == "each":
        by_row = outcomes_by_row(attempt, attempt.rows)
        outcomes = [outcome for outcome, _ in by_row or ()]
        decided = Outcome.REFUSED in outcomes and Outcome.UNKNOWN not in outcomes
        done = (index for index, outcome in enumerate(outcomes) if outcome is Outcome.OK)
        return frozenset(done) if decided else None
    if promises.bulk_failure == "atomic":
        refused = attempt.outcome is Outcome.REFUSED and len(attempt.rows) > 1
        return frozenset() if refused else None
    stop = stopped_at(attempt, promises)
    return None if stop is None else frozenset(range(min(stop, len(attempt.rows))))


def changes_of(attempt: Attempt, rows: tuple[Row, ...], promises: Promises) -> Iterator[Change]:
    """Yield the change of each row that the attempt may have reached."""
    if (by_row := outcomes_by_row(attempt, rows)) is not None:
        # A balance that the response shows may be from before or after any of its rows.
        for index, (row, known) in enumerate(zip(rows, by_row, strict=True)):
            yield Change(attempt, index, row, *known)
        return
    if attempt.outcome is not Outcome.REFUSED:
        last = {row.account: index for index, row in enumerate(rows)}
        for index, row in enumerate(rows):
            is_last = last[row.account] == index
            balance = _shown_balance(attempt, row.account, len(last)) if is_last else None
            yield Change(attempt, index, row, attempt.outcome, attempt.reason, balance)
        return
    stop = stopped_at(attempt, promises)
    outcome, reason = Outcome.OK, None
    if stop is None:
        outcome, reason = Outcome.REFUSED, attempt.reason if len(rows) == 1 else None
    elif not 0 <= stop < len(rows):
        # The response contradicts itself: any row may have been applied.
        outcome, reason, stop = Outcome.UNKNOWN, attempt.reason, None
    for index, row in enumerate(rows[:stop]):
        yield Change(attempt, index, row, outcome, reason)
    if stop is not None:
        yield Change(attempt, stop, rows[stop], Outcome.REFUSED, attempt.reason)


def _shown_balance(attempt: Attempt, account: str, accounts: int) -> Amount | None:
    """Return what balance an ok response about so many accounts shows for one, None if unclear."""
    if attempt.outcome is not Outcome.OK:
        return None
    balances = attempt.seen.get("balances")
    if isinstance(balances, Mapping) and account in balances:
        return as_amount(balances[account])
    return as_amount(attempt.seen.get("balance")) if accounts == 1 else None
