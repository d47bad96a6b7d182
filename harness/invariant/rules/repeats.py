"""A repeat changes nothing: what the rules of references and of voids have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.invariant.explain.diagnosis import diagnose_repeat
from harness.invariant.explain.finding import wrong_balance
from harness.invariant.history.changes import NOT_SENT, Change, is_void
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.rules.bounds import promises_fresh_reads
from harness.invariant.search.envelope import Deviation, Envelope, last_quiescent
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.verdict import Finding

Operations = Sequence[tuple[Change, ...]]
"""The changes of each logical operation."""


def judge_repeats(
    segmented: SegmentedHistory,
    explained: frozenset[str],
    judge_responses: Callable[[str, Operations], Finding | None],
    *,
    voids: bool,
) -> Iterator[Judgement]:
    """Yield whether the repeats on each account, of voids or of all else, had one effect each.

    The evidence is what `judge_responses` finds in their responses, given the account and its
    repeated operations, or a balance that is wrong by exactly what a repeat would have changed.
    """
    repeated: dict[str, list[tuple[Change, ...]]] = {}
    for changes in segmented.evidence.operations:
        if is_void(changes[0].attempt) != voids:
            continue
        if sum(change.reason != NOT_SENT for change in changes) > 1:
            for account in {change.row.account for change in changes}:
                repeated.setdefault(account, []).append(changes)
    count = 0
    for account, operations in repeated.items():
        if account in explained:
            continue
        finding = judge_responses(account, operations)
        for segment in segmented.segments.get(account, ()):
            finding = finding or _applied_again(segmented, segment, voids=voids)
        unjudged = segmented.unjudged.get(account)
        if finding is not None:
            yield failed(account, finding)
        elif unjudged is not None:
            yield Judgement(account, unjudged.verdict, unjudged.reason)
        else:
            count += 1
    yield from passed(count)


def _applied_again(segmented: SegmentedHistory, segment: Segment, *, voids: bool) -> Finding | None:
    """Return the finding that a balance is wrong by what the repeats would have changed."""
    envelope = Envelope(segment)
    fresh = promises_fresh_reads(segmented.promises)
    for wrong, lasting in _deviations(segment, envelope, fresh=fresh):
        diagnosis = diagnose_repeat(segment, wrong, voids=voids)
        if diagnosis is not None:
            return wrong_balance(segment, envelope, wrong, lasting=lasting, diagnosis=diagnosis)
    return None


def _deviations(
    segment: Segment, envelope: Envelope, *, fresh: bool
) -> Iterator[tuple[Deviation, bool]]:
    """Yield the first wrong read, then the first and the last quiescent one; and which one lasts.

    Where `fresh` reads are not promised only the final one counts.
    """
    trusted = segment.start
    found: list[Deviation] = []
    final = last_quiescent(segment, envelope)
    for read in sorted(segment.reads, key=lambda read: read.end_ns):
        if not fresh and read is not final:
            continue
        low, high = envelope.around(read)
        quiescent = envelope.quiescent(read)
        if low <= read.value <= high:
            trusted = read if quiescent and not found else trusted
        elif not found or quiescent:
            found.append(Deviation(read, low, high, trusted))
    lasting = [wrong for wrong in found if envelope.quiescent(wrong.read)]
    for wrong in (*found[:1], *lasting[:1], *lasting[-1:]):
        yield wrong, bool(lasting) and lasting[-1].read is final
