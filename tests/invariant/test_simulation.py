"""Simulated servers: no false positive on a correct one, and every seeded defect is found."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.invariant.registry import judge_history
from harness.model.verdict import Verdict
from tests.simulator import Setting, simulate

REPEATS = ("same", "ignored", "refused", "unspecified", "none")


def benign(seed: int, **changes: object) -> Setting:
    """Return one of many situations that a correct server may be in."""
    values: dict[str, object] = {
        "seed": seed,
        "repeat": REPEATS[seed % 5],
        "hides_balance": seed % 7 == 0,
        "remembers": seed % 3 == 0,
        "clients": (1, 2, 4, 6)[seed % 4],
        "faults": (0.03, 0.1, 0.0)[seed % 3],
        "start": (100, 0, 5000)[seed % 3],
    }
    return Setting(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", range(8))
def test_a_correct_server_has_no_false_positive(batch: int) -> None:
    """Timeouts, late arrivals, retries, bursts and bulks of a correct server fail nothing."""
    found: Counter[Verdict] = Counter()
    for seed in range(batch * 32, batch * 32 + 32):
        setting = benign(seed)
        for result in judge_history(simulate(setting), setting.promises):
            assert result.verdict not in (Verdict.FAIL, Verdict.ERROR), (setting, result)
            found[result.verdict] += result.count
    assert found[Verdict.PASS] > 2_000
    assert found[Verdict.INCONCLUSIVE] <= 12


DEFECTS = {
    "no dedupe": {"one-effect"},
    "dedupe race": {"one-effect"},
    "new entry on replay": {"one-effect"},
    "bulk doubles on resend": {"one-effect"},
    "lost update": {"conservation", "bounds", "floor", "linearizable"},
    "acked but lost": {"conservation"},
    "overdraft": {"floor"},
    "overdraft race": {"floor"},
    "refused but applied": {"floor", "conservation", "bounds"},
    "spurious refusal": {"bounds"},
    "stale read": {"bounds", "linearizable"},
    "double void": {"void-once"},
    "void without effect": {"conservation"},
    "double coupon": {"coupon-once"},
    "bulk not prefix": {"bulk-prefix"},
    "shared entries": {"distinct-entries"},
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_caught_by_the_invariant_that_names_it(defect: str) -> None:
    """Within a few runs of a defective server an invariant made for the defect fails."""
    failed: set[str] = set()
    for seed in range(12):
        setting = Setting(seed, defect, units_max=400, start=900, accounts=6)
        for result in judge_history(simulate(setting), setting.promises):
            assert result.verdict is not Verdict.ERROR, result
            if result.verdict is Verdict.FAIL:
                failed.add(result.check.removeprefix("invariant:"))
        if failed & DEFECTS[defect]:
            return
    pytest.fail(f"{defect} was not caught by {DEFECTS[defect]}, only by {failed}")


@pytest.mark.parametrize("defect", ["lost update", "acked but lost", "stale read", "no dedupe"])
def test_an_account_has_one_finding_per_root_cause(defect: str) -> None:
    """However many invariants a defect breaks, an account is reported once."""
    setting = Setting(3, defect, accounts=12)
    subjects = Counter(
        result.subject
        for result in judge_history(simulate(setting), setting.promises)
        if result.verdict is Verdict.FAIL
    )
    assert subjects
    assert set(subjects.values()) == {1}


def test_a_server_that_shows_balances_in_reads_alone_is_still_judged() -> None:
    """Balance reads alone show that an acknowledged change was lost."""
    setting = Setting(5, "acked but lost", hides_balance=True)
    verdicts = {r.verdict for r in judge_history(simulate(setting), setting.promises)}
    assert Verdict.FAIL in verdicts
