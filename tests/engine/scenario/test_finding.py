"""The lines of a finding say what each step sent, how it ended and what it showed."""

from __future__ import annotations

import pytest

from harness.check.expectations.record import StepRecord
from harness.engine.scenario.finding import step_line
from harness.model.exchange import Exchange, Failure, Fault, Intent, Response, Row
from harness.model.verdict import Outcome

OK = Response(200, {}, b"{}")
TIMEOUT = Fault.TIMEOUT


def exchange(
    rows: tuple[Row, ...] = (),
    outcome: Outcome = Outcome.OK,
    result: Response | Fault = OK,
    reason: str | None = None,
    **seen: object,
) -> Exchange:
    """Return an exchange of a burn."""
    reply = Failure(result) if isinstance(result, Fault) else result
    return Exchange("c1", Intent("take", "burn", "a", rows), reply, outcome, reason, seen)


ONE, NO_REFERENCE = (Row("a", -1, "r-1"),), (Row("a", -7, None),)


@pytest.mark.parametrize(
    ("exchanges", "passed", "line"),
    [
        ([], 60.0, "step: 60 s passed"),
        ([], 0.0, "step: nothing was sent"),
        (
            [exchange(ONE, balance=4, balances={"a": 4})],
            0.0,
            "step: burn 1 unit, reference r-1 -> ok, status 200, showing balance 4",
        ),
        (
            [
                exchange(NO_REFERENCE),
                exchange(NO_REFERENCE),
                exchange(NO_REFERENCE, Outcome.REFUSED, OK, "no_balance"),
                exchange(NO_REFERENCE, Outcome.UNKNOWN, TIMEOUT),
            ],
            0.0,
            "step: burn 7 units, no reference x4 -> ok, status 200 x2; "
            "refused (no_balance), status 200; unknown, timeout",
        ),
        ([exchange(ONE + NO_REFERENCE)], 0.0, "step: burn of 2 rows -> ok, status 200"),
        ([exchange()], 0.0, "step: burn -> ok, status 200"),
    ],
)
def test_a_step_is_one_line(exchanges: list[Exchange], passed: float, line: str) -> None:
    """Counts agree with their nouns, and equal endings are counted."""
    assert step_line(StepRecord("step", tuple(exchanges), None, 0, passed)) == line
