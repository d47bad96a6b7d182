"""Histories written by hand: one mapping per attempt, times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from harness.model.binding import Promises
from harness.model.exchange import Row
from harness.model.history import (
    CHANGE,
    Announcement,
    Attempt,
    History,
    Reception,
    sort_attempts,
)
from harness.model.verdict import Checked, Outcome, Verdict

MS = 1_000_000
_SIGNS = {"burn": -1, "bulk_burn": -1}


def read_attempt(written: Mapping[str, Any], number: int) -> Attempt:
    """Return an attempt from its short form.

    `at` is [sent, done] in ms, done absent when there was no end. `rows` is a list of
    [account, signed units, reference]; `units` with `account` and `reference` is the form for one.
    """
    verb = written.get("verb")
    rows = tuple(Row(*row) for row in written.get("rows", ()))
    if "units" in written:
        units = written["units"] * _SIGNS.get(verb or "", 1)
        rows = (Row(written["account"], units, written.get("reference")),)
    sent, *done = written["at"]
    outcome = Outcome(written.get("outcome", "ok"))
    return Attempt(
        id=written.get("id", f"k{number}"),
        source="load:by hand",
        operation=verb or "plain",
        verb=verb,
        account=written.get("account"),
        rows=rows,
        entry=written.get("entry"),
        planned_ns=int(sent * MS),
        sent_ns=int(sent * MS),
        done_ns=int(done[0] * MS) if done else None,
        outcome=outcome if done else Outcome.UNKNOWN,
        reason=written.get("reason"),
        status=200,
        seen={name: _exact(value) for name, value in written.get("seen", {}).items()},
        curl=f"curl {number}",
        possible_references=frozenset(written.get("possible_references", ())),
        lasting=written.get("lasting", False),
    )


def _exact(value: Any) -> Any:
    """Return a number with decimal places exactly, as a journal is read."""
    return Decimal(str(value)) if isinstance(value, float) else value


def read_history(written: Iterable[Mapping[str, Any]]) -> History:
    """Return the history of attempts in short form."""
    return sort_attempts(read_attempt(one, number) for number, one in enumerate(written))


def read_reception(written: Mapping[str, Any]) -> Reception:
    """Return what was heard, from its short form: times in ms, `at` for each announcement."""
    heard = (
        Announcement(
            **{"event": CHANGE, "id": f"w{number}", **one},
            received_ns=int(at * MS),
        )
        for number, (at, one) in enumerate(written.get("heard", ()))
    )
    since, until, stalled = (int(written.get(k, 0) * MS) for k in ("since", "until", "stalled"))
    return Reception(
        tuple(heard),
        reason=written.get("reason", ""),
        url="http://here",
        declared=written.get("declared", True),
        since_ns=since,
        until_ns=until,
        stalled_ns=stalled,
    )


def read(account: str, balance: int, sent: float, done: float) -> dict[str, Any]:
    """Return a balance read in short form."""
    return {"verb": "balance", "account": account, "at": [sent, done], "seen": {"balance": balance}}


def checks_with(results: Iterable[Checked], verdict: Verdict) -> list[str]:
    """Return the names of the invariants that came to the verdict, sorted, once each."""
    found = {
        result.check.removeprefix("invariant:") for result in results if result.verdict is verdict
    }
    return sorted(found)


PROMISES = Promises(repeat="same")
