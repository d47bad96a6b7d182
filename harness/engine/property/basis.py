"""Which generated cases rest on what the vendor states, and which on what is inferred."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.engine.property.mutation import Path, part_of
from harness.engine.property.planner import Case, Planner
from harness.engine.property.request_schema import Shape
from harness.engine.property.values import values
from harness.model.operation import Specification
from harness.spec.provenance import stated_specification

_PLACES = ("path", "query", "header", "body")


def told_apart(
    cases: Sequence[Case], planner: Planner, specification: Specification
) -> Iterator[Case]:
    """Yield the cases, marked as inferred where a vendor that keeps its word may answer otherwise.

    A spoilt request must be refused where it breaks what the vendor states. A correct one must be
    accepted where all that it holds is stated.
    """
    known = stated_specification(specification)
    if known is specification:
        yield from cases
        return
    stated = Shape(known.operations[planner.base.operation.id], known)
    for case in cases:
        good = _read(case, planner) if case.positive else _breaks_nothing(case, planner, stated)
        yield replace(case, inferred=good)


def _breaks_nothing(case: Case, planner: Planner, stated: Shape) -> bool:
    formats = case.kind == "invalid_format"
    unknown = planner.base.operation.provenance.inferred
    return unknown or not stated.surely_wrong(planner.draft(case), formats)


def _read(case: Case, planner: Planner) -> bool:
    """Say whether a correct request holds anything that is only inferred."""
    if planner.base.operation.provenance.inferred:
        return True
    draft = planner.draft(case)
    held: list[Path] = []
    for place in _PLACES:
        held += [path for path, _ in values(part_of(draft, place), (place,))]
    return any(planner.shape.is_inferred(path) for path in held)
