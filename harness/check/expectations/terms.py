"""The terms of a step's expectation: one table from the name of a term to what decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from harness.check.expectations import cross, response, step
from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.model.scenario import OBSERVE

Check = Callable[[StepRecord, Any, ScenarioRecord], TermResult]
Pointers = Callable[[Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step's expectation.

    `check` decides it for a step, the value of the term and the scenario's record.
    `pointers` returns the places in responses that a value of the term names.
    `divisible` says that the term can be checked without some of these places.
    `evidence` says which responses can decide it: `any`; those with a `body` that can be decoded;
    or those of them that are `accepted`, unless the expectation asks for the outcome.
    """

    description: str
    check: Check
    pointers: Pointers = lambda wanted: ()
    divisible: bool = False
    evidence: Literal["any", "body", "accepted"] = "any"


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
    "body": Term("Values of the response, by pointer.", response.body, tuple, True),
    "has": Term("Pointers at which the response has a value.", response.has, tuple, True),
    "lacks": Term(
        "Pointers at which the response has no value.",
        response.lacks,
        evidence="accepted",
    ),
    "sum_of": Term("Numbers that are the sum of others.", response.sum_of, tuple, True),
    "min_of": Term("Numbers that are the lowest of others.", response.min_of, tuple, True),
    "contains_exactly": Term(
        "Exactly the values of a list, in any order.", response.contains_exactly, tuple, True
    ),
    "at_most": Term("Numbers that do not exceed a limit.", response.at_most, tuple, True),
    "same_body_as": Term("The step whose body this one has.", cross.same_body_as, evidence="body"),
    "unique": Term(
        "What no two responses, or no two items of a list, have in common.",
        cross.unique,
        lambda wanted: (wanted,) if wanted.startswith("/") else (),
        evidence="accepted",
    ),
    "contains": Term("Values that are somewhere in the responses.", cross.contains, tuple, True),
    "excludes": Term(
        "Values that are nowhere in the responses.",
        partial(cross.contains, present=False),
        evidence="accepted",
    ),
    "disjoint": Term(
        "Values that no response of other steps has at the same pointer.",
        cross.disjoint,
        lambda wanted: (wanted["at"],),
        evidence="accepted",
    ),
    "changed": Term(
        "By how much numbers changed since an earlier step.",
        cross.changed,
        lambda wanted: tuple(wanted["by"]),
    ),
    "exclusive_with": Term("Steps that are not ok together with this one.", cross.exclusive_with),
}
