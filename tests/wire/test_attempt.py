"""A response or a fault is judged by the binding and the specification."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from harness.check.conformance import Conformance
from harness.check.outcome import Classifier
from harness.model.exchange import Failure, Fault, Response
from harness.model.operation import Responses
from harness.model.verdict import Outcome
from harness.wire.attempt import Judge, SampledConformance
from tests.acme import binding, specification

EARN = binding().verbs["earn"]
JSON = {"content-type": "application/json"}


def judge() -> Judge:
    """Return a judge of the made-up vendor."""
    conformance = Conformance(specification())
    return Judge(Classifier(binding().outcomes), conformance, conformance.check)


def response(value: object, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(status, JSON, json.dumps(value).encode())


def test_a_response_gives_outcome_and_what_it_shows() -> None:
    """An ok earn shows the balance after it and breaks nothing."""
    judged = judge().judge("add_points", EARN, response({"code": 200, "data": {"now": 12}}))
    assert (judged.outcome, judged.seen, judged.violations) == (Outcome.OK, {"balance": 12}, ())


def test_a_violation_of_the_schema_is_told() -> None:
    """A balance that is no number is a violation, and no balance."""
    judged = judge().judge(
        "add_points", EARN, response({"code": 200, "data": {"now": "12 points"}})
    )
    assert judged.outcome is Outcome.OK
    assert judged.violations
    assert judged.seen == {}


def test_a_refusal_has_its_reason() -> None:
    """The vendor's own code decides."""
    judged = judge().judge("add_points", EARN, response({"code": 401, "msg": "no"}))
    assert (judged.outcome, judged.reason) == (Outcome.REFUSED, "unauthorised")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(Fault.UNSENT, Outcome.REFUSED), (Fault.TIMEOUT, Outcome.UNKNOWN)],
)
def test_a_fault_is_classified_by_the_binding(fault: Fault, outcome: Outcome) -> None:
    """What provably never left had no effect, anything else may have."""
    assert judge().judge("add_points", EARN, Failure(fault)).outcome is outcome


def test_an_unreadable_page_is_unknown() -> None:
    """A page of a gateway is neither ok nor refused."""
    page = Response(502, {"content-type": "text/html"}, b"gest\xf6rt")
    assert judge().judge("add_points", EARN, page).outcome is Outcome.UNKNOWN


def test_large_responses_are_sampled_when_the_budget_is_used_up() -> None:
    """A stream of large responses is checked in part, and both numbers are known."""
    rows = {"properties": {"more": {"items": {"pattern": "^(a|x)+$", "minLength": 3}}}}
    dear = replace(
        specification("add_points"),
        operations={
            "add_points": replace(
                specification("add_points").operations["add_points"],
                responses={"200": Responses("200", {"application/json": rows})},
            )
        },
    )
    conformance = Conformance(dear)
    sampled = SampledConformance(conformance)
    judging = Judge(Classifier(binding().outcomes), conformance, sampled.check)
    large = response({"code": 200, "more": ["x" * 20] * 20_000})
    until = time.monotonic() + 0.5
    left = 0
    while time.monotonic() < until:
        left += judging.judge("add_points", EARN, large).unchecked
    assert 0 < sampled.sampled < sampled.large
    assert left == sampled.large - sampled.sampled
    assert judging.judge("add_points", EARN, response({"code": 200, "more": ["b"]})).violations
