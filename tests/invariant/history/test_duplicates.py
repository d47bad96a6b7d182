"""Requests that may be delivered twice: no false alarm, and no blindness."""

from __future__ import annotations

from typing import Any

import pytest

from harness.invariant.history.duplicates import is_copy, with_copies
from harness.invariant.registry import judge_history
from harness.model.binding import Promises
from harness.model.verdict import Verdict
from tests.invariant.calls import look, read_history, told
from tests.invariant.server import Setting
from tests.invariant.simulator import simulate

KEYED, UNKEYED = Promises(repeat="same"), Promises(repeat="none")
NO_REASON = {"reason": "not_enough_points", "outcome": "refused"}


def move(verb: str, units: int, at: list[float], **more: Any) -> dict[str, Any]:
    """Return a change of one account in short form."""
    return {"verb": verb, "account": "m", "units": units, "at": at, **more}


def brief(seed: int, **changes: Any) -> Setting:
    """Return a short situation in which one request in twenty comes twice."""
    values = {"copies": 0.05, "accounts": 6, "clients": 3, "steps": 8, **changes}
    return Setting(seed, **values)


def failing(calls: list[dict[str, Any]], promises: Promises, copies: bool) -> list[str]:
    """Return the invariants that fail, with requests delivered once or perhaps twice."""
    history = read_history(calls)
    return told(judge_history(with_copies(history) if copies else history, promises), Verdict.FAIL)


@pytest.mark.parametrize(
    ("calls", "promises"),
    [
        (
            [
                look("m", 0, 0, 1),
                move("burn", 5, [2, 3], reference="a", **NO_REASON),
                move("earn", 7, [4, 5], reference="b"),
                look("m", 2, 20, 21),
            ],
            KEYED,
        ),
        ([look("m", 0, 0, 1), move("earn", 5, [2, 3]), look("m", 10, 20, 21)], UNKEYED),
        (
            [
                look("m", 0, 0, 1),
                move("earn", 5, [2, 3], reference="a"),
                look("m", 10, 4, 5),
                {"verb": "void_by_receipt", "account": "m", "target": "a", "at": [6, 7]},
                look("m", 0, 20, 21),
            ],
            UNKEYED,
        ),
        (
            [
                {"account": "m", "target": "unreadable", "at": [0, 1]},
                look("m", 10, 2, 3),
                look("m", 20, 300, 301),
            ],
            UNKEYED,
        ),
    ],
    ids=[
        "a refused burn is obeyed later",
        "an earn without a reference counts twice",
        "what counted twice is taken back twice",
        "what nobody can read counts twice",
    ],
)
def test_what_a_second_delivery_does_is_no_finding(
    calls: list[dict[str, Any]], promises: Promises
) -> None:
    """Where requests may come twice a refusal is not final, elsewhere it is."""
    assert failing(calls, promises, copies=False)
    assert not failing(calls, promises, copies=True)


@pytest.mark.parametrize(
    ("calls", "promises"),
    [
        (
            [look("m", 0, 0, 1), move("earn", 5, [2, 3], reference="a"), look("m", 10, 20, 21)],
            KEYED,
        ),
        ([look("m", 0, 0, 1), move("earn", 5, [2, 3], reference="a"), look("m", 0, 9, 10)], KEYED),
        ([look("m", 0, 0, 1), move("earn", 5, [2, 3]), look("m", 0, 20, 21)], UNKEYED),
        ([look("m", 0, 0, 1), move("earn", 5, [2, 3]), look("m", 15, 20, 21)], UNKEYED),
        (
            [
                {"account": "m", "target": "unreadable", "at": [0, 1]},
                look("m", 10, 2, 3),
                look("m", 10, 3_000, 3_001),
                look("m", 20, 3_002, 3_003),
            ],
            UNKEYED,
        ),
    ],
    ids=[
        "keyed and doubled",
        "keyed and lost",
        "unkeyed and lost",
        "unkeyed and tripled",
        "dark and long after",
    ],
)
def test_what_no_second_delivery_explains_is_still_found(
    calls: list[dict[str, Any]], promises: Promises
) -> None:
    """A reference still has one effect, and an acknowledged change is still there."""
    assert failing(calls, promises, copies=True)


def test_reads_and_calls_that_were_never_sent_have_no_copy() -> None:
    """Only what can move something is doubled."""
    history = read_history(
        [
            look("m", 0, 0, 1),
            move("earn", 5, [2, 3], outcome="refused", reason="not_sent"),
            move("earn", 5, [4, 5]),
        ]
    )
    copies = [call.id for call in with_copies(history).attempts if is_copy(call)]
    assert copies == ["k2~copy"]


@pytest.mark.parametrize("repeat", ["same", "ignored", "refused", "none"])
def test_a_correct_server_behind_a_copying_way_raises_no_alarm(repeat: str) -> None:
    """One request in twenty is delivered again up to 300 ms later, and nobody is accused."""
    passed = 0
    for seed in range(8):
        setting = brief(seed, repeat=repeat, remembers=seed % 3 == 0)
        for result in judge_history(with_copies(simulate(setting)), setting.promises):
            assert result.verdict not in (Verdict.FAIL, Verdict.ERROR), (setting, result)
            passed += result.count * (result.verdict is Verdict.PASS)
    assert passed > 100


def test_copies_are_false_alarms_to_who_does_not_know_of_them() -> None:
    """The same histories accuse a correct server when each request is taken for sent once."""
    alarms = 0
    for seed in range(8):
        setting = brief(seed, repeat="none")
        results = judge_history(simulate(setting), setting.promises)
        alarms += any(result.verdict is Verdict.FAIL for result in results)
    assert alarms > 3


@pytest.mark.parametrize("defect", ["no dedupe", "acked but lost", "overdraft", "lost update"])
def test_defects_are_found_behind_a_copying_way(defect: str) -> None:
    """Within a few runs a broken server is accused although any request may have come twice."""
    for seed in range(16):
        setting = brief(seed, defect=defect, units_max=400, start=900)
        results = judge_history(with_copies(simulate(setting)), setting.promises)
        if any(result.verdict is Verdict.FAIL for result in results):
            return
    pytest.fail(f"{defect} was not found")
