"""What a server makes large or odd is judged in bounded time and memory, and told in few words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.check.conformance import Conformance, decode
from harness.check.expectations.cross import unique
from harness.check.expectations.record import ScenarioRecord, StepRecord
from harness.check.extraction import extracted
from harness.check.outcome import Classifier, redirect_text
from harness.check.throttling import asked_seconds
from harness.check.values import ITEMS_MAX, extract_values, json_texts
from harness.document.pointer import MISSING
from harness.model.binding import OutcomeRule, Promises, RowResults, Source, Verb
from harness.model.exchange import Exchange, Intent, Response
from harness.model.operation import Operation, Responses, Specification
from harness.model.verdict import Outcome, Verdict

UNPLACED = "the body does not fit its schema, and is too long to say where"
MANY = 20_000


def conformance(items: dict[str, Any]) -> Conformance:
    """Return what compares lists whose items have a schema."""
    under = Responses("200", {"application/json": {"type": "array", "items": items}})
    listing = Operation("list", "GET", "/list", "List", (), None, {"200": under}, "made up")
    return Conformance(Specification({"list": listing}, {}, "0"))


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ((3,), ('/3: "x" is not of type "integer"',)),
        (range(MANY), tuple(f'/{n}: "x" is not of type "integer"' for n in range(4))),
        ((MANY - 1,), (UNPLACED,)),
        ((), ()),
    ],
    ids=["near the beginning", "everywhere", "far behind", "nowhere"],
)
def test_a_violation_of_a_long_list_is_told(odd: Any, said: tuple[str, ...]) -> None:
    """With its place where that is near the beginning."""
    body: list[Any] = [1_000_000] * MANY
    for index in odd:
        body[index] = "x"
    response = Response(200, {"content-type": "application/json"}, orjson.dumps(body))
    found = conformance({"type": "integer"}).check("list", response, decode(response))
    assert found.stated == said
    assert found.inferred == ()


def test_a_long_sentence_is_cut() -> None:
    """Names and values of the server stand in it."""
    body = orjson.dumps([{"k" * 5000: "v" * 5000}])
    response = Response(200, {"content-type": "application/json"}, body)
    checks = conformance({"additionalProperties": {"type": "integer"}})
    (sentence,) = checks.check("list", response, decode(response)).stated
    assert len(sentence) < 500


def test_a_value_that_comes_twice_is_found_in_a_long_list() -> None:
    """No value is compared with all the others."""
    numbers = orjson.dumps([*range(200_000), 7])
    exchange = Exchange("e", Intent("list"), Response(200, {}, numbers), Outcome.OK)
    record = StepRecord("all", (exchange,), None, 0)
    result = unique(record, "/*", ScenarioRecord({}, {}, {}, Promises()))
    assert result.verdict is Verdict.FAIL
    assert result.seen == "200000 of 200,001 values distinct; repeated: 7"


def test_many_values_are_listed_in_short() -> None:
    """A report shows the first, and how many more there are."""
    assert json_texts(range(1_000_000)).endswith("18, 19, 999,980 more")
    assert json_texts([]) == "nothing"


@pytest.mark.parametrize(
    ("extract", "value", "seen"),
    [
        ({"entry": "/n"}, {"n": "R-1"}, {"entry": "R-1"}),
        ({"entry": "/n"}, {"n": "9" * 1001}, {}),
        ({"entry": "/n"}, {"n": "R\u202e1"}, {}),
        ({"entry": "/n"}, {"n": "R\r\nx: y"}, {}),
        ({"coupons": "/n/*"}, {"n": ["a"] * ITEMS_MAX}, {"coupons": ["a"] * ITEMS_MAX}),
        ({"coupons": "/n/*"}, {"n": ["a"] * (ITEMS_MAX + 1)}, {}),
        (
            {"balances": {"list": "/n", "account": "a", "balance": "b"}},
            {"n": [{"a": str(n), "b": 1} for n in range(ITEMS_MAX + 1)]},
            {},
        ),
    ],
)
def test_what_no_ledger_has_is_not_taken_out(
    extract: dict[str, Any], value: Any, seen: dict[str, Any]
) -> None:
    """It would stand in the journal, in reports, and in the requests that follow."""
    verb = Verb("earn", "earn", {}, extract, "credit")
    assert extract_values(verb, Response(200, {}, b""), value) == seen


def test_results_of_more_rows_than_a_bulk_has_are_none() -> None:
    """No request has so many rows."""
    form = RowResults("/rows", (OutcomeRule({"status": [200]}, Outcome.OK),))
    classifier = Classifier(())
    assert len(classifier.classify_rows(form, {"rows": [1] * ITEMS_MAX})) == ITEMS_MAX
    assert classifier.classify_rows(form, {"rows": [1] * (ITEMS_MAX + 1)}) == []


@pytest.mark.parametrize(
    ("source", "headers", "body", "value"),
    [
        ("/cursor", {}, {"cursor": "c" * 16_384}, "c" * 16_384),
        ("/cursor", {}, {"cursor": "c" * 16_385}, MISSING),
        ({"header": "Location"}, {"location": "l" * 20_000}, None, MISSING),
        ({"link": "next"}, {"link": "<" * 60_000}, None, MISSING),
        ({"link": "next"}, {"link": "<a>" + ";x" * 30_000}, None, MISSING),
        ({"cookie": "a"}, {"set-cookie": "b=1\n" * 10_000 + "a=2"}, None, "2"),
    ],
)
def test_what_is_too_long_to_be_sent_back_is_not_taken_out(
    source: Source, headers: dict[str, str], body: Any, value: Any
) -> None:
    """Floods of headers are read in time that grows with their length alone."""
    assert extracted(source, Response(200, headers, b""), body) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9" * 5000, 1e9),
        ("Mon, 01 Jan 2024 00:00:00 +9999999999999999", None),
        ("\u00b2", None),
    ],
)
def test_a_retry_after_that_makes_no_sense_breaks_nothing(text: str, seconds: Any) -> None:
    """It is for ever, or it is none."""
    assert asked_seconds(Response(429, {"retry-after": text}, b"")) == seconds


def test_a_place_of_a_redirect_is_cut() -> None:
    """It stands in headlines."""
    told = redirect_text(Response(302, {"location": "/x" * 5000}, b""))
    assert told.endswith("...")
    assert len(told) < 300
