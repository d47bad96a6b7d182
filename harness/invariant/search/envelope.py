"""How low and how high an account's balance can have been at a time, from its effects alone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from harness.invariant.history.effects import Effect, Refusal, Sight
from harness.invariant.history.segments import Ledger


class _Sums:
    """Sums of units up to an instant, by when effects began or ended."""

    __slots__ = ("instants", "totals")

    def __init__(self, points: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(points)
        self.instants = [instant for instant, _ in ordered]
        self.totals = [0, *accumulate(units for _, units in ordered)]

    def before(self, instant: int) -> int:
        return self.totals[bisect_left(self.instants, instant)]

    def until(self, instant: int) -> int:
        return self.totals[bisect_right(self.instants, instant)]


class Envelope:
    """The bounds of one ledger: what is certain by a time, and what is possible by then.

    What may have begun counts where it widens a bound, what has surely ended where it narrows one;
    equal times count as overlap. Each question costs a binary search.
    """

    __slots__ = (
        "begun_down",
        "begun_up",
        "certain_begins",
        "ended_down",
        "ended_up",
        "ends",
        "start",
    )

    def __init__(self, ledger: Ledger) -> None:
        up = [effect for effect in ledger.effects if effect.units > 0]
        down = [effect for effect in ledger.effects if effect.units < 0]
        self.start = ledger.start.value
        self.begun_up = _Sums((effect.begin_ns, effect.units) for effect in up)
        self.begun_down = _Sums((effect.begin_ns, effect.units) for effect in down)
        self.ended_up = _ended(up)
        self.ended_down = _ended(down)
        certain = [effect for effect in ledger.effects if effect.end_ns is not None]
        self.certain_begins = sorted(effect.begin_ns for effect in certain)
        self.ends = sorted(effect.end_ns for effect in certain if effect.end_ns is not None)

    def between(self, begin_ns: int, end_ns: int) -> tuple[int, int]:
        """Return the lowest and the highest balance possible at any instant of the interval."""
        low = self.start + self.ended_up.before(begin_ns) + self.begun_down.until(end_ns)
        high = self.start + self.begun_up.until(end_ns) + self.ended_down.before(begin_ns)
        return low, high

    def around(self, sight: Sight) -> tuple[int, int]:
        """Return the lowest and the highest balance that the sight may correctly show."""
        low, high = self.between(sight.begin_ns, sight.end_ns)
        if sight.effect is not None:
            low += max(sight.effect.units, 0)
            high += min(sight.effect.units, 0)
        return low, high

    def most_after(self, instant: int) -> int:
        """Return the highest balance possible right after the instant."""
        return self.start + self.begun_up.until(instant) + self.ended_down.until(instant)

    def spurious(self, refusal: Refusal, floor: int) -> int | None:
        """Return the lowest balance possible at the refusal, None unless it covered the burn."""
        low, _ = self.between(refusal.begin_ns, refusal.end_ns)
        return low if low + refusal.units >= floor else None

    def quiet(self, sight: Sight) -> bool:
        """Return whether no certain effect but its own can have fallen in the sight's interval."""
        begun = bisect_right(self.certain_begins, sight.end_ns)
        ended = bisect_left(self.ends, sight.begin_ns)
        return begun - ended == (0 if sight.effect is None else 1)

    def unread(self, sight: Sight) -> int:
        """Return how many certain effects began after the sight."""
        return len(self.certain_begins) - bisect_right(self.certain_begins, sight.end_ns)


def _ended(effects: list[Effect]) -> _Sums:
    return _Sums((effect.end_ns, effect.units) for effect in effects if effect.end_ns is not None)


@dataclass(frozen=True, slots=True)
class Off:
    """A balance outside its bounds, with the last balance before it that was surely right."""

    sight: Sight
    low: int
    high: int
    good: Sight

    @property
    def gap(self) -> int:
        """How many units the balance stands above (positive) or below (negative) its bounds."""
        value = self.sight.value
        return value - self.high if value > self.high else value - self.low


def last_quiet(ledger: Ledger, envelope: Envelope) -> Sight | None:
    """Return the last balance seen while no certain effect was open, None if there was none."""
    return next((sight for sight in reversed(ledger.sights) if envelope.quiet(sight)), None)


def first_off(ledger: Ledger, envelope: Envelope) -> Off | None:
    """Return the first balance outside its bounds, None if all are inside."""
    good = ledger.start
    for sight in sorted(ledger.sights, key=lambda sight: sight.end_ns):
        low, high = envelope.around(sight)
        if not low <= sight.value <= high:
            return Off(sight, low, high, good)
        if envelope.quiet(sight):
            good = sight
    return None
