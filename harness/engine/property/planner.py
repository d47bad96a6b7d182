"""Plans which cases of an operation are worth sending, each request once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.engine.property.baseline import Baseline, Case
from harness.engine.property.cases import LONG_ROWS, bound_cases, invalid_case, valid_case
from harness.engine.property.generate import Generated
from harness.engine.property.mutation import parts_of, values
from harness.engine.property.request_schema import RequestSchema
from harness.model.operation import Specification
from harness.spec.provenance import stated_specification
from harness.wire.request import render


def plan_cases(baseline: Baseline, generated: Sequence[Generated]) -> tuple[Case, ...]:
    """Return the cases worth sending, each request once.

    The minimal request comes first. The invalid ones follow while the account still has what the
    valid ones will spend.
    """
    first = Case((), 0, True, True, "minimal", "The minimal valid request", "")
    found = [first, *bound_cases(baseline)]
    for item in _worth_sending(_with_declared_headers(baseline, item) for item in generated):
        case = (valid_case if item.positive else invalid_case)(baseline, item)
        if case is not None:
            found.append(case)
    ordered = sorted(found, key=lambda case: case.positive and case is not first)
    distinct: dict[tuple[str, bytes], Case] = {}
    for case in ordered:
        request = render(baseline.draft(case))
        distinct.setdefault((f"{request.path}\n{request.headers}", request.body), case)
    return tuple(distinct.values())


def _with_declared_headers(baseline: Baseline, item: Generated) -> Generated:
    """Return the case with header names spelled as in the base, as their case does not matter."""
    known = {name.lower(): name for name in baseline.base.headers}
    headers = {known.get(name.lower(), name): v for name, v in item.parts["header"].items()}
    path = item.field
    if path[:1] == ("header",):
        path = ("header", known.get(path[1].lower(), path[1]))
    return replace(item, parts={**item.parts, "header": headers}, field=path)


def _worth_sending(items: Iterator[Generated]) -> Iterator[Generated]:
    """Yield the items, of those with a long list only one of each length and kind."""
    lengths: set[tuple[bool, int]] = set()
    for item in items:
        key = (item.positive, _longest(item.parts["body"]))
        if key[1] <= LONG_ROWS or key not in lengths:
            lengths.add(key)
            yield item


def _longest(body: Any) -> int:
    """Return the length of the longest list in a body."""
    if isinstance(body, Mapping):
        return max((_longest(item) for item in body.values()), default=0)
    return len(body) if isinstance(body, list) else 0


def mark_inferred(
    cases: Sequence[Case], baseline: Baseline, specification: Specification
) -> tuple[Case, ...]:
    """Return the cases, marked as inferred where the vendor's statements allow another response.

    An invalid request must be refused if it violates what the vendor states, and a valid one must
    be accepted if all its fields are stated.
    """
    known = stated_specification(specification)
    if known is specification:
        return tuple(cases)
    operation = baseline.base.operation
    stated = RequestSchema(known.operations[operation.id], known)

    def is_inferred(case: Case) -> bool:
        draft = baseline.draft(case)
        if case.positive:
            fields = values(parts_of(draft))
            return any(baseline.schema.is_inferred(path) for path, _ in fields)
        return not stated.is_surely_invalid(draft, case.kind == "invalid_format")

    whole = operation.provenance.inferred
    return tuple(replace(case, inferred=whole or is_inferred(case)) for case in cases)
