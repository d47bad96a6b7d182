"""All invariants together: names, isolation of crashes, aggregation, and what a finding tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.invariant import registry as table
from harness.invariant.explain.timeline import timeline
from harness.invariant.registry import INVARIANTS, judge_history
from harness.model.binding import Promises
from harness.model.finding import INVARIANT_IDS, Checked
from harness.model.history import Attempt, History, sort_attempts
from harness.model.verdict import Outcome, Verdict
from tests.invariant.calls import PROMISES, look, read_history, told
from tests.invariant.server import Setting
from tests.invariant.simulator import simulate


def earn(units: int, sent: float, **more: object) -> dict[str, object]:
    """Return an acknowledged earn on account m in short form."""
    return {"verb": "earn", "account": "m", "units": units, "at": [sent, sent + 1], **more}


SOUND = [look("m", 100, 0, 1), earn(5, 2), look("m", 105, 4, 5)]
LOST = [look("m", 100, 0, 1), earn(5, 2, reference="r-1"), look("m", 100, 4, 5)]


def test_the_table_names_each_invariant_by_its_id() -> None:
    """Every invariant stands under its own id and has a title."""
    assert all(name == invariant.id and invariant.title for name, invariant in INVARIANTS.items())
    assert tuple(INVARIANTS) == INVARIANT_IDS


def test_an_invariant_alone_gives_what_it_gives_in_the_table() -> None:
    """The function of one invariant reports on the history without the others."""
    results = list(INVARIANTS["conservation"].function(read_history(LOST), PROMISES))
    assert told(results, Verdict.FAIL) == ["conservation"]


def test_a_crash_is_an_error_of_that_invariant_and_never_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One crashed invariant is an error under its name; the others still judge."""

    def crash(*_: object) -> Iterator[Checked]:
        raise ZeroDivisionError("by design")

    broken = {**INVARIANTS, "bounds": replace(INVARIANTS["bounds"], judge=crash)}
    monkeypatch.setattr(table, "INVARIANTS", broken)
    results = list(judge_history(read_history(LOST), PROMISES))
    assert told(results, Verdict.ERROR) == ["bounds"]
    assert told(results, Verdict.FAIL) == ["conservation"]
    assert "by design" in next(r.reason for r in results if r.verdict is Verdict.ERROR)


def test_a_crash_of_the_preparation_is_an_error_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the history cannot be read at all, every invariant says so."""

    def crash(*_: object) -> Iterator[Checked]:
        raise RuntimeError("unreadable")

    monkeypatch.setattr(table, "prepare", crash)
    results = list(judge_history(read_history(SOUND), PROMISES))
    assert told(results, Verdict.ERROR) == sorted(INVARIANTS)


def test_an_empty_history_says_nothing() -> None:
    """Without calls there is no result, so that the audit finds nothing was checked."""
    assert list(judge_history(History(()), PROMISES)) == []


def test_sound_accounts_are_counted_in_one_result() -> None:
    """Two sound accounts are one passing result with the count two."""
    other = [{**call, "account": "n"} for call in SOUND]
    results = list(judge_history(read_history([*SOUND, *other]), PROMISES))
    conserved = [r for r in results if r.check == "invariant:conservation"]
    assert [(r.subject, r.verdict, r.count) for r in conserved] == [("accounts", Verdict.PASS, 2)]


def test_a_finding_tells_the_scenario_the_facts_and_the_picture() -> None:
    """The title names the pattern without ids, the detail the reference, and calls have curls."""
    results = judge_history(read_history(LOST), PROMISES)
    finding = next(result.finding for result in results if result.finding)
    assert finding.title.startswith("The balance is short by exactly the 5 units")
    assert "r-1" not in finding.title
    assert finding.expected == "a balance of 105"
    assert finding.seen == "a balance of 100, 5 units too few"
    assert any("r-1" in line for line in finding.detail)
    assert any("|" in line and "earn +5 (r-1) -> ok" in line for line in finding.detail)
    assert set(finding.calls) == {"k0", "k1", "k2"}
    assert len(finding.curl) == 3


def test_a_finding_of_many_calls_stays_readable() -> None:
    """However long the history, a finding has few curl lines and few lanes."""
    setting = Setting(4, "lost update", accounts=3, steps=60, clients=8)
    for result in judge_history(simulate(setting), setting.promises):
        if result.finding is not None:
            assert len(result.finding.curl) <= 6
            assert len(result.finding.detail) <= 40
            assert "\n" not in result.finding.title


def test_a_contradiction_shows_only_the_facts_that_make_it() -> None:
    """Among many sound calls the two contradicting answers are found."""
    calls = [look("m", 100, 0, 1)]
    for k in range(20):
        calls.append(earn(1, 10 + 3 * k, seen={"balance": 101 + k}))
    calls += [
        earn(5, 100, seen={"balance": 125}),
        {**earn(7, 100.5, seen={"balance": 127})},
        look("m", 132, 200, 201),
    ]
    results = list(judge_history(read_history(calls), PROMISES))
    assert told(results, Verdict.FAIL) == ["linearizable"]
    finding = next(result.finding for result in results if result.finding)
    assert "both started from balance 120" in finding.title
    assert len([line for line in finding.detail if line.startswith("- ")]) <= 4


def test_a_promise_not_made_is_not_judged() -> None:
    """Reads are judged by the promised consistency only, the floor only where there is one."""
    promises = Promises(repeat="same", floor=None, consistency="serial")
    checks = {r.check for r in judge_history(read_history(SOUND), promises)}
    assert "invariant:conservation" in checks
    assert not checks & {"invariant:bounds", "invariant:linearizable", "invariant:floor"}


@pytest.mark.parametrize("lie", [Outcome.REFUSED, Outcome.OK])
def test_a_dishonest_record_of_unknown_calls_raises_alarms(lie: Outcome) -> None:
    """Were a timeout recorded as a refusal or a success, a correct server would look broken."""
    failed = 0
    for seed in range(10):
        setting = Setting(seed, faults=0.1)
        history = simulate(setting)
        lied = sort_attempts(_told_as(call, lie) for call in history.attempts)
        verdicts = {r.verdict for r in judge_history(lied, setting.promises)}
        failed += Verdict.FAIL in verdicts
    assert failed >= 5


def _told_as(call: Attempt, lie: Outcome) -> Attempt:
    if call.outcome is not Outcome.UNKNOWN:
        return call
    return replace(call, outcome=lie, done_ns=call.done_ns or call.sent_ns + 1)


def test_a_timeline_draws_a_lane_for_each_call() -> None:
    """Bars run from asking to answering, and a call without a response runs on as dots."""
    history = read_history(
        [look("m", 100, 0, 10), {"verb": "earn", "account": "m", "units": 5, "at": [5]}]
    )
    first, second = timeline(history.attempts, history.attempts[1:])
    assert first.startswith("  |====")
    assert "0..10 ms: balance -> ok balance 100" in first
    assert second.startswith(">")
    assert ".|" in second
    assert "5.. ms: earn +5 -> unknown" in second
