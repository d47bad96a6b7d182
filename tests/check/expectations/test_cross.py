"""Expectations across responses."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.check.expectations.evaluation import TERMS
from harness.check.expectations.record import ScenarioRecord, StepRecord
from harness.model.binding import Promises
from harness.model.exchange import Exchange, Intent, Response
from harness.model.verdict import Outcome, Verdict

PAGES = ({"rows": [{"id": 1}, {"id": 2}]}, {"rows": [{"id": 3}]})


def played(name: str, *bodies: Any) -> StepRecord:
    """Return a step with these responses."""
    exchanges = tuple(
        Exchange(
            f"{name}{number}", Intent("list"),
            Response(200, {}, orjson.dumps(body)), Outcome.OK,
        )
        for number, body in enumerate(bodies)
    )  # fmt: skip
    return StepRecord(name, exchanges, None, 0)


def result(term: str, wanted: Any, *bodies: Any, **others: Any) -> tuple[Verdict, str]:
    """Return the verdict on a term of the step and what was seen; `others` are other steps."""
    step = played("step", *bodies)
    steps = {"step": step, **{name: played(name, *responses) for name, responses in others.items()}}
    facts = ScenarioRecord(steps, {}, {}, Promises(), {"one": 1, "value": {"two": "2"}})
    found = TERMS[term].check(step, wanted, facts)
    return found.verdict, found.seen


@pytest.mark.parametrize(
    ("term", "wanted", "verdict"),
    [
        ("unique", "/rows/*/id", Verdict.PASS),
        ("unique", "/rows/*/none", Verdict.INAPPLICABLE),
        ("contains", {"/rows/*/id": ["${one}", "${value.two}"]}, Verdict.PASS),
        ("contains", {"/rows/*/id": [3, 4]}, Verdict.FAIL),
        ("contains", {"/other/*/id": [3]}, Verdict.INCONCLUSIVE),
        ("contains", {"/rows/*/name": [3]}, Verdict.INCONCLUSIVE),
        ("excludes", {"/rows/*/id": [4, 5]}, Verdict.PASS),
        ("excludes", {"/rows/*/id": [4, 3]}, Verdict.FAIL),
        ("excludes", {"/other/*/id": [3]}, Verdict.INCONCLUSIVE),
        ("at_most", {"/rows/0/id": 3}, Verdict.PASS),
        ("at_most", {"/rows/0/id": 2}, Verdict.FAIL),
        ("at_most", {"/rows/1/id": 9}, Verdict.FAIL),
    ],
)
def test_what_holds_of_all_pages(term: str, wanted: Any, verdict: Verdict) -> None:
    """Values are looked for in every response of the step."""
    assert result(term, wanted, *PAGES)[0] is verdict


def test_an_item_that_comes_twice_is_told() -> None:
    """Two pages that overlap share an item."""
    verdict, seen = result("unique", "/rows/*/id", PAGES[0], {"rows": [{"id": 2}]})
    assert verdict is Verdict.FAIL
    assert seen == "2 of 3 values distinct; repeated: 2"


def test_an_empty_list_holds_nothing() -> None:
    """A list that is there and empty is no other form of response."""
    assert result("contains", {"/rows/*/id": [1]}, {"rows": []})[0] is Verdict.FAIL
    assert result("excludes", {"/rows/*/id": [1]}, {"rows": []})[0] is Verdict.PASS


def test_values_that_may_be_personal_are_not_shown() -> None:
    """The message says only how many are missing."""
    _, seen = result("contains", {"/rows/*/id": ["anna@example.com"]}, *PAGES)
    assert "anna" not in seen
    assert "1 of 1" in seen


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ({"a": [{"rows": [{"id": 9}]}], "b": [{"rows": []}]}, Verdict.PASS),
        ({"a": [{"rows": [{"id": 9}]}], "b": [{"rows": [{"id": 3}]}]}, Verdict.FAIL),
    ],
)
def test_lists_that_share_an_item_are_told_apart(others: Any, verdict: Verdict) -> None:
    """An item in two lists of which it may be in one is a fault."""
    wanted = {"at": "/rows/*/id", "with": ["a", "b"]}
    assert result("disjoint", wanted, *PAGES, **others)[0] is verdict


@pytest.mark.parametrize(
    ("by", "verdict"),
    [
        ({"/a": 2, "/b": -0.5}, Verdict.PASS),
        ({"/a": "up", "/b": "down"}, Verdict.PASS),
        ({"/a": 3}, Verdict.FAIL),
        ({"/a": "down"}, Verdict.FAIL),
        ({"/c": 0}, Verdict.FAIL),
        ({"/d": 0}, Verdict.FAIL),
    ],
)
def test_numbers_move_as_far_as_they_should(by: Any, verdict: Verdict) -> None:
    """Numbers may be written as text; what is no number has not moved as expected."""
    before = {"a": 5, "b": "1.5", "c": "many"}
    after = {"a": "7", "b": 1, "c": "many"}
    wanted = {"since": "before", "by": by}
    assert result("changed", wanted, after, before=[before])[0] is verdict
