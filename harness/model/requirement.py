"""What is asked of a vendor: requirements, waivers and observations, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

BASES = ("documented", "example", "published", "law", "inferred")
MANDATORY_BASES = frozenset(BASES) - {"inferred"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is asked of a vendor, with the checks that test it or the excuse why none can.

    `level`: must, should or may.
    `basis`: one of BASES; only MANDATORY_BASES can fail a vendor unless the run is strict.
    `checks`: patterns of check ids, in which `*` stands for any characters; empty with an excuse.
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
    """A deviation that is accepted until `expires`, the last day of it, as YYYY-MM-DD."""

    requirement: str
    check: str
    owner: str
    reason: str
    expires: str
    place: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What a vendor did where no document says what it must do.

    `check`, `target`: the expectation that observes it, and the target on which it did.
    `seen`: what it did, in the words of the report; a later run compares them.
    `since`: the day on which it was first observed, as YYYY-MM-DD.
    """

    check: str
    target: str
    seen: str
    since: str
    place: str
