"""The terms of a step's expectation: one table from the name of a term to what decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.check.expectations import cross, response, step
from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.model.scenario import OBSERVE

Check = Callable[[StepRecord, Any, ScenarioRecord], TermResult]
Pointers = Callable[[Any], tuple[str, ...]]


def _none(wanted: Any) -> tuple[str, ...]:
    return ()


def _keys(wanted: Any) -> tuple[str, ...]:
    return tuple(wanted)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step's expectation.

    `check` decides it for a step, the value of the term and the scenario's record.
    `pointers` returns the places in responses that a value of the term names.
    `divisible` says that the term can be checked without some of these places.
    `needs_body` says that a body that cannot be decoded is no evidence for it, `needs_ok` that a
    refusal is none either, unless the expectation asks for the outcome.
    """

    description: str
    check: Check
    pointers: Pointers = _none
    divisible: bool = False
    needs_body: bool = False
    needs_ok: bool = False


OUTCOME_TERMS = frozenset({"outcome", "reason", OBSERVE})
"""The terms that ask for the outcome of a step."""

TERMS: Mapping[str, Term] = {
    "outcome": Term("The outcome of every request of the step.", step.outcome),
    "count_ok": Term("How many requests of the step are ok.", step.count_ok),
    "max_ok": Term("How many requests of the step are ok at most.", step.max_ok),
    "reason": Term("The reason of the refusal.", step.reason),
    "fail_index": Term("The row that failed, counted from 0.", step.fail_index),
    "balance_change": Term(
        "The balance in the response, less the one at the start.", step.balance_change
    ),
    OBSERVE: Term("The behaviour is reported, and nothing is expected of it.", step.observe),
    "body": Term("Values of the response, by pointer.", response.body, _keys, True),
    "has": Term("Pointers at which the response has a value.", response.has, _keys, True),
    "lacks": Term(
        "Pointers at which the response has no value.",
        response.lacks,
        needs_body=True,
        needs_ok=True,
    ),
    "sum_of": Term("Numbers that are the sum of others.", response.sum_of, _keys, True),
    "min_of": Term("Numbers that are the lowest of others.", response.min_of, _keys, True),
    "contains_exactly": Term(
        "Exactly the values of a list, in any order.", response.contains_exactly, _keys, True
    ),
    "at_most": Term("Numbers that do not exceed a limit.", response.at_most, _keys, True),
    "same_body_as": Term("The step whose body this one has.", cross.same_body_as, needs_body=True),
    "unique": Term(
        "What no two responses, or no two items of a list, have in common.",
        cross.unique,
        lambda wanted: (wanted,) if wanted.startswith("/") else (),
        needs_body=True,
        needs_ok=True,
    ),
    "contains": Term("Values that are somewhere in the responses.", cross.contains, _keys, True),
    "excludes": Term(
        "Values that are nowhere in the responses.",
        cross.excludes,
        needs_body=True,
        needs_ok=True,
    ),
    "disjoint": Term(
        "Values that no response of other steps has at the same pointer.",
        cross.disjoint,
        lambda wanted: (wanted["at"],),
        needs_body=True,
        needs_ok=True,
    ),
    "changed": Term(
        "By how much numbers changed since an earlier step.",
        cross.changed,
        lambda wanted: tuple(wanted["by"]),
    ),
    "exclusive_with": Term("Steps that are not ok together with this one.", cross.exclusive_with),
}
