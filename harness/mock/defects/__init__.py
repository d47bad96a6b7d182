"""One wrong behaviour as a record, and the tables of those that a kind of API can show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One wrong behaviour that a check must catch.

    `verbs` are the loyalty actions it affects. `shows` is the least that makes it visible: single
    (one request), sequence, concurrent or load. `fuzzer` says whether a schema-driven fuzzer
    can see it: yes, partly or no. `requirements` are those it violates; the vendor's module fills
    them in.
    """

    id: str
    group: str
    sentence: str
    verbs: tuple[str, ...]
    shows: str = "sequence"
    fuzzer: str = "no"
    requirements: tuple[str, ...] = ()
