"""What is asked of a vendor: requirements, waivers and observations, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

BASES = ("documented", "example", "published", "law", "inferred")
MANDATORY_BASES = frozenset(BASES) - {"inferred"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule of a vendor: its basis, its source, and the checks that test it or the excuse.

    `level` is must, should or may. `basis` is one of BASES; only MANDATORY_BASES can fail a vendor
    unless the run is strict. `checks` are patterns `kind:name`, `kind:name#part`, where `*` stands
    for any run of characters. `place` is file:line.
    """

    id: str
    title: str
    level: str
    basis: str
    source: str
    checks: tuple[str, ...]
    excuse: str
    place: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted deviation: which requirement and check, who answers for it, until when."""

    requirement: str
    check: str
    owner: str
    reason: str
    expires: str
    place: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What a check saw on a target where no document says what must be, and since which day.

    `seen` is in the words of the report, which a later run repeats as long as nothing changes.
    """

    check: str
    target: str
    seen: str
    since: str
    place: str
