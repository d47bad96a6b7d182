from __future__ import annotations

from harness.auditor.counts import coverage
from harness.model.result import OperationCoverage
from harness.model.verdict import Outcome
from tests.auditor.build import attempt, recorded, requirement, vendor


def test_requests_are_counted_by_operation_and_outcome() -> None:
    """Every operation of the specification has a row, also those without a request."""
    run = recorded(
        [
            attempt("a", source="scenario:s1"),
            attempt("b", source="load:earn", outcome=Outcome.REFUSED),
            attempt("c", source="property:earn_points", outcome=Outcome.UNKNOWN),
        ]
    )
    requirements = (
        requirement("R1", "scenario:s1#first"),
        requirement("R2", "response:earn_*"),
        requirement("R3", "property:*:get_balance"),
        requirement("R5", "property:rejects:earn_points#point*"),
        requirement("R4", "invariant:sums"),
    )
    made = ["response:earn_points", "property:rejects:earn_points#point", "invariant:sums"]
    entries = coverage(vendor(*requirements), run.history, made)
    assert entries == (
        OperationCoverage("earn_points", "Title of earn_points", 3, 1, 1, 1, requirements=3),
        OperationCoverage("get_balance", "Title of get_balance", 0, 0, 0, 0, requirements=0),
    )
