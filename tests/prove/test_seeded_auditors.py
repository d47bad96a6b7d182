"""Seeded faulty auditors report false positives; the real auditor does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.invariant.registry import judge_history
from harness.model.history import History
from harness.model.verdict import Outcome, Verdict
from harness.prove.seeded_auditors import SEEDED_AUDITORS, why_undetectable
from tests.acme import vendor
from tests.simulator import Setting, simulate

SETTINGS = [Setting(seed, faults=0.1, accounts=6) for seed in range(6)]


def false_positives(history: History, setting: Setting) -> int:
    """Return how many findings a history makes."""
    results = judge_history(history, setting.promises)
    return sum(result.verdict is Verdict.FAIL for result in results)


def test_the_real_auditor_has_no_false_positive() -> None:
    """A tenth of the requests without a response does not make a correct server fail."""
    for setting in SETTINGS:
        history = simulate(setting)
        assert any(call.outcome is Outcome.UNKNOWN for call in history.attempts)
        assert not false_positives(history, setting)


@pytest.mark.parametrize("auditor", SEEDED_AUDITORS)
def test_each_seeded_auditor_is_detected(auditor: str) -> None:
    """It reports false positives on correct servers, so the proof can detect them."""
    found = sum(
        false_positives(SEEDED_AUDITORS[auditor].misread(simulate(setting)), setting)
        for setting in SETTINGS
    )
    assert found > 0


def test_a_vendor_that_shows_no_balance_cannot_show_them() -> None:
    """Whatever is misread of it, nothing read afterwards contradicts that."""
    assert why_undetectable(vendor()) == ""
    verbs = {name: verb for name, verb in vendor().binding.verbs.items() if name != "balance"}
    without = replace(vendor(), binding=replace(vendor().binding, verbs=verbs))
    assert why_undetectable(without) == "not observable: no verb reads a balance"
