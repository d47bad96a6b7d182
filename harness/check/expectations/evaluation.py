"""Evaluate the expectations of a scenario: a table of terms, and what an attempt showed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from harness.check.conformance import NOT_JSON
from harness.check.expectations import cross, outcomes, response
from harness.check.expectations.balance import evaluate_balance
from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.check.outcome import outcome_text
from harness.document.messages import Problem
from harness.document.pointer import every, find
from harness.model.scenario import BALANCE, OBSERVE, UNTIL
from harness.model.verdict import Outcome, Verdict
from harness.spec.provenance import provenance_at

Check = Callable[[StepRecord, Any, ScenarioRecord], TermResult]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step's expectation.

    `check` decides it for a step, the value of the term and the scenario's record.
    `pointers` returns the places in responses that a value of the term names; a `divisible` term
    can be checked without some of them.
    `evidence` says which responses can decide it: `any`; those with a `body` that can be decoded;
    or those of them that are `accepted`, unless the expectation asks for the outcome.
    """

    check: Check
    pointers: Callable[[Any], tuple[str, ...]] = lambda wanted: ()
    divisible: bool = False
    evidence: Literal["any", "body", "accepted"] = "any"


OUTCOME_TERMS = frozenset({"outcome", "reason", OBSERVE})
"""The terms that ask for the outcome of a step."""

TERMS: Mapping[str, Term] = {
    "outcome": Term(outcomes.outcome),
    "count_ok": Term(outcomes.count_ok),
    "max_ok": Term(partial(outcomes.count_ok, or_fewer=True)),
    "reason": Term(outcomes.reason),
    "refused_as": Term(outcomes.refused_as),
    "fail_index": Term(outcomes.fail_index),
    "row_outcomes": Term(outcomes.row_outcomes),
    "balance_change": Term(outcomes.balance_change),
    OBSERVE: Term(outcomes.observe),
    "body": Term(response.body, tuple, True),
    "has": Term(response.has, tuple, True),
    "lacks": Term(response.lacks, evidence="accepted"),
    "sum_of": Term(response.sum_of, tuple, True),
    "min_of": Term(response.min_of, tuple, True),
    "contains_exactly": Term(response.contains_exactly, tuple, True),
    "at_most": Term(response.at_most, tuple, True),
    "same_body_as": Term(cross.same_body_as, evidence="body"),
    "unique": Term(cross.unique, lambda one: (one,) * one.startswith("/"), evidence="accepted"),
    "contains": Term(cross.contains, tuple, True),
    "excludes": Term(partial(cross.contains, present=False), evidence="accepted"),
    "disjoint": Term(cross.disjoint, lambda wanted: (wanted["at"],), evidence="accepted"),
    "changed": Term(cross.changed, lambda wanted: tuple(wanted["by"])),
    "exclusive_with": Term(cross.exclusive_with),
}


def evaluate(name: str, terms: Any, scenario: ScenarioRecord) -> Iterator[TermResult]:
    """Yield a result for every term of the expectation called `name`.

    `terms` maps names of TERMS to their values; for BALANCE it is one balance or a list of them.
    Raises Problem if it speaks of a step that the scenario never reached.
    """
    if name == BALANCE:
        if scenario.halted:
            raise Problem(scenario.halted)
        for balance in terms if isinstance(terms, list | tuple) else [terms]:
            yield from evaluate_balance(balance, scenario)
        return
    step = scenario.step(name)
    for key, wanted in terms.items():
        if key == UNTIL:
            yield from evaluate(name, wanted, scenario)
            continue
        term = TERMS[key]
        if why := _no_evidence(term, step, terms):
            expected = f"a response of {step.name} that can be checked"
            yield TermResult(Verdict.INCONCLUSIVE, expected, why, step.ids)
            continue
        result = term.check(step, wanted, scenario)
        if result.verdict is Verdict.FAIL:
            result = _undecided(term, wanted, step, scenario) or result
        yield result


def _no_evidence(term: Term, step: StepRecord, terms: Mapping[str, Any]) -> str:
    """Return why the responses of a step are no evidence for a term, empty if they are."""
    if term.evidence != "any" and all(body is NOT_JSON for body in step.bodies):
        return "no body could be parsed"
    stated = term.evidence != "accepted" or OUTCOME_TERMS & set(terms)
    if not stated and all(one.outcome is Outcome.REFUSED for one in step.exchanges):
        return outcome_text(step.exchanges[0])
    return ""


def _undecided(
    term: Term, wanted: Any, step: StepRecord, scenario: ScenarioRecord
) -> TermResult | None:
    """Return a failed term as inconclusive if it fails only at places that are inferred."""
    absent = [one for one in term.pointers(wanted) if _is_absent(one, step, scenario)]
    if not absent:
        return None
    rest = _without_places(wanted, absent) if term.divisible else None
    if rest is not None and term.check(step, rest, scenario).verdict is Verdict.FAIL:
        return None
    where, one = ", ".join(absent), len(absent) == 1
    seen = f"nothing is at {where}; {'this place is' if one else 'these places are'} inferred"
    expected = f"the response of {step.name} has {where}"
    return TermResult(Verdict.INCONCLUSIVE, expected, seen, step.ids)


def _without_places(wanted: Any, places: Collection[str]) -> Any:
    """Return a mapping by pointer or a list of pointers without these, None if nothing is left."""
    if isinstance(wanted, Mapping):
        return {key: value for key, value in wanted.items() if key not in places} or None
    return [pointer for pointer in wanted if pointer not in places] or None


def _is_absent(pointer: str, step: StepRecord, scenario: ScenarioRecord) -> bool:
    """Return whether no response has anything at a pointer and its place is inferred."""
    if scenario.specification is None:
        return False
    listed, star, _ = pointer.partition("/*")
    inferred = False
    for exchange, body in zip(step.exchanges, step.bodies, strict=True):
        if every(body, pointer):
            return False
        if exchange.response is None or (star and find(body, listed, None) == []):
            # No response, or an empty list, says nothing about the place.
            continue
        operation, status = exchange.intent.operation, exchange.response.status
        known = provenance_at(scenario.specification, operation, status, pointer)
        inferred = inferred or (known is not None and known.inferred)
    return inferred
