"""Evaluate the expectations of a scenario against what an attempt showed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from harness.check.conformance import NOT_JSON
from harness.check.expectations.balance import evaluate_balance
from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.check.expectations.terms import OUTCOME_TERMS, TERMS, Term
from harness.check.outcome import outcome_text
from harness.document.messages import Problem
from harness.document.pointer import every, find
from harness.model.scenario import BALANCE
from harness.model.verdict import Outcome, Verdict
from harness.spec.provenance import provenance_at


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
    where = ", ".join(absent)
    inferred = "this place is inferred" if len(absent) == 1 else "these places are inferred"
    seen = f"nothing is at {where}; {inferred}"
    return TermResult(
        Verdict.INCONCLUSIVE, f"the response of {step.name} has {where}", seen, step.ids
    )


def _without_places(wanted: Any, places: Collection[str]) -> Any:
    """Return a term without these pointers, None if nothing of it is left.

    `wanted` is a mapping by pointer or a list of pointers; of any other form nothing is left.
    """
    if isinstance(wanted, Mapping):
        return {key: value for key, value in wanted.items() if key not in places} or None
    if isinstance(wanted, list):
        return [pointer for pointer in wanted if pointer not in places] or None
    return None


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
