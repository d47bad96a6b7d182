"""One arrival of a load plan: what is due, for whom, and when."""

from __future__ import annotations

from dataclasses import dataclass

PlannedRow = tuple[int, int, str | None]
"""Member number, units, reference."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival of a plan, which sends one request or several concurrent ones.

    index        its number in the plan
    due_ns       when it is due, in nanoseconds after the start
    mix_index    the number of its entry of the mix
    member       the number of its member in the population
    units        the amount, in our units
    reference    None where the verb's requests hold none
    rows         those of a bulk
    concurrent   how many requests leave at the same moment
    replays      the number of the arrival that it replays, None for a fresh one
    entry_from   the number of the earlier arrival whose entry a void or a use names
    entry        that entry; None where only the response to the earlier arrival shows it
    """

    index: int
    due_ns: int
    mix_index: int
    member: int
    units: int
    reference: str | None
    rows: tuple[PlannedRow, ...] = ()
    concurrent: int = 1
    replays: int | None = None
    entry_from: int | None = None
    entry: str | None = None
