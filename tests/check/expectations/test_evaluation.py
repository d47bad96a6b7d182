"""Expectations on the numbers and lists of one response, and on voids and what is only observed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import ANY_OUTCOME, BalanceChange, ScenarioRecord, StepRecord
from harness.model.binding import Promises, Verb
from harness.model.exchange import Exchange, Intent, Response, Row
from harness.model.verdict import Outcome, Verdict

BURN = Verb("burn", "burn", {}, {"balance": "/balance"}, "debit")


def exchange(
    value: Any, units: int = 0, outcome: Outcome = Outcome.OK, balance: int | None = None
) -> Exchange:
    """Return an exchange with a response on the account `a` with one row of so many units."""
    rows = (Row("a", units, "r"),) if units else ()
    return Exchange(
        id="c1",
        intent=Intent("burn", "burn", "a", rows),
        result=Response(200, {}, orjson.dumps(value)),
        outcome=outcome,
        seen={} if balance is None else {"balance": balance},
    )


def facts(*steps: StepRecord, before: int = 10, after: int = 10) -> ScenarioRecord:
    """Return what a scenario with these steps showed of the member `m`."""
    span = BalanceChange(before, after, ())
    return ScenarioRecord({step.name: step for step in steps}, {"m": span}, {"m": "a"}, Promises())


def verdict(value: Any, **terms: Any) -> Verdict:
    """Return what one term makes of one response."""
    step = StepRecord("step", (exchange(value),), None, 0)
    (result,) = evaluate("step", terms, facts(step))
    return result.verdict


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ({"total": 6, "parts": [{"n": 1}, {"n": 5}]}, True),
        ({"total": 0, "parts": []}, True),
        ({"total": 7, "parts": [{"n": 1}, {"n": 5}]}, False),
        ({"total": "6", "parts": [{"n": 6}]}, True),
        ({"total": 0.3, "parts": [{"n": 0.1}, {"n": 0.2}]}, True),
        ({"total": "six", "parts": [{"n": 6}]}, False),
        ({"total": True, "parts": [{"n": 1}]}, False),
        ({"parts": [{"n": 6}]}, False),
        ({"total": 6, "parts": [{"n": 6}, {"n": None}]}, False),
        ([], False),
    ],
)
def test_a_sum_is_the_sum_of_numbers(value: Any, holds: bool) -> None:
    """A total that is missing, no number or another number does not hold."""
    expected = Verdict.PASS if holds else Verdict.FAIL
    assert verdict(value, sum_of={"/total": "/parts/*/n"}) is expected


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ({"last": 3, "parts": [{"n": 5}, {"n": 3}]}, True),
        ({"last": 5, "parts": [{"n": 5}, {"n": 3}]}, False),
        ({"last": 3, "parts": []}, False),
    ],
)
def test_the_lowest_is_one_of_the_numbers(value: Any, holds: bool) -> None:
    """Of no numbers there is no lowest."""
    expected = Verdict.PASS if holds else Verdict.FAIL
    assert verdict(value, min_of={"/last": "/parts/*/n"}) is expected


@pytest.mark.parametrize(
    ("names", "holds"),
    [(["a", "b"], True), (["b", "a"], True), (["a"], False), (["a", "b", "b"], False)],
)
def test_items_are_compared_in_any_order(names: list[str], holds: bool) -> None:
    """Exactly the values asked for stand there, each as often."""
    value = {"errors": [{"field": name} for name in names]}
    expected = Verdict.PASS if holds else Verdict.FAIL
    assert verdict(value, contains_exactly={"/errors/*/field": ["a", "b"]}) is expected


@pytest.mark.parametrize(
    ("voids", "after"),
    [
        ([], 3),
        ([Outcome.OK], 10),
        ([Outcome.REFUSED], 3),
        ([Outcome.OK, Outcome.OK], 10),
        ([Outcome.REFUSED, Outcome.OK], 10),
    ],
)
def test_a_void_takes_its_step_back_once(voids: list[Outcome], after: int) -> None:
    """However many voids are ok, the units come back once; a refused one moves nothing."""
    burned = StepRecord("burned", (exchange({}, -7),), BURN, 1)
    steps = [
        StepRecord(f"void{n}", (exchange({}, outcome=outcome),), None, 0, undoes="burned")
        for n, outcome in enumerate(voids)
    ]
    term = {"member": "m", "change": {"effect_of": ["burned", *(step.name for step in steps)]}}
    for end in (after, after + 7):
        (result,) = evaluate("balance", term, facts(burned, *steps, after=end))
        assert (result.verdict is Verdict.PASS) is (end == after)


def test_what_is_observed_is_told_and_never_fails() -> None:
    """The outcome, the status and the change of the balance are reported in the same words."""
    step = StepRecord("step", (exchange({}, -3, balance=7),), BURN, 1)
    (result,) = evaluate("step", {"observe": True}, facts(step))
    assert result.verdict is Verdict.PASS
    assert result.expected == ANY_OUTCOME
    assert result.is_observation
    assert result.seen == "ok, status 200, balance -3"


@pytest.mark.parametrize(
    ("voided", "used", "holds"),
    [
        (Outcome.OK, Outcome.REFUSED, True),
        (Outcome.REFUSED, Outcome.OK, True),
        (Outcome.REFUSED, Outcome.REFUSED, True),
        (Outcome.OK, Outcome.OK, False),
    ],
)
def test_what_excludes_each_other_is_not_done_together(
    voided: Outcome, used: Outcome, holds: bool
) -> None:
    """Of a step and those it excludes one may be ok, whichever it is."""
    one = StepRecord("voided", (exchange({}, outcome=voided),), None, 0)
    other = StepRecord("used", (exchange({}, outcome=used),), None, 0)
    (result,) = evaluate("voided", {"exclusive_with": ["used"]}, facts(one, other))
    assert (result.verdict is Verdict.PASS) is holds


@pytest.mark.parametrize("term", [{"lacks": ["/rows"]}, {"excludes": {"/id": [1]}}])
def test_a_response_that_says_nothing_lacks_nothing(term: dict[str, Any]) -> None:
    """An unparseable body, or a refusal that was not expected, is no evidence of an absence."""
    unread = replace(exchange({}), result=Response(200, {}, b"<html>"))
    refused = exchange({"error": 1}, outcome=Outcome.REFUSED)
    for one, stated, expected in (
        (unread, {}, Verdict.INCONCLUSIVE),
        (refused, {}, Verdict.INCONCLUSIVE),
        (refused, {"outcome": "refused"}, Verdict.PASS),
        (exchange({"id": 2}), {}, Verdict.PASS),
    ):
        step = StepRecord("step", (one,), None, 0)
        *_, result = evaluate("step", {**stated, **term}, facts(step))
        assert result.verdict is expected
