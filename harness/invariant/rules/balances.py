"""What balances must show: none lost or invented, none impossible, none under the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import inf

from harness.document.messages import counted
from harness.invariant.explain.finding import build_finding, overlapping, wrong_balance
from harness.invariant.history.effects import Read
from harness.invariant.history.evidence import AccountEvidence
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed, undecided
from harness.model.binding import Promises, reads_balance
from harness.model.verdict import Finding, Verdict


def promises_fresh_reads(promises: Promises) -> bool:
    """Return whether a balance shown must include what was acknowledged before it was requested."""
    return promises.consistency in ("session", "linearizable")


def judge_conservation(
    segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each account's last balance is its first one plus all effects in between."""
    reads = (read for account in segmented.accounts.values() for read in account.reads)
    readable = any(reads_balance(read.attempt.verb) for read in reads)
    yield from judge_segments(segmented, explained, partial(_conserves, readable))


def _conserves(readable: bool, segment: Segment) -> Judgement | None:
    """Return the judgement; `readable` says whether the vendor's balances can be read at all."""
    envelope = Envelope(segment)
    final = envelope.last_quiescent()
    if final is not None and not envelope.allows(final):
        # The first wrong balance is nearer to the cause than the last.
        return failed(segment.account, wrong_balance(envelope, next(envelope.deviations())))
    unread = final is None or max(envelope.certain_begins, default=0) > final.end_ns
    if not (unread and segment.last and readable):
        return None if final is None else Judgement(segment.account, Verdict.PASS)
    if not segment.effects:
        return None
    return undecided(segment.account, "the balance was not read after the last changes ended")


def judge_bounds(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the balances and refusals of each account are possible at their time.

    Where only the final balance is promised, conservation judges that and nothing is left here.
    """
    if promises_fresh_reads(segmented.promises):
        rule = partial(_stays_in_bounds, segmented.promises.floor)
        yield from judge_segments(segmented, explained, rule)


def _stays_in_bounds(floor: int | None, segment: Segment) -> Judgement | None:
    if not segment.reads and not segment.refusals:
        return None
    envelope = Envelope(segment)
    wrong = next(envelope.deviations(), None)
    if wrong is not None:
        return failed(segment.account, wrong_balance(envelope, wrong))
    least = inf if floor is None else floor
    for refusal in segment.refusals:
        low, _ = envelope.between(refusal.begin_ns, refusal.end_ns)
        if low + refusal.units >= least:
            units = counted(-refusal.units, "unit")
            finding = build_finding(
                f"A burn of {units} was refused although the balance covered it throughout",
                expected=f"success, as the balance was at least {low}",
                seen="a refusal for want of points",
                proof=(refusal.attempt, segment.start.attempt),
                context=overlapping(segment, refusal.begin_ns, refusal.end_ns),
            )
            return failed(segment.account, finding)
    return Judgement(segment.account, Verdict.PASS)


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
        reads = account.reads
        if segmented.promises.balance_lag:
            reads = [read for read in reads if not _may_lag(read, account)]
        finding = _shown_below(reads, floor)
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


def _may_lag(read: Read, account: AccountEvidence) -> bool:
    """Return whether the balance may still lack a credit that is there."""
    return any(
        effect.units > 0
        and effect.begin_ns <= read.end_ns
        and (effect.end_ns is None or effect.end_ns >= read.begin_ns)
        for effect in account.effects
    )


def _shown_below(reads: list[Read], floor: int) -> Finding | None:
    below = (read for read in reads if read.value < floor)
    read = min(below, key=lambda read: read.end_ns, default=None)
    if read is None:
        return None
    return build_finding(
        f"A balance fell to {read.value}, below the floor of {floor}",
        expected=f"a balance of at least {floor} at all times",
        seen=f"a balance of {read.value}",
        proof=(read.attempt,),
    )


def _overspent(segment: Segment, floor: int) -> Finding | None:
    """Return the finding that more was burned than all possible earns cover."""
    envelope = Envelope(segment)
    ends = [effect.end_ns for effect in segment.effects if effect.units < 0]
    for end in sorted(end for end in ends if end is not None):
        # Right after the end of a burn: what began by then may count, what ended by then must.
        high = envelope.most_after(end)
        if high < floor:
            burns = [
                effect
                for effect in segment.effects
                if effect.units < 0 and effect.end_ns is not None and effect.end_ns <= end
            ]
            excess = counted(floor - high, "unit")
            return build_finding(
                f"Burns were acknowledged for {excess} more than the balance held",
                expected=f"burns that leave a balance of at least {floor}",
                seen=f"acknowledged changes that leave a balance of at most {high}",
                proof=(
                    *(attempt for effect in reversed(burns) for attempt in effect.attempts),
                    segment.start.attempt,
                ),
                facts=(
                    f"balance {segment.start.value} at the start,"
                    f" {sum(effect.units for effect in burns):+} by"
                    f" {counted(len(burns), 'acknowledged burn')}",
                ),
                context=overlapping(segment, burns[-1].begin_ns, end),
            )
    return None


def judge_segments(
    segmented: SegmentedHistory,
    explained: frozenset[str],
    rule: Callable[[Segment], Judgement | None],
) -> Iterator[Judgement]:
    """Yield what a rule says of every account, None for a segment without anything to judge."""
    judged = {
        account: [found for found in map(rule, segments) if found is not None]
        for account, segments in segmented.segments.items()
        if account not in explained
    }
    yield from merge_segments(segmented, explained, judged)


def merge_segments(
    segmented: SegmentedHistory, explained: frozenset[str], judged: Mapping[str, list[Judgement]]
) -> Iterator[Judgement]:
    """Yield the worst judgement of each account's segments, and those that passed as one."""
    count = 0
    for account, unjudged in segmented.unjudged.items():
        if account not in explained:
            yield unjudged
    for judgements in judged.values():
        worst = max(judgements, key=lambda one: one.verdict.rank, default=None)
        if worst is not None and worst.verdict is Verdict.PASS:
            count += 1
        elif worst is not None:
            yield worst
    yield from passed(count)
