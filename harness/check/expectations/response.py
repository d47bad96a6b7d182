"""Expectations on the body of each response of a step, alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.check.values import finite_number, json_text, json_texts, same_value
from harness.document.pointer import MISSING, every, find
from harness.document.template import fill

_ODD_SHOWN = 3
_Total = Callable[[Sequence[float]], float | None]


def body(step: StepRecord, wanted: Mapping[str, Any], scenario: ScenarioRecord) -> TermResult:
    """Check that every response has these values, by pointer."""

    def odd(one: Any, pointer: str, value: Any) -> str:
        found = find(one, pointer, MISSING)
        return "" if same_value(found, value) else f"{pointer} is {json_text(found)}"

    values = fill(wanted, scenario.variables)
    return _each(step, values, odd, [f"{at} is {json_text(value)}" for at, value in values.items()])


def has(step: StepRecord, wanted: Sequence[str], scenario: ScenarioRecord) -> TermResult:
    """Check that every response has something at these pointers, null included."""
    missing = {p for one in step.bodies for p in wanted if find(one, p, MISSING) is MISSING}
    return step.result(
        not missing,
        f"the response of {step.name} has {', '.join(wanted)}",
        f"missing: {', '.join(sorted(missing)) or 'none'}",
    )


def lacks(step: StepRecord, wanted: Sequence[str], scenario: ScenarioRecord) -> TermResult:
    """Check that no response has anything at these pointers but null or an empty container."""
    present = {p for one in step.bodies for p in wanted if find(one, p, None) not in (None, [], {})}
    return step.result(
        not present,
        f"the response of {step.name} has no {', '.join(wanted)}",
        f"present: {', '.join(sorted(present)) or 'none'}",
    )


def sum_of(step: StepRecord, wanted: Mapping[str, str], scenario: ScenarioRecord) -> TermResult:
    """Check that numbers are the sums of others: pointer to pointer with `*`."""
    return _totals(step, wanted, sum, "the sum of")


def min_of(step: StepRecord, wanted: Mapping[str, str], scenario: ScenarioRecord) -> TermResult:
    """Check that numbers are the lowest of others: pointer to pointer with `*`."""
    return _totals(step, wanted, lambda parts: min(parts, default=None), "the lowest of")


def _totals(step: StepRecord, wanted: Mapping[str, str], total: _Total, words: str) -> TermResult:
    def odd(one: Any, pointer: str, pattern: str) -> str:
        found, parts = find(one, pointer, MISSING), every(one, pattern)
        if _is_total(found, total, parts):
            return ""
        return f"{pointer} is {json_text(found)}, {pattern} has {json_texts(parts)}"

    return _each(step, wanted, odd, [f"{at} is {words} {parts}" for at, parts in wanted.items()])


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

    def odd(one: Any, pattern: str, values: Sequence[Any]) -> str:
        found = every(one, pattern)
        same = sorted(map(json_text, found)) == sorted(map(json_text, values))
        return "" if same else f"{pattern} has {json_texts(found)}"

    lists = fill(wanted, scenario.variables)
    expected = [f"{at} has {json_texts(values)} in any order" for at, values in lists.items()]
    return _each(step, lists, odd, expected)


def at_most(step: StepRecord, wanted: Mapping[str, float], scenario: ScenarioRecord) -> TermResult:
    """Check that the numbers at these pointers do not exceed these limits."""
    odd = [
        f"{pointer} is {'not a number' if number is None else f'{number:g}'}"
        for pointer, most in wanted.items()
        for one in step.bodies
        if (number := finite_number(find(one, pointer, MISSING))) is None or number > most
    ]
    limits = [f"{pointer} is at most {most:g}" for pointer, most in wanted.items()]
    return _in_response(step, limits, odd)


def _each(
    step: StepRecord,
    wanted: Mapping[str, Any],
    odd: Callable[[Any, str, Any], str],
    expected: Sequence[str],
) -> TermResult:
    """Return the result of a term by pointer; `odd` says what is wrong in a body, if anything."""
    found = (odd(one, at, value) for one in step.bodies for at, value in wanted.items())
    return _in_response(step, expected, [text for text in found if text])


def _in_response(step: StepRecord, expected: Sequence[str], odd: Sequence[str]) -> TermResult:
    seen = "; ".join(odd[:_ODD_SHOWN]) or "as expected"
    return step.result(not odd, f"in the response of {step.name}: {', '.join(expected)}", seen)
