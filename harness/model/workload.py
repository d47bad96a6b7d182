"""A load test: its mix, profile, population and thresholds, and the arrivals of its plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A span of time with an arrival rate that moves in a straight line from `start` to `end`.

    Rates are arrivals per second, `seconds` the length. Only measured stages feed the figures.
    """

    name: str
    start: float
    end: float
    seconds: float
    measure: bool = True


LENGTHS = ("under_limit", "limit", "over_limit")
"""Lengths of a bulk that only the vendor's promised limit turns into numbers."""


@dataclass(frozen=True, slots=True)
class InvalidRows:
    """That a `share` of the bulks, from 0 to 1, has one row which must fail, at any place.

    `by` is unknown_member, or over_max: then `units` is more than one row may move, once the
    vendor's promise is known.
    """

    share: float
    by: str
    units: int = 0


@dataclass(frozen=True, slots=True)
class MixEntry:
    """One kind of traffic and its share.

    `verb` is the verb sent, `units` the inclusive range of amounts, `rows` the lengths of which
    each bulk has one, as likely as the others: numbers, or one of LENGTHS. `replay` sends an
    earlier reference again. `concurrent` requests with one reference leave at the same moment.
    `invalid_rows` says how many of the bulks have a row which must fail. `place` is where its units
    are declared.
    """

    name: str
    verb: str
    weight: float
    units: tuple[int, int] = (1, 1)
    rows: tuple[int | str, ...] = ()
    replay: bool = False
    concurrent: int = 1
    invalid_rows: InvalidRows | None = None
    place: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it sends single requests with a reference of their own."""
        return not self.replay and self.concurrent == 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on a load figure: `figure` of one mix entry (or all, None) at most or at least."""

    figure: str
    entry: str | None
    at_most: float | None
    at_least: float | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a load run sends, when, on whose behalf, and what it must keep to.

    `process` is uniform or poisson. `members` is how many accounts share the traffic,
    `initial_balance` the units each gets before it starts. `in_flight` bounds the requests under
    way; an arrival above it is dropped and counted. `lateness_ms` is the p99 lateness above which
    the measurement is invalid.
    """

    id: str
    title: str
    seed: int
    process: str
    stages: tuple[Stage, ...]
    members: int
    initial_balance: int
    mix: tuple[MixEntry, ...]
    thresholds: tuple[Threshold, ...]
    in_flight: int
    deadline_seconds: float
    lateness_ms: float
    place: str = ""


PlannedRow = tuple[int, int, str | None]
"""Member number, units, reference."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival of a plan, which sends one request or several concurrent ones.

    due_ns       when it is due, in nanoseconds after the start
    member       the number of its member in the population
    reference    None where the verb's requests hold none
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
    entry_from: int | None = None
    entry: str | None = None
