"""No balance falls below the promised floor, neither as shown nor by what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.explain.finding import overspent, under_floor
from harness.invariant.history.effects import Read
from harness.invariant.history.evidence import AccountEvidence
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.verdict import Finding


def judge_floor(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether each account's balance stayed at the floor or above it.

    An account is left out if a void may have taken back what was spent, which no promise forbids,
    or if its balance was below the floor before anything was burned.
    """
    floor = segmented.promises.floor
    if floor is None:
        return
    count = 0
    for name, account in segmented.accounts.items():
        if name in explained or not account.reads:
            continue
        if any(effect.units < 0 and not effect.floored for effect in account.effects):
            continue
        if _began_below(account, floor):
            continue
        finding = _shown_below(account.reads, floor)
        for segment in segmented.segments.get(name, ()):
            finding = finding or _overspent(segment, floor)
        if finding is None:
            count += 1
        else:
            yield failed(name, finding)
    yield from passed(count)


def _began_below(account: AccountEvidence, floor: int) -> bool:
    first = min(account.reads, key=lambda read: read.end_ns)
    burned = any(e.units < 0 and e.begin_ns < first.end_ns for e in account.effects)
    return first.value < floor and not burned


def _shown_below(reads: list[Read], floor: int) -> Finding | None:
    below = [read for read in reads if read.value < floor]
    return under_floor(min(below, key=lambda read: read.end_ns), floor) if below else None


def _overspent(segment: Segment, floor: int) -> Finding | None:
    """Return the finding that more was burned than all possible earns cover."""
    envelope = Envelope(segment)
    ends = [effect.end_ns for effect in segment.effects if effect.units < 0]
    for end in sorted(end for end in ends if end is not None):
        # Right after the end of a burn: what began by then may count, what ended by then must.
        high = envelope.most_after(end)
        if high < floor:
            return overspent(segment, high, floor, end)
    return None
