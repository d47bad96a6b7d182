"""One arrival of a load plan: what is due, for whom, and when."""

from __future__ import annotations

from dataclasses import dataclass

PlannedRow = tuple[int, int, str | None]
"""Member number, units, reference."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival: `due_ns` after the start, `entry` of the mix, for a member, with an amount.

    `copies` of it leave at once. `repeats` is the number of the arrival it replays, None for a
    fresh one. `rows` are those of a bulk. Members are numbers into the population. `acts_on` is the
    number of the earlier arrival that a void or a use is about, and `target` what names its effect;
    None where that is known only once it is answered.
    """

    index: int
    due_ns: int
    entry: int
    member: int
    units: int
    reference: str | None
    rows: tuple[PlannedRow, ...] = ()
    copies: int = 1
    repeats: int | None = None
    acts_on: int | None = None
    target: str | None = None
