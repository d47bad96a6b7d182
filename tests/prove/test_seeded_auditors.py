"""Auditors that are wrong on purpose accuse correct servers; the honest one does not."""

from __future__ import annotations

import pytest

from harness.invariant.registry import judge_history
from harness.model.history import History
from harness.model.verdict import Outcome, Verdict
from harness.prove.seeded_auditors import SINS
from tests.invariant.server import Setting
from tests.invariant.simulator import simulate

SETTINGS = [Setting(seed, faults=0.1, accounts=6) for seed in range(6)]


def alarms(history: History, setting: Setting) -> int:
    """Return how many findings a history makes."""
    results = judge_history(history, setting.promises)
    return sum(result.verdict is Verdict.FAIL for result in results)


def test_the_honest_auditor_accuses_nobody() -> None:
    """A tenth of the calls without a response is no reason to accuse a correct server."""
    for setting in SETTINGS:
        history = simulate(setting)
        assert any(call.outcome is Outcome.UNKNOWN for call in history.attempts)
        assert not alarms(history, setting)


@pytest.mark.parametrize("sin", SINS)
def test_each_sin_gives_itself_away(sin: str) -> None:
    """A weakened auditor accuses correct servers, so the search for false alarms finds it."""
    found = sum(alarms(SINS[sin].misread(simulate(setting)), setting) for setting in SETTINGS)
    assert found > 0
