"""Duplicate deliveries: no false positive, and defects are found all the same."""

from __future__ import annotations

from typing import Any

import pytest

from harness.invariant.history.duplicates import is_duplicate, with_duplicates
from harness.invariant.registry import judge_history
from harness.model.binding import Promises
from harness.model.verdict import Verdict
from tests.invariant.histories import checks_with, read, read_history
from tests.simulator import Setting, simulate

KEYED, UNKEYED = Promises(repeat="same"), Promises(repeat="none")
NO_REASON = {"reason": "not_enough_points", "outcome": "refused"}


def move(verb: str, units: int, at: list[float], **more: Any) -> dict[str, Any]:
    """Return a change of one account in short form."""
    return {"verb": verb, "account": "m", "units": units, "at": at, **more}


def brief(seed: int, **changes: Any) -> Setting:
    """Return a short situation in which one request in twenty has a duplicate delivery."""
    values = {"duplicates": 0.05, "accounts": 6, "clients": 3, "steps": 8, **changes}
    return Setting(seed, **values)


def failing(attempts: list[dict[str, Any]], promises: Promises, duplicates: bool) -> list[str]:
    """Return the invariants that fail, with or without possible duplicate deliveries."""
    history = read_history(attempts)
    return checks_with(
        judge_history(with_duplicates(history) if duplicates else history, promises), Verdict.FAIL
    )


@pytest.mark.parametrize(
    ("attempts", "promises"),
    [
        (
            [
                read("m", 0, 0, 1),
                move("burn", 5, [2, 3], reference="a", **NO_REASON),
                move("earn", 7, [4, 5], reference="b"),
                read("m", 2, 20, 21),
            ],
            KEYED,
        ),
        ([read("m", 0, 0, 1), move("earn", 5, [2, 3]), read("m", 10, 20, 21)], UNKEYED),
        (
            [
                read("m", 0, 0, 1),
                move("earn", 5, [2, 3], reference="a"),
                read("m", 10, 4, 5),
                {"verb": "void_by_receipt", "account": "m", "entry": "a", "at": [6, 7]},
                read("m", 0, 20, 21),
            ],
            UNKEYED,
        ),
        (
            [
                {"account": "m", "entry": "unparseable", "at": [0, 1]},
                read("m", 10, 2, 3),
                read("m", 20, 300, 301),
            ],
            UNKEYED,
        ),
    ],
    ids=[
        "the duplicate of a refused burn is applied",
        "an earn without a reference counts again",
        "a void takes back a duplicate too",
        "an unparseable request counts again",
    ],
)
def test_the_effect_of_a_duplicate_is_no_finding(
    attempts: list[dict[str, Any]], promises: Promises
) -> None:
    """Where duplicates are possible a refusal is not final, elsewhere it is."""
    assert failing(attempts, promises, duplicates=False)
    assert not failing(attempts, promises, duplicates=True)


@pytest.mark.parametrize(
    ("attempts", "promises"),
    [
        (
            [read("m", 0, 0, 1), move("earn", 5, [2, 3], reference="a"), read("m", 10, 20, 21)],
            KEYED,
        ),
        ([read("m", 0, 0, 1), move("earn", 5, [2, 3], reference="a"), read("m", 0, 9, 10)], KEYED),
        ([read("m", 0, 0, 1), move("earn", 5, [2, 3]), read("m", 0, 20, 21)], UNKEYED),
        ([read("m", 0, 0, 1), move("earn", 5, [2, 3]), read("m", 15, 20, 21)], UNKEYED),
        (
            [
                {"account": "m", "entry": "unparseable", "at": [0, 1]},
                read("m", 10, 2, 3),
                read("m", 10, 3_000, 3_001),
                read("m", 20, 3_002, 3_003),
            ],
            UNKEYED,
        ),
    ],
    ids=[
        "keyed and doubled",
        "keyed and lost",
        "unkeyed and lost",
        "unkeyed and tripled",
        "unparseable and long after",
    ],
)
def test_what_no_duplicate_explains_is_still_found(
    attempts: list[dict[str, Any]], promises: Promises
) -> None:
    """A reference still has one effect, and an acknowledged change is still there."""
    assert failing(attempts, promises, duplicates=True)


def test_reads_and_unsent_attempts_have_no_duplicate() -> None:
    """Only an attempt that can change something has a duplicate."""
    history = read_history(
        [
            read("m", 0, 0, 1),
            move("earn", 5, [2, 3], outcome="refused", reason="not_sent"),
            move("earn", 5, [4, 5]),
        ]
    )
    found = [one.id for one in with_duplicates(history).attempts if is_duplicate(one)]
    assert found == ["k2~duplicate"]


@pytest.mark.parametrize("repeat", ["same", "ignored", "refused", "none"])
def test_a_correct_server_has_no_false_positive_under_duplicates(repeat: str) -> None:
    """One request in twenty is delivered again up to 300 ms later, and nothing fails."""
    passed = 0
    for seed in range(8):
        setting = brief(seed, repeat=repeat, remembers=seed % 3 == 0)
        for result in judge_history(with_duplicates(simulate(setting)), setting.promises):
            assert result.verdict not in (Verdict.FAIL, Verdict.ERROR), (setting, result)
            passed += result.count * (result.verdict is Verdict.PASS)
    assert passed > 100


def test_unexpected_duplicates_are_false_positives() -> None:
    """The same histories fail a correct server if no duplicate is taken to be possible."""
    failed = 0
    for seed in range(8):
        setting = brief(seed, repeat="none")
        results = judge_history(simulate(setting), setting.promises)
        failed += any(result.verdict is Verdict.FAIL for result in results)
    assert failed > 3


@pytest.mark.parametrize("defect", ["no dedupe", "acked but lost", "overdraft", "lost update"])
def test_defects_are_found_under_duplicates(defect: str) -> None:
    """Within a few runs a defective server fails although any request may have a duplicate."""
    for seed in range(16):
        setting = brief(seed, defect=defect, units_max=400, start=900)
        results = judge_history(with_duplicates(simulate(setting)), setting.promises)
        if any(result.verdict is Verdict.FAIL for result in results):
            return
    pytest.fail(f"{defect} was not found")
