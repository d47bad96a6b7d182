"""Values of responses: when they are equal, and which are numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from harness.check.outcome import Classifier
from harness.check.values import (
    equal,
    extract_values,
    finite_number,
    read_amount,
    same_value,
    whole_number,
    why_no_amount,
)
from harness.document.pointer import MISSING
from harness.model.binding import OutcomeRule, Verb
from harness.model.exchange import WHOLE, AmountFormat, Response
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


EMPTY = Response(200, {}, b"")
TENTHS, GROUPED = AmountFormat(decimals=1), AmountFormat(thousands_separator=",")
GERMAN = AmountFormat(2, ".", ",")


@pytest.mark.parametrize(
    ("value", "form", "amount"),
    [
        (1000.5, WHOLE, None),
        (1000.5, TENTHS, Decimal("1000.5")),
        (1000.3000000000001, TENTHS, None),
        ("1000.5", TENTHS, Decimal("1000.5")),
        ("1000.50", TENTHS, Decimal("1000.5")),
        ("1000.55", TENTHS, None),
        (4.0, TENTHS, 4),
        (2.0**53, WHOLE, 2**53),
        (2.0**53, TENTHS, None),
        (2.0**51 + 0.5, TENTHS, None),
        (float("nan"), TENTHS, None),
        (True, TENTHS, None),
        ("12,345", WHOLE, None),
        ("12,345", GROUPED, 12345),
        ("-1,234,567", GROUPED, -1234567),
        ("12345", GROUPED, 12345),
        ("1,23", GROUPED, None),
        ("12,34,567", GROUPED, None),
        (",123", GROUPED, None),
        ("12.345", WHOLE, None),
        ("12.000", WHOLE, None),
        ("12.000", TENTHS, None),
        ("12.00", WHOLE, 12),
        ("12.345,6", GERMAN, Decimal("12345.6")),
        ("12.345", GERMAN, 12345),
        ("12,345", GERMAN, None),
        ("12,5", GERMAN, Decimal("12.5")),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(
    value: object, form: AmountFormat, amount: object
) -> None:
    """In the declared format; nothing is rounded, and a doubtful dot is no decimal point."""
    assert read_amount(value, form) == amount


def test_exact_amounts_add_up() -> None:
    """Binary floats would not."""
    one, other = read_amount(1000.1, TENTHS), read_amount("0.2", TENTHS)
    assert one is not None
    assert other is not None
    assert one + other == read_amount(1000.3, TENTHS)


def test_what_is_no_balance_is_told() -> None:
    """The value and its place, and what it is not."""
    verb = Verb("balance", "get", {}, {"balance": "/now"}, "none")
    assert why_no_amount(verb, {"now": 1.5}) == "/now is 1.5, which is not a whole number"
    seen = why_no_amount(verb, {"now": "x"}, TENTHS)
    assert seen == '/now is "x", which is not a number with at most 1 decimal place'
    assert why_no_amount(verb, {}) == "nothing stands at /now"
    assert why_no_amount(verb, {"now": "12,345"}, GROUPED) == ""


def test_a_balance_in_smaller_units_stays_exact() -> None:
    """With decimals no remainder is dropped; a balance that no decimal writes is not read."""
    verb = Verb("earn", "add", {}, {"balance": "/now"}, "credit", unit=-100)
    assert extract_values(verb, EMPTY, {"now": 1250}) == {"balance": 12}
    assert extract_values(verb, EMPTY, {"now": 1250}, TENTHS) == {"balance": Decimal("12.5")}
    thirds = Verb("earn", "add", {}, {"balance": "/now"}, "credit", balance_unit=3)
    assert extract_values(thirds, EMPTY, {"now": 10}, TENTHS) == {}


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
