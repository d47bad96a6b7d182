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

    check: Check
    pointers: Pointers = lambda wanted: ()
    divisible: bool = False
    evidence: Literal["any", "body", "accepted"] = "any"


OUTCOME_TERMS = frozenset({"outcome", "reason", OBSERVE})
"""The terms that ask for the outcome of a step."""

TERMS: Mapping[str, Term] = {
    "outcome": Term(step.outcome),
    "count_ok": Term(step.count_ok),
    "max_ok": Term(step.max_ok),
    "reason": Term(step.reason),
    "fail_index": Term(step.fail_index),
    "balance_change": Term(step.balance_change),
    OBSERVE: Term(step.observe),
    "body": Term(response.body, tuple, True),
    "has": Term(response.has, tuple, True),
    "lacks": Term(response.lacks, evidence="accepted"),
    "sum_of": Term(response.sum_of, tuple, True),
    "min_of": Term(response.min_of, tuple, True),
    "contains_exactly": Term(response.contains_exactly, tuple, True),
    "at_most": Term(response.at_most, tuple, True),
    "same_body_as": Term(cross.same_body_as, evidence="body"),
    "unique": Term(
        cross.unique,
        lambda wanted: (wanted,) if wanted.startswith("/") else (),
        evidence="accepted",
    ),
    "contains": Term(cross.contains, tuple, True),
    "excludes": Term(partial(cross.contains, present=False), evidence="accepted"),
    "disjoint": Term(cross.disjoint, lambda wanted: (wanted["at"],), evidence="accepted"),
    "changed": Term(cross.changed, lambda wanted: tuple(wanted["by"])),
    "exclusive_with": Term(cross.exclusive_with),
}
