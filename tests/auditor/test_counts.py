from __future__ import annotations

from harness.auditor.counts import coverage
from harness.model.result import OperationCoverage
from harness.model.verdict import Outcome
from tests.auditor.build import call, recorded, rule, vendor


def test_requests_are_counted_by_operation_and_outcome() -> None:
    """Every operation of the specification has a row, also those without a request."""
    run = recorded(
        [
            call("a", source="scenario:s1"),
            call("b", source="load:earn", outcome=Outcome.REFUSED),
            call("c", source="property:earn_points", outcome=Outcome.UNKNOWN),
        ]
    )
    rules = (
        rule("R1", "scenario:s1#first"),
        rule("R2", "response:earn_*"),
        rule("R3", "property:*:get_balance"),
        rule("R5", "property:rejects:earn_points#point*"),
        rule("R4", "invariant:sums"),
    )
    made = ["response:earn_points", "property:rejects:earn_points#point", "invariant:sums"]
    entries = coverage(vendor(*rules), run.history, made)
    assert entries == (
        OperationCoverage("earn_points", "Title of earn_points", 3, 1, 1, 1, requirements=3),
        OperationCoverage("get_balance", "Title of get_balance", 0, 0, 0, 0, requirements=0),
    )
