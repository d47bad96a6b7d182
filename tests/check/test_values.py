"""Values of responses: when they are equal, and which are numbers."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check.outcome import Classifier
from harness.check.values import equal, finite_number, same_value, whole_number
from harness.document.pointer import MISSING
from harness.model.binding import OutcomeRule
from harness.model.exchange import Response
from harness.model.verdict import Outcome


@pytest.mark.parametrize(
    ("seen", "wanted", "strictly", "with_text"),
    [
        (200, 200, True, True),
        ("200", 200, False, True),
        ("1.5", 1.5, False, True),
        ("0200", 200, False, False),
        ("200.0", 200, False, False),
        (" 200", 200, False, False),
        (200, "200", False, False),
        ("200", "200", True, True),
        (True, 1, False, False),
        ("True", True, False, False),
        (1.0, 1, False, False),
        (None, 0, False, False),
        (None, None, True, True),
        ([200], [200], True, True),
    ],
)
def test_a_number_matches_its_text_where_the_binding_says_so(
    seen: Any, wanted: Any, strictly: bool, with_text: bool
) -> None:
    """Only a wanted number is open to text; types are otherwise kept apart."""
    assert equal(seen, wanted) is strictly
    assert equal(seen, wanted, text_as_number=True) is with_text


@pytest.mark.parametrize(
    "when",
    [
        {"body": "/code", "equals": 200},
        {"body": "/code", "one_of": [100, 200]},
        {"header": {"x-code": {"equals": 200}}},
        {"not": {"any": [{"not": {"all": [{"body": "/code", "equals": 200}]}}]}},
    ],
)
@pytest.mark.parametrize("text_as_number", [True, False])
def test_outcome_rules_follow_the_equality_of_the_binding(when: Any, text_as_number: bool) -> None:
    """In bodies and headers, and however deep the condition stands."""
    rules = (OutcomeRule(when, Outcome.OK), OutcomeRule({"always": True}, Outcome.REFUSED))
    classifier = Classifier(rules, text_as_number=text_as_number)
    response = Response(200, {"x-code": "200"}, b"")
    outcome, _ = classifier.classify(response, None, {"code": "200"})
    assert (outcome is Outcome.OK) is text_as_number


@pytest.mark.parametrize("value", ["--5", "²", "9" * 5000, 1e30, 10**40, "", "1e3", None, "-"])
def test_what_no_ledger_holds_is_no_number(value: object) -> None:
    """A foreign number is no reason to break, and none that a journal could not keep is read."""
    assert whole_number(value) is None


def test_a_whole_number_may_show_its_decimals() -> None:
    """Money is often written so."""
    assert whole_number("120.00") == 120


@pytest.mark.parametrize(
    ("seen", "wanted", "same"),
    [
        ("5", 5, True),
        (5, "5", True),
        (5.0, 5, True),
        ("5.0", 5, False),
        (True, 1, False),
        (True, "True", False),
        (None, "None", False),
        (MISSING, "Missing.MISSING", False),
        (None, None, True),
        ([1], [1], True),
    ],
)
def test_an_expected_number_may_be_written_as_text(seen: Any, wanted: Any, same: bool) -> None:
    """Truth values and what is missing equal no text."""
    assert same_value(seen, wanted) is same


@pytest.mark.parametrize(
    ("value", "number"),
    [("1.5", 1.5), (2, 2.0), (True, None), ("nan", None), ("1e999", None), ("x", None), ([], None)],
)
def test_a_finite_number_may_be_written_as_text(value: Any, number: float | None) -> None:
    """Nothing else is one."""
    assert finite_number(value) == number
