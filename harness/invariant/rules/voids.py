"""An entry is voided once, whatever reference the void has and whatever name it gives the entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.invariant.explain.finding import build_finding
from harness.invariant.history.evidence import attempts_of
from harness.invariant.history.segments import SegmentedHistory
from harness.invariant.rules.repeats import Operations, judge_repeats
from harness.invariant.verdicts import Judgement
from harness.model.binding import Promises
from harness.model.history import Attempt
from harness.model.verdict import Finding, Outcome


def judge_voids(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the entries of each account that were voided again were voided once.

    Where a second void may be acknowledged, only balances show whether it had an effect.
    """
    promises = segmented.promises

    def several_successes(account: str, operations: Operations) -> Finding | None:
        if promises.void_repeat == "unspecified":
            return None
        return _voided_again(operations, promises)

    yield from judge_repeats(segmented, explained, several_successes, voids=True)


def _voided_again(operations: Operations, promises: Promises) -> Finding | None:
    for changes in operations:
        done = [one for one in attempts_of(changes) if one.outcome is Outcome.OK]
        distinct = _distinct(done, promises)
        if len(distinct) > 1:
            return build_finding(
                "An entry was voided more than once",
                expected="one successful void, and every other one refused",
                seen=f"{len(distinct)} successful voids",
                proof=distinct,
            )
    return None


def _distinct(attempts: Sequence[Attempt], promises: Promises) -> list[Attempt]:
    """Return the attempts that repeat no other, by reference or by the entry they show."""
    kept: list[Attempt] = []
    seen: set[tuple[str, str]] = set()
    for attempt in attempts:
        marks = set()
        entry = attempt.seen.get("entry")
        if entry is not None and str(entry) != attempt.entry:
            marks.add(("entry", str(entry)))
        if promises.repeat != "none":
            marks |= {("reference", r.reference) for r in attempt.rows if r.reference is not None}
        if not marks & seen:
            kept.append(attempt)
        seen |= marks
    return kept
