"""A bulk request applies exactly the rows that its response and the vendor's promise say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import diagnose_bulk
from harness.invariant.explain.finding import build_finding, wrong_balance
from harness.invariant.history.changes import rows_done, stopped_at
from harness.invariant.history.effects import Read
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.rules.balances import promises_fresh_reads
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed, undecided
from harness.model.binding import Promises
from harness.model.history import Attempt
from harness.model.verdict import Finding, Outcome


def judge_bulk(
    promise: str, segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each bulk request that did not do all its rows did the right ones.

    `promise` is the `bulk_failure` that is judged. With `prefix` the row that a response names must
    exist. A balance that is wrong by rows of such a request is evidence. Without a response, so is
    a row that was read as applied before another was read as missing: with `prefix` an earlier one,
    with `atomic` any.
    """
    if segmented.promises.bulk_failure != promise:
        return
    correct: set[str] = set()
    for attempt in segmented.history.attempts:
        stop = stopped_at(attempt, segmented.promises) if attempt.rows else None
        finding = None
        if uncounted := _uncounted(attempt):
            yield undecided(attempt.id, uncounted)
            continue
        if stop is not None:
            if not 0 <= stop < len(attempt.rows):
                finding = build_finding(
                    "A bulk request was refused at a row that it does not have",
                    expected=f"a row from 1 to {len(attempt.rows)}",
                    seen=f"row {stop + 1}, counted from 1",
                    proof=(attempt,),
                )
        elif attempt.outcome is Outcome.UNKNOWN and len(attempt.rows) > 1 and promise != "each":
            finding = _gap(segmented, attempt)
        elif rows_done(attempt, segmented.promises) is None:
            continue
        if finding is None:
            correct.add(attempt.id)
        else:
            yield failed(attempt.id, finding)
    for account, segments in segmented.segments.items():
        for segment in segments if account not in explained else ():
            finding = _wrong_by_rows(segment, segmented.promises) if segment.partial else None
            if finding is not None:
                correct -= set(finding.attempts)
                yield failed(account, finding)
    yield from passed(len(correct), "bulk requests")


def _uncounted(attempt: Attempt) -> str:
    """Return why the results of a bulk say nothing of its rows, empty if they do."""
    results, rows = attempt.seen.get("rows"), len(attempt.rows)
    if attempt.outcome is not Outcome.OK or results is None or len(results) == rows:
        return ""
    found = counted(len(results), "result")
    return f"the response has {found} for {counted(rows, 'row')}, so no row has a known outcome"


def _wrong_by_rows(segment: Segment, promises: Promises) -> Finding | None:
    """Return the finding that a balance is wrong by rows that a bulk request did or left out."""
    envelope = Envelope(segment)
    wrong = next(envelope.deviations(), None)
    diagnosis = diagnose_bulk(segment, wrong, promises) if wrong is not None else None
    return wrong_balance(envelope, wrong, diagnosis) if wrong and diagnosis else None


def _gap(segmented: SegmentedHistory, attempt: Attempt) -> Finding | None:
    """Return the finding that a row was applied before another one was read as missing."""
    if not promises_fresh_reads(segmented.promises) or segmented.promises.balance_lag:
        return None
    in_order = segmented.promises.bulk_failure == "prefix"
    seen: list[tuple[int, bool, Read]] = []
    rows_of = Counter(row.account for row in attempt.rows)
    for index, row in enumerate(attempt.rows):
        # Several rows on one account cannot be told apart.
        for segment in segmented.segments.get(row.account, ()) if rows_of[row.account] == 1 else ():
            seen += ((index, *shown) for shown in _row_reads(segment, attempt, index))
    for (absent, was_applied, missing), (present, is_applied, applied) in product(seen, seen):
        if was_applied or not is_applied or (in_order and present <= absent):
            continue
        if applied.end_ns < missing.begin_ns:
            in_turn = "rows applied in order up to some row, and none after it"
            return build_finding(
                f"A bulk request applied a row while {'a row before it' if in_order else 'another'}"
                " was missing",
                expected=in_turn if in_order else "all rows applied, or none",
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
