"""An entry is voided once, whatever the void's own reference and the name it gives the entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.invariant.explain.finding import tell_finding
from harness.invariant.history.effects import RowAttempt
from harness.invariant.history.evidence import calls_of
from harness.invariant.history.segments import Prepared
from harness.invariant.rules.repeats import judge_repeats
from harness.model.binding import Promises
from harness.model.finding import Checked, Finding
from harness.model.history import Attempt
from harness.model.verdict import Outcome

ID = "void-once"


def judge_void(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether the entries of each account that were voided again were voided once.

    Where a second void may be answered as done, only balances tell whether it did anything.
    """

    def responses(account: str, groups: Sequence[tuple[RowAttempt, ...]]) -> Finding | None:
        if prepared.promises.void_repeat == "unspecified":
            return None
        return _voided_again(groups, prepared.promises)

    yield from judge_repeats(ID, prepared, explained, responses, voids=True)


def _voided_again(groups: Sequence[tuple[RowAttempt, ...]], promises: Promises) -> Finding | None:
    for group in groups:
        done = [call for call in calls_of(group) if call.outcome is Outcome.OK]
        distinct = _distinct(done, promises)
        if len(distinct) > 1:
            return tell_finding(
                "One entry was voided more than once",
                expected="one void that succeeds, and every other one refused",
                seen=f"{len(distinct)} voids that succeeded",
                calls=distinct,
            )
    return None


def _distinct(calls: Sequence[Attempt], promises: Promises) -> list[Attempt]:
    """Return the calls that are no repeat of another: by reference, or by the entry they show."""
    kept: list[Attempt] = []
    seen: set[tuple[str, str]] = set()
    for call in calls:
        marks = set()
        entry = call.seen.get("entry")
        if entry is not None and str(entry) != call.target:
            marks.add(("entry", str(entry)))
        if promises.repeat != "none":
            marks |= {("reference", r.reference) for r in call.rows if r.reference is not None}
        if not marks & seen:
            kept.append(call)
        seen |= marks
    return kept
