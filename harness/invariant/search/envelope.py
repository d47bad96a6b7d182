"""The lowest and the highest balance that an account's effects allow at an instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from harness.invariant.history.effects import Read
from harness.invariant.history.segments import Segment
from harness.model.exchange import Amount


class _Sums:
    """Sums of the units of effects that began, or ended, up to an instant."""

    def __init__(self, points: Iterable[tuple[int | None, int]]) -> None:
        ordered = sorted((instant, units) for instant, units in points if instant is not None)
        self.instants = [instant for instant, _ in ordered]
        self.totals = [0, *accumulate(units for _, units in ordered)]

    def before(self, instant: int) -> int:
        return self.totals[bisect_left(self.instants, instant)]

    def until(self, instant: int) -> int:
        return self.totals[bisect_right(self.instants, instant)]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A read outside its bounds; `trusted` is the last quiescent read before the first of them."""

    read: Read
    low: Amount
    high: Amount
    trusted: Read

    @property
    def gap(self) -> Amount:
        """Units by which the balance exceeds (positive) or misses (negative) its bounds."""
        value = self.read.value
        return value - self.high if value > self.high else value - self.low


class Envelope:
    """The balance bounds of one segment.

    An effect that may have happened counts where it widens a bound, one that must have happened
    where it narrows one. Equal instants count as overlap. Built in O(n log n); each question costs
    a binary search.
    """

    def __init__(self, segment: Segment) -> None:
        up = [effect for effect in segment.effects if effect.units > 0]
        down = [effect for effect in segment.effects if effect.units < 0]
        self.segment = segment
        self.start = segment.start.value
        self.begun_up = _Sums((effect.begin_ns, effect.units) for effect in up)
        self.begun_down = _Sums((effect.begin_ns, effect.units) for effect in down)
        self.ended_up = _Sums((effect.end_ns, effect.units) for effect in up)
        self.ended_down = _Sums((effect.end_ns, effect.units) for effect in down)
        certain = [effect for effect in segment.effects if effect.end_ns is not None]
        self.certain_begins = sorted(effect.begin_ns for effect in certain)
        self.ends = sorted(effect.end_ns for effect in certain if effect.end_ns is not None)

    def between(self, begin_ns: int, end_ns: int) -> tuple[Amount, Amount]:
        """Return the lowest and the highest balance possible at any instant of the interval."""
        low = self.start + self.ended_up.before(begin_ns) + self.begun_down.until(end_ns)
        high = self.start + self.begun_up.until(end_ns) + self.ended_down.before(begin_ns)
        return low, high

    def around(self, read: Read) -> tuple[Amount, Amount]:
        """Return the lowest and the highest balance that the read may correctly show."""
        low, high = self.between(read.begin_ns, read.end_ns)
        if read.effect is not None:
            low += max(read.effect.units, 0)
            high += min(read.effect.units, 0)
        return low, high

    def most_after(self, instant: int) -> Amount:
        """Return the highest balance possible right after the instant."""
        return self.start + self.begun_up.until(instant) + self.ended_down.until(instant)

    def allows(self, read: Read) -> bool:
        """Return whether the read shows a balance within its bounds."""
        low, high = self.around(read)
        return low <= read.value <= high

    def quiescent(self, read: Read) -> bool:
        """Return whether no certain effect but its own overlaps the read."""
        begun = bisect_right(self.certain_begins, read.end_ns)
        ended = bisect_left(self.ends, read.begin_ns)
        return begun - ended == (0 if read.effect is None else 1)

    def last_quiescent(self) -> Read | None:
        """Return the last read that no certain effect overlaps, None if there is none."""
        return next((read for read in reversed(self.segment.reads) if self.quiescent(read)), None)

    def deviations(self, reads: Iterable[Read] | None = None) -> Iterator[Deviation]:
        """Yield the reads, by default all, outside their bounds, in the order of their ends."""
        trusted, correct = self.segment.start, True
        reads = self.segment.reads if reads is None else reads
        for read in sorted(reads, key=lambda read: read.end_ns):
            low, high = self.around(read)
            if not low <= read.value <= high:
                correct = False
                yield Deviation(read, low, high, trusted)
            elif correct and self.quiescent(read):
                trusted = read
