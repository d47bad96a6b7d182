"""A bulk request that stops at a row applies exactly the rows before it, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from harness.invariant.explain.diagnosis import diagnose_bulk
from harness.invariant.explain.finding import build_finding, wrong_balance
from harness.invariant.history.changes import stopped_at
from harness.invariant.history.effects import Read
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.binding import Promises
from harness.model.history import Attempt
from harness.model.verdict import Finding, Outcome


def judge_bulk(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether each bulk request that stopped midway applied only the rows before its stop.

    The row it names must exist. A balance that is wrong by rows of such a request is evidence, and
    so is a row that was read as applied, without a response, before an earlier row was read as
    missing.
    """
    if segmented.promises.bulk_failure != "prefix":
        return
    correct: set[str] = set()
    for attempt in segmented.history.attempts:
        stop = stopped_at(attempt, segmented.promises) if attempt.rows else None
        finding = None
        if stop is not None:
            if not 0 <= stop < len(attempt.rows):
                finding = build_finding(
                    "A bulk request was refused at a row that it does not have",
                    expected=f"a row from 1 to {len(attempt.rows)}",
                    seen=f"row {stop + 1}, counted from 1",
                    proof=(attempt,),
                )
        elif attempt.outcome is Outcome.UNKNOWN and len(attempt.rows) > 1:
            finding = _gap(segmented, attempt)
        else:
            continue
        if finding is None:
            correct.add(attempt.id)
        else:
            yield failed(attempt.id, finding)
    for account, segments in segmented.segments.items():
        for segment in segments if account not in explained else ():
            finding = _wrong_by_rows(segment, segmented.promises) if segment.stopped else None
            if finding is not None:
                correct -= set(finding.attempts)
                yield failed(account, finding)
    yield from passed(len(correct), "bulk requests")


def _wrong_by_rows(segment: Segment, promises: Promises) -> Finding | None:
    """Return the finding that a balance is wrong by rows of a bulk request that stopped."""
    envelope = Envelope(segment)
    wrong = next(envelope.deviations(), None)
    diagnosis = diagnose_bulk(segment, wrong, promises) if wrong is not None else None
    return wrong_balance(envelope, wrong, diagnosis) if wrong and diagnosis else None


def _gap(segmented: SegmentedHistory, attempt: Attempt) -> Finding | None:
    """Return the finding that a later row was applied before an earlier one was read as missing."""
    seen: list[tuple[int, bool, Read]] = []
    rows_of = Counter(row.account for row in attempt.rows)
    for index, row in enumerate(attempt.rows):
        # Several rows on one account cannot be told apart.
        for segment in segmented.segments.get(row.account, ()) if rows_of[row.account] == 1 else ():
            seen += ((index, *shown) for shown in _row_reads(segment, attempt, index))
    for (absent, was_applied, missing), (present, is_applied, applied) in product(seen, seen):
        if was_applied or not is_applied or present <= absent:
            continue
        if applied.end_ns < missing.begin_ns:
            return build_finding(
                "A bulk request applied a row while a row before it was missing",
                expected="rows applied in order up to some row, and none after it",
                seen=f"row {present + 1} applied and row {absent + 1} missing, counted from 1",
                proof=(attempt, applied.attempt, missing.attempt),
            )
    return None


def _row_reads(segment: Segment, attempt: Attempt, index: int) -> Iterator[tuple[bool, Read]]:
    """Yield the reads that prove the row applied (true) or missing.

    They count only where the row is the one effect of the segment that is not certain.
    """
    optional = [effect for effect in segment.effects if effect.end_ns is None]
    if len(optional) != 1 or not optional[0].units:
        return
    effect = optional[0]
    changes = effect.changes
    if len(changes) != 1 or changes[0].attempt is not attempt or changes[0].index != index:
        return
    envelope = Envelope(segment)
    for read in segment.reads:
        if read.effect is None and read.begin_ns > attempt.sent_ns and envelope.quiescent(read):
            low, high = envelope.around(read)
            if read.value in (low, high):
                yield (read.value == high) == (effect.units > 0), read
