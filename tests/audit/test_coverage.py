from __future__ import annotations

from harness.audit.coverage import coverage, never_called
from harness.model.verdict import Outcome
from tests.audit.build import call, recorded, rule, vendor


def test_calls_are_counted_by_operation_and_outcome() -> None:
    """Every operation of the specification has a row, also those that no call reached."""
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
    assert entries == [
        {
            "operation": "earn_points",
            "title": "Title of earn_points",
            "calls": 3,
            "ok": 1,
            "refused": 1,
            "unknown": 1,
            "requirements": 3,
        },
        {
            "operation": "get_balance",
            "title": "Title of get_balance",
            "calls": 0,
            "ok": 0,
            "refused": 0,
            "unknown": 0,
            "requirements": 0,
        },
    ]
    assert never_called(entries) == ["get_balance"]
