from __future__ import annotations

from typing import Any

import pytest

from harness.check.conformance import NOT_JSON
from harness.check.outcome import Classifier
from harness.model.binding import OutcomeRule
from harness.model.exchange import Fault, Response
from harness.model.verdict import Outcome
from tests.acme import binding

OK = Response(200, {"content-type": "application/json", "x-kind": "Final"}, b"{}")
OPEN = Outcome.UNKNOWN


@pytest.mark.parametrize("when", [{"fault": "any"}, "always"])
def test_no_rule_decides_what_was_left_unread(when: Any) -> None:
    """A response that exceeds the limits of the target may say anything."""
    rules = (OutcomeRule(when, Outcome.REFUSED, "wrong"),)
    assert Classifier(rules).classify(None, Fault.OVERSIZED, NOT_JSON) == (OPEN, None)
    assert Classifier(rules).classify(None, Fault.RESET, NOT_JSON) == (Outcome.REFUSED, "wrong")


@pytest.mark.parametrize(
    ("response", "fault", "value", "expected"),
    [
        (None, Fault.UNSENT, NOT_JSON, (Outcome.REFUSED, "not_sent")),
        (None, Fault.TIMEOUT, NOT_JSON, (Outcome.UNKNOWN, None)),
        (None, Fault.TRUNCATED, NOT_JSON, (Outcome.UNKNOWN, None)),
        (OK, None, {"code": 200}, (Outcome.OK, None)),
        (OK, None, {"code": "200"}, (Outcome.OK, None)),
        (OK, None, {"code": 503}, (Outcome.REFUSED, "stopped_at_row")),
        (OK, None, {"code": True}, (Outcome.REFUSED, "unspecified")),
        (OK, None, {"code": None}, (Outcome.REFUSED, "unspecified")),
        (OK, None, {"error": 1}, (Outcome.UNKNOWN, "unreadable")),
        (OK, None, [], (Outcome.UNKNOWN, "unreadable")),
        (OK, None, NOT_JSON, (Outcome.UNKNOWN, "unreadable")),
    ],
)
def test_the_first_rule_that_holds_decides(
    response: Response | None, fault: Fault | None, value: Any, expected: Any
) -> None:
    """Faults, codes as number or text, and unparseable bodies have outcomes of their own."""
    assert Classifier(binding().outcomes).classify(response, fault, value) == expected


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"status": [200]}, True),
        ({"status": ["2XX"]}, True),
        ({"status": ["5XX", 404]}, False),
        ({"not": {"status": [404]}}, True),
        ({"header": {"X-Kind": {"equals": "Final"}}}, True),
        ({"header": {"x-kind": {"matches": "^F"}}}, True),
        ({"header": {"x-none": {"exists": False}}}, True),
        ({"body": "/a/b", "type": "integer"}, True),
        ({"body": "/a/b", "type": "boolean"}, False),
        ({"body": "/a/c", "exists": False}, True),
        ({"body": "/name", "matches": "^NOT_"}, True),
        ({"all": [{"status": [200]}, {"body": "/a/b", "equals": 1}]}, True),
        ({"any": [{"status": [404]}, {"body": "/a/b", "equals": 2}]}, False),
        ({"status": [200], "body": "/a/b", "equals": 2}, False),
    ],
)
def test_every_condition_of_the_closed_list(when: Any, holds: bool) -> None:
    """Each word of `when` means what its format says, and several are and-ed."""
    rules = (OutcomeRule(when, Outcome.OK), OutcomeRule({"always": True}, Outcome.UNKNOWN))
    outcome, _ = Classifier(rules).classify(OK, None, {"a": {"b": 1}, "name": "NOT_ENOUGH"})
    assert (outcome is Outcome.OK) is holds
