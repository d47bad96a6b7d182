"""What a bulk's response says of each of its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import BalanceChange, ScenarioRecord, StepRecord
from harness.check.outcome import Classifier
from harness.model.binding import OutcomeRule, Promises, RowResults
from harness.model.exchange import Exchange, Intent, Response, Row
from harness.model.verdict import Outcome, Verdict

FORM = RowResults(
    "/results",
    (
        OutcomeRule({"body": "/status", "equals": 200}, Outcome.OK),
        OutcomeRule({"body": "/status", "exists": True}, Outcome.REFUSED, "invalid"),
        OutcomeRule({"always": True}, Outcome.UNKNOWN),
    ),
)
ROWS = (Row("a", 5, "r1"), Row("b", 5, "r2"), Row("a", 2, "r3"))
BULK = Exchange("c1", Intent("bulk", "bulk_earn", None, ROWS), Response(207, {}, b"{}"), Outcome.OK)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"results": [{"status": 200}, {"status": 404}]}, [("ok", None), ("refused", "invalid")]),
        ({"results": [{}, "odd", None]}, [("unknown", None)] * 3),
        ({"results": {}}, []),
        ({}, []),
        (None, []),
    ],
)
def test_the_result_of_a_row_is_judged_by_rules_of_its_own(value: Any, rows: Any) -> None:
    """Where there is no list there are no results."""
    assert Classifier(()).classify_rows(FORM, value) == rows


def judged(terms: dict[str, Any], results: Any) -> list[Verdict]:
    """Return what terms make of a bulk with these results by row, on the account `a`."""
    exchange = replace(BULK, seen={"rows": results})
    step = StepRecord("mixed", (exchange,), None, len(ROWS))
    balances = {"m": BalanceChange(10, 17, ())}
    record = ScenarioRecord({"mixed": step}, balances, {"m": "a"}, Promises(bulk_failure="each"))
    name = "balance" if "change" in terms else "mixed"
    return [result.verdict for result in evaluate(name, terms, record)]


MIXED = [("ok", None), ("refused", "invalid"), ("ok", None)]


@pytest.mark.parametrize(
    ("wanted", "results", "holds"),
    [
        ({"middle": "refused", "others": "ok"}, MIXED, True),
        ({"1": "refused"}, MIXED, True),
        ({"first": "refused"}, MIXED, False),
        ({"others": "ok"}, MIXED, False),
        ({"middle": "refused"}, MIXED[:2], False),
        ({"last": "ok"}, [*MIXED[:2], ("unknown", None)], False),
    ],
)
def test_each_row_has_the_expected_outcome(wanted: Any, results: Any, holds: bool) -> None:
    """Rows are named by place or number; there must be one result for each."""
    assert judged({"row_outcomes": wanted}, results) == [Verdict.PASS if holds else Verdict.FAIL]


def test_only_rows_reported_as_done_count() -> None:
    """If the response does not tell, the change that it means is not known."""
    change = {"member": "m", "change": {"effect_of": ["mixed"]}}
    assert judged(change, MIXED) == [Verdict.PASS]
    assert judged(change, [("ok", None)] * 3) == [Verdict.PASS]
    assert judged(change, [("refused", None), *MIXED[1:]]) == [Verdict.FAIL]
