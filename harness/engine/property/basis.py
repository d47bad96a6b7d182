"""Marks the cases that rest on inferred parts of a specification, not on what the vendor states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.engine.property.cases import Baseline, Case
from harness.engine.property.mutation import part_of
from harness.engine.property.request_schema import RequestSchema
from harness.engine.property.values import values
from harness.model.operation import Specification
from harness.spec.provenance import stated_specification

_PLACES = ("path", "query", "header", "body")


def mark_inferred(
    cases: Sequence[Case], baseline: Baseline, specification: Specification
) -> Iterator[Case]:
    """Yield the cases, marked as inferred where the vendor's statements allow another response.

    An invalid request must be refused if it violates what the vendor states, and a valid one must
    be accepted if all its fields are stated.
    """
    known = stated_specification(specification)
    if known is specification:
        yield from cases
        return
    operation = baseline.base.operation
    stated = RequestSchema(known.operations[operation.id], known)
    for case in cases:
        inferred = operation.provenance.inferred or (
            _has_inferred_field(case, baseline)
            if case.positive
            else not stated.is_surely_invalid(baseline.draft(case), case.kind == "invalid_format")
        )
        yield replace(case, inferred=inferred)


def _has_inferred_field(case: Case, baseline: Baseline) -> bool:
    draft = baseline.draft(case)
    return any(
        baseline.schema.is_inferred(path)
        for place in _PLACES
        for path, _ in values(part_of(draft, place), (place,))
    )
