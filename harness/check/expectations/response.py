"""Expectations on the body of each response of a step, alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.check.expectations.record import (
    ScenarioRecord,
    StepRecord,
    TermResult,
    term_result,
)
from harness.check.values import finite_number, json_text, json_texts, same_value
from harness.document.pointer import MISSING, every, find
from harness.document.template import fill

_ODD_SHOWN = 3
_Total = Callable[[Sequence[float]], float | None]


def body(step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord) -> TermResult:
    """Check that every response has these values, by pointer."""
    values = fill(wanted, scenario.variables)
    odd = [
        f"{pointer} is {json_text(found)}"
        for one in step.bodies
        for pointer, value in values.items()
        if not same_value(found := find(one, pointer, MISSING), value)
    ]
    expected = ", ".join(f"{pointer} is {json_text(value)}" for pointer, value in values.items())
    return in_response(step, expected, odd)


def has(step: StepRecord, wanted: Sequence[str], scenario: ScenarioRecord) -> TermResult:
    """Check that every response has something at these pointers, null included."""
    missing = {p for one in step.bodies for p in wanted if find(one, p, MISSING) is MISSING}
    return term_result(
        not missing,
        f"the response of {step.name} has {', '.join(wanted)}",
        f"missing: {', '.join(sorted(missing)) or 'none'}",
        step.ids,
    )


def lacks(step: StepRecord, wanted: Sequence[str], scenario: ScenarioRecord) -> TermResult:
    """Check that no response has anything at these pointers but null or an empty container."""
    present = {p for one in step.bodies for p in wanted if find(one, p, None) not in (None, [], {})}
    return term_result(
        not present,
        f"the response of {step.name} has no {', '.join(wanted)}",
        f"present: {', '.join(sorted(present)) or 'none'}",
        step.ids,
    )


def sum_of(step: StepRecord, wanted: Mapping[str, str], scenario: ScenarioRecord) -> TermResult:
    """Check that numbers are the sums of others: pointer to pointer with `*`."""
    return _totals(step, wanted, sum, "the sum of")


def min_of(step: StepRecord, wanted: Mapping[str, str], scenario: ScenarioRecord) -> TermResult:
    """Check that numbers are the lowest of others: pointer to pointer with `*`."""
    return _totals(step, wanted, lambda parts: min(parts, default=None), "the lowest of")


def _totals(step: StepRecord, wanted: Mapping[str, str], total: _Total, words: str) -> TermResult:
    odd = []
    for one in step.bodies:
        for pointer, pattern in wanted.items():
            found, parts = find(one, pointer, MISSING), every(one, pattern)
            if not _is_total(found, total, parts):
                odd.append(f"{pointer} is {json_text(found)}, {pattern} has {json_texts(parts)}")
    expected = ", ".join(f"{pointer} is {words} {pattern}" for pointer, pattern in wanted.items())
    return in_response(step, expected, odd)


def _is_total(found: Any, total: _Total, parts: Sequence[Any]) -> bool:
    """Return whether a number is the total of its parts; false if one of them is no number."""
    number, numbers = finite_number(found), [finite_number(part) for part in parts]
    known = [part for part in numbers if part is not None]
    if number is None or len(known) < len(numbers):
        return False
    due = total(known)
    return due is not None and math.isclose(number, due, abs_tol=1e-9)


def contains_exactly(
    step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord
) -> TermResult:
    """Check that lists have exactly these values in any order, by pointer with `*`."""
    filled = fill(wanted, scenario.variables)
    odd = []
    for one in step.bodies:
        for pattern, values in filled.items():
            found = every(one, pattern)
            if sorted(map(json_text, found)) != sorted(map(json_text, values)):
                odd.append(f"{pattern} has {json_texts(found)}")
    expected = ", ".join(
        f"{pattern} has {json_texts(values)} in any order" for pattern, values in filled.items()
    )
    return in_response(step, expected, odd)


def at_most(step: StepRecord, wanted: Mapping[str, float], scenario: ScenarioRecord) -> TermResult:
    """Check that the numbers at these pointers do not exceed these limits."""
    odd = [
        f"{pointer} is {'not a number' if number is None else f'{number:g}'}"
        for pointer, most in wanted.items()
        for one in step.bodies
        if (number := finite_number(find(one, pointer, MISSING))) is None or number > most
    ]
    limits = ", ".join(f"{pointer} is at most {most:g}" for pointer, most in wanted.items())
    return in_response(step, limits, odd)


def in_response(step: StepRecord, expected: str, odd: Sequence[str]) -> TermResult:
    """Return a result that passed unless something in the responses is odd."""
    seen = "; ".join(odd[:_ODD_SHOWN]) or "as expected"
    return term_result(not odd, f"in the response of {step.name}: {expected}", seen, step.ids)
