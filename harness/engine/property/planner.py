"""Plans which cases of an operation are worth sending, each request once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.engine.property.cases import (
    LONG_ROWS,
    Baseline,
    Case,
    bound_cases,
    invalid_case,
    valid_case,
)
from harness.engine.property.generate import Generated
from harness.engine.property.values import longest
from harness.wire.request import render


def plan_cases(baseline: Baseline, generated: Sequence[Generated]) -> tuple[Case, ...]:
    """Return the cases worth sending, each request once.

    The minimal request comes first. The invalid ones follow while the account still has what the
    valid ones will spend.
    """
    operation = baseline.base.operation.id
    first = Case(operation, (), 0, True, True, "minimal", "The minimal valid request", "")
    found = [first, *bound_cases(baseline)]
    for item in _worth_sending(_with_declared_headers(baseline, item) for item in generated):
        case = (valid_case if item.positive else invalid_case)(baseline, item)
        if case is not None:
            found.append(case)
    ordered = sorted(found, key=lambda case: case.positive and case is not first)
    return tuple(_distinct(baseline, ordered))


def _distinct(baseline: Baseline, cases: Sequence[Case]) -> Iterator[Case]:
    seen: set[tuple[str, bytes]] = set()
    for case in cases:
        request = render(baseline.draft(case))
        key = (f"{request.path}\n{request.headers}", request.body)
        if key not in seen:
            seen.add(key)
            yield case


def _with_declared_headers(baseline: Baseline, item: Generated) -> Generated:
    """Return the case with header names spelled as in the base, as their case does not matter."""
    known = {name.lower(): name for name in baseline.base.headers}
    headers = {known.get(name.lower(), name): value for name, value in item.headers.items()}
    path = item.field
    if path[:1] == ("header",):
        path = ("header", known.get(path[1].lower(), path[1]))
    return replace(item, headers=headers, field=path)


def _worth_sending(items: Iterator[Generated]) -> Iterator[Generated]:
    """Yield the items, of those with a long list only one of each length and kind."""
    lengths: set[tuple[bool, int]] = set()
    for item in items:
        length = longest(item.body)
        key = (item.positive, length)
        if length > LONG_ROWS and key in lengths:
            continue
        lengths.add(key)
        yield item
