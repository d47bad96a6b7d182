"""Every balance shown lies between what is certain and what is possible at its time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.invariant.explain.finding import spurious_refusal, wrong_balance
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import Envelope, first_deviation, last_quiescent
from harness.invariant.verdicts import Judgement, failed, judge_accounts
from harness.model.binding import Promises
from harness.model.verdict import Verdict


def promises_fresh_reads(promises: Promises) -> bool:
    """Return whether a balance shown must include what was acknowledged before it was requested."""
    return promises.consistency in ("session", "linearizable")


def judge_bounds(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the balances and refusals of each account are possible at their time.

    Where only the final balance is promised, conservation judges that and nothing is left here.
    """
    if promises_fresh_reads(segmented.promises):
        rule = partial(_judge_segment, segmented.promises.floor)
        yield from judge_accounts(segmented, explained, rule)


def _judge_segment(floor: int | None, segment: Segment) -> Judgement | None:
    if not segment.reads and not segment.refusals:
        return None
    envelope = Envelope(segment)
    wrong = first_deviation(segment, envelope)
    if wrong is not None:
        lasting = _ends_wrong(segment, envelope)
        return failed(segment.account, wrong_balance(segment, envelope, wrong, lasting=lasting))
    if floor is not None:
        for refusal in segment.refusals:
            low = envelope.spurious(refusal, floor)
            if low is not None:
                return failed(segment.account, spurious_refusal(segment, refusal, low))
    return Judgement(segment.account, Verdict.PASS)


def _ends_wrong(segment: Segment, envelope: Envelope) -> bool:
    """Return whether the last quiescent read is still outside its bounds."""
    final = last_quiescent(segment, envelope)
    if final is None:
        return False
    low, high = envelope.around(final)
    return not low <= final.value <= high
