"""What a reader sees of an expectation that does not hold: expected, and seen."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import (
    BalanceChange,
    ScenarioRecord,
    StepRecord,
    TermResult,
)
from harness.model.binding import Promises, Verb
from harness.model.exchange import Exchange, Failure, Fault, Intent, Response, Row
from harness.model.verdict import Outcome, Verdict

EARN = Verb("earn", "add", {}, {"balance": "/now"}, "credit")


def exchange(
    body: Any = None,
    outcome: Outcome = Outcome.OK,
    reason: str | None = None,
    fault: Fault | None = None,
    **seen: Any,
) -> Exchange:
    """Return an exchange of the account `a` with one row of 5 units."""
    reply = Failure(fault) if fault else Response(200, {}, orjson.dumps(body))
    intent = Intent("add", "earn", "a", (Row("a", 5, "r"),))
    return Exchange("c1", intent, reply, outcome, reason, seen)


def refused(reason: str = "already_there") -> Exchange:
    """Return a refusal."""
    return exchange({}, Outcome.REFUSED, reason)


def result(name: str, terms: Any, *steps: StepRecord) -> TermResult:
    """Return the last result of an expectation; the balance of `m` goes from 10 to 12."""
    record = ScenarioRecord(
        {step.name: step for step in steps},
        {"m": BalanceChange(10, 12, ("c1", "c2"))},
        {"m": "a"},
        Promises(repeat="refused"),
        {"known": "x"},
    )
    *_, last = evaluate(name, terms, record)
    return last


@pytest.mark.parametrize(
    ("terms", "exchanges", "expected", "seen"),
    [
        (
            {"outcome": "ok"},
            [refused()],
            "outcome ok for step",
            "refused (already_there), status 200",
        ),
        (
            {"outcome": "decided"},
            [exchange(outcome=Outcome.UNKNOWN, fault=Fault.TIMEOUT), refused(), exchange({})],
            "outcome ok or refused for each of 3 requests of step",
            "1 of 3 differs: add unknown, timeout",
        ),
        (
            {"outcome": "as_promised"},
            [exchange({}), exchange({})],
            "outcome refused for each of 2 requests of step",
            "2 of 2 differ: add ok, status 200; add ok, status 200",
        ),
        (
            {"count_ok": 1},
            [exchange({}), exchange({})],
            "outcome ok for exactly 1 of 2 requests of step",
            "outcome ok for 2 of 2",
        ),
        (
            {"max_ok": 0},
            [exchange({})],
            "outcome ok for at most 0 of 1 request of step",
            "outcome ok for 1 of 1",
        ),
        (
            {"reason": "no_balance"},
            [refused()],
            "reason no_balance for the refusal of step",
            "reason already_there",
        ),
        (
            {"fail_index": "first"},
            [refused()],
            "the response of step names 0 as the row that failed",
            "it names no row",
        ),
        (
            {"balance_change": 5},
            [exchange({}, balance=10)],
            "the response of step shows the balance 15",
            "it shows 10",
        ),
        (
            {"balance_change": 5},
            [exchange({})],
            "the response of step shows the balance 15",
            "it shows no balance",
        ),
        (
            {"body": {"/state": "new", "/id": "${known}"}},
            [exchange({"state": "used"})],
            'in the response of step: /state is "new", /id is "x"',
            '/state is "used"; /id is missing',
        ),
        (
            {"has": ["/a", "/b"]},
            [exchange({"a": None})],
            "the response of step has /a, /b",
            "missing: /b",
        ),
        (
            {"lacks": ["/a"]},
            [exchange({"a": 1})],
            "the response of step has no /a",
            "present: /a",
        ),
        (
            {"sum_of": {"/total": "/rows/*/n"}},
            [exchange({"total": 4, "rows": [{"n": 1}, {"n": 2}]})],
            "in the response of step: /total is the sum of /rows/*/n",
            "/total is 4, /rows/*/n has 1, 2",
        ),
        (
            {"contains_exactly": {"/rows/*/n": [1]}},
            [exchange({"rows": []})],
            "in the response of step: /rows/*/n has 1 in any order",
            "/rows/*/n has nothing",
        ),
        (
            {"at_most": {"/n": 3}},
            [exchange({"n": "many"})],
            "in the response of step: /n is at most 3",
            "/n is not a number",
        ),
        (
            {"contains": {"/rows/*/n": [1]}},
            [exchange({"rows": [{"n": 2}]})],
            "the responses of step contain the given values at /rows/*/n",
            "1 of 1 value missing at /rows/*/n; 1 value at /rows/*/n",
        ),
        (
            {"same_body_as": "other"},
            [exchange({"n": 2})],
            "the response of step equals that of other",
            "the responses differ",
        ),
        (
            {"changed": {"since": "other", "by": {"/n": 2}}},
            [exchange({"n": 4})],
            "from other to step: /n changes by +2",
            "/n changed by +3, from 1 to 4",
        ),
        (
            {"exclusive_with": ["other"]},
            [exchange({})],
            "outcome ok for step or for other, not for both",
            "outcome ok for step and other",
        ),
    ],
)
def test_a_failed_term_says_what_was_expected_and_seen(
    terms: dict[str, Any], exchanges: list[Exchange], expected: str, seen: str
) -> None:
    """Names, counts and values stand in short sentences; a count agrees with its noun."""
    step = StepRecord("step", tuple(exchanges), EARN, 1)
    other = StepRecord("other", (exchange({"n": 1}),), EARN, 1)
    found = result("step", terms, step, other)
    assert found.verdict is Verdict.FAIL
    assert (found.expected, found.seen) == (expected, seen)


@pytest.mark.parametrize(
    ("terms", "expected", "seen"),
    [
        (
            {"member": "m", "change": 5},
            "the balance of m changes by +5",
            "it changed by +2 (from 10 to 12)",
        ),
        (
            {"member": "m", "at_least": 13},
            "the balance of m ends at 13 or more",
            "it ended at 12",
        ),
    ],
)
def test_a_failed_balance_says_what_was_expected_and_seen(
    terms: dict[str, Any], expected: str, seen: str
) -> None:
    """The change carries its sign, and both balances are named."""
    found = result("balance", terms)
    assert found.verdict is Verdict.FAIL
    assert (found.expected, found.seen) == (expected, seen)
    assert found.exchanges == ("c1", "c2")


@pytest.mark.parametrize(
    ("terms", "one", "expected", "seen"),
    [
        (
            {"lacks": ["/a"]},
            refused("no_balance"),
            "a response of step that can be checked",
            "refused (no_balance), status 200",
        ),
        (
            {"contains": {"/rows/*/n": [1]}},
            exchange({}),
            "the responses of step have a value at /rows/*/n",
            "no response has a value at /rows/*/n, so the list may have another form",
        ),
    ],
)
def test_an_undecided_term_says_what_evidence_is_missing(
    terms: dict[str, Any], one: Exchange, expected: str, seen: str
) -> None:
    """It is inconclusive, and the reason is what was seen instead."""
    found = result("step", terms, StepRecord("step", (one,), EARN, 1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.expected, found.seen) == (expected, seen)
