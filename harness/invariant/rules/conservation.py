"""No point is lost or invented: while nothing is open, the balance is the sum of all effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.invariant.explain.finding import wrong_balance
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import (
    Deviation,
    Envelope,
    first_deviation,
    last_quiescent,
)
from harness.invariant.verdicts import Judgement, failed, judge_accounts, undecided
from harness.model.verdict import Verdict


def judge_conservation(
    segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each account's last balance is its first one plus all effects in between."""
    readable = any(account.readable for account in segmented.accounts.values())
    yield from judge_accounts(segmented, explained, partial(_judge_segment, readable))


def _judge_segment(readable: bool, segment: Segment) -> Judgement | None:
    """Return the judgement; `readable` says whether the vendor's balances can be read at all."""
    envelope = Envelope(segment)
    final = last_quiescent(segment, envelope)
    if final is not None:
        low, high = envelope.around(final)
        if not low <= final.value <= high:
            # The first wrong balance is nearer to the cause than the last.
            wrong = first_deviation(segment, envelope)
            wrong = wrong or Deviation(final, low, high, segment.start)
            return failed(segment.account, wrong_balance(segment, envelope, wrong, lasting=True))
    unread = final is None or bool(envelope.effects_after(final))
    if not (unread and segment.last and readable):
        return None if final is None else Judgement(segment.account, Verdict.PASS)
    if not segment.effects:
        return None
    return undecided(segment.account, "the balance was not read after the last changes ended")
