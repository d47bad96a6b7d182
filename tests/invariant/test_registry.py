"""All invariants together: names, isolation of crashes, aggregation, and what a finding tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

import harness.invariant
from harness.invariant import registry as table
from harness.invariant.explain.finding import draw_timeline
from harness.invariant.history.segments import segment_history
from harness.invariant.registry import INVARIANTS, judge_history
from harness.invariant.verdicts import Judgement
from harness.model.binding import Promises
from harness.model.check_id import INVARIANT_IDS
from harness.model.history import Attempt, History, sort_attempts
from harness.model.verdict import Outcome, Verdict
from tests.invariant.histories import PROMISES, checks_with, read, read_history
from tests.simulator import Setting, simulate


def earn(units: int, sent: float, **more: object) -> dict[str, object]:
    """Return an acknowledged earn on account m in short form."""
    return {"verb": "earn", "account": "m", "units": units, "at": [sent, sent + 1], **more}


CORRECT = [read("m", 100, 0, 1), earn(5, 2), read("m", 105, 4, 5)]
LOST = [read("m", 100, 0, 1), earn(5, 2, reference="r-1"), read("m", 100, 4, 5)]


def test_the_table_names_each_invariant_by_its_id() -> None:
    """Every invariant stands under its own id, and the package says what it cannot see."""
    for name, invariant in INVARIANTS.items():
        assert name == invariant.id
        assert re.search(rf"^ {{4}}{name} +\w", harness.invariant.__doc__ or "", re.MULTILINE)
    assert tuple(INVARIANTS) == INVARIANT_IDS


def test_an_invariant_alone_gives_what_it_gives_in_the_table() -> None:
    """One rule judges the history without the others."""
    segmented = segment_history(read_history(LOST), PROMISES)
    (judgement,) = INVARIANTS["conservation"].judge(segmented, frozenset())
    assert (judgement.subject, judgement.verdict) == ("m", Verdict.FAIL)


def test_a_crash_is_an_error_of_that_invariant_and_never_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One crashed invariant is an error under its name; the others still judge."""

    def crash(*_: object) -> Iterator[Judgement]:
        raise ZeroDivisionError("by design")

    broken = {**INVARIANTS, "bounds": replace(INVARIANTS["bounds"], judge=crash)}
    monkeypatch.setattr(table, "INVARIANTS", broken)
    results = list(judge_history(read_history(LOST), PROMISES))
    assert checks_with(results, Verdict.ERROR) == ["bounds"]
    assert checks_with(results, Verdict.FAIL) == ["conservation"]
    assert "by design" in next(r.reason for r in results if r.verdict is Verdict.ERROR)


def test_a_history_without_segments_is_an_error_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the history cannot be read at all, every invariant says so."""

    def crash(*_: object) -> Iterator[Judgement]:
        raise RuntimeError("unreadable")

    monkeypatch.setattr(table, "segment_history", crash)
    results = list(judge_history(read_history(CORRECT), PROMISES))
    assert checks_with(results, Verdict.ERROR) == sorted(INVARIANTS)


def test_an_empty_history_says_nothing() -> None:
    """Without attempts there is no result, so that the audit finds that nothing was checked."""
    assert list(judge_history(History(()), PROMISES)) == []


def test_accounts_that_pass_are_counted_in_one_result() -> None:
    """Two accounts that pass are one result with the count two."""
    other = [{**one, "account": "n"} for one in CORRECT]
    results = list(judge_history(read_history([*CORRECT, *other]), PROMISES))
    conserved = [r for r in results if r.check == "invariant:conservation"]
    assert [(r.subject, r.verdict, r.count) for r in conserved] == [("accounts", Verdict.PASS, 2)]


def test_a_finding_has_a_title_facts_and_a_timeline() -> None:
    """The title names the cause without ids, the detail the reference, and attempts have curls."""
    results = judge_history(read_history(LOST), PROMISES)
    finding = next(result.finding for result in results if result.finding)
    assert finding.title == "The balance is too low by exactly the 5 units of an acknowledged earn"
    assert "r-1" not in finding.title
    assert finding.expected == "a balance of 105"
    assert finding.seen == "a balance of 100, 5 units too low"
    assert any("r-1" in line for line in finding.detail)
    assert any("|" in line and "earn +5 (r-1) -> ok" in line for line in finding.detail)
    assert set(finding.attempts) == {"k0", "k1", "k2"}
    assert len(finding.curl) == 3


def test_a_finding_of_many_attempts_stays_readable() -> None:
    """However long the history, a finding has few curl lines and few lanes."""
    setting = Setting(4, "lost update", accounts=3, steps=60, clients=8)
    for result in judge_history(simulate(setting), setting.promises):
        if result.finding is not None:
            assert len(result.finding.curl) <= 6
            assert len(result.finding.detail) <= 40
            assert "\n" not in result.finding.title


def test_a_contradiction_shows_only_the_facts_that_make_it() -> None:
    """Among many correct responses the two that contradict each other are found."""
    attempts = [read("m", 100, 0, 1)]
    for k in range(20):
        attempts.append(earn(1, 10 + 3 * k, seen={"balance": 101 + k}))
    attempts += [
        earn(5, 100, seen={"balance": 125}),
        {**earn(7, 100.5, seen={"balance": 127})},
        read("m", 132, 200, 201),
    ]
    results = list(judge_history(read_history(attempts), PROMISES))
    assert checks_with(results, Verdict.FAIL) == ["linearizable"]
    finding = next(result.finding for result in results if result.finding)
    assert "both started from the balance 120" in finding.title
    assert len([line for line in finding.detail if line.startswith("- ")]) <= 4


def test_equal_accounts_have_equal_findings_however_many_they_are() -> None:
    """What is said of an account does not depend on the accounts that were judged before it."""
    attempts = [
        {**one, "account": f"m{k}"}
        for k in range(30)
        for one in (
            read("m", 100, 0, 1),
            earn(5, 2, seen={"balance": 105}),
            earn(7, 2.5, seen={"balance": 107}),
            read("m", 112, 8, 9),
        )
    ]
    results = list(judge_history(read_history(attempts), PROMISES))
    findings = [result.finding for result in results if result.finding]
    assert checks_with(results, Verdict.FAIL) == ["linearizable"]
    assert len(findings) == 30
    assert {(one.title, one.detail) for one in findings} == {
        (findings[0].title, findings[0].detail)
    }
    assert "these cannot all be true:" in findings[0].detail[1]


def test_a_promise_not_made_is_not_judged() -> None:
    """Reads are judged by the promised consistency only, the floor only where there is one."""
    promises = Promises(repeat="same", floor=None, consistency="serial")
    checks = {r.check for r in judge_history(read_history(CORRECT), promises)}
    assert "invariant:conservation" in checks
    assert not checks & {"invariant:bounds", "invariant:linearizable", "invariant:floor"}


@pytest.mark.parametrize("lie", [Outcome.REFUSED, Outcome.OK])
def test_unknown_outcomes_recorded_as_known_are_false_positives(lie: Outcome) -> None:
    """If a timeout were recorded as a refusal or a success, a correct server would fail."""
    failed = 0
    for seed in range(10):
        setting = Setting(seed, faults=0.1)
        history = simulate(setting)
        lied = sort_attempts(_recorded_as(one, lie) for one in history.attempts)
        verdicts = {r.verdict for r in judge_history(lied, setting.promises)}
        failed += Verdict.FAIL in verdicts
    assert failed >= 5


def _recorded_as(attempt: Attempt, lie: Outcome) -> Attempt:
    if attempt.outcome is not Outcome.UNKNOWN:
        return attempt
    done_ns = attempt.done_ns or attempt.sent_ns + 1
    return replace(attempt, outcome=lie, done_ns=done_ns)


def test_a_timeline_draws_a_lane_for_each_attempt() -> None:
    """Bars run from sending to the response; an attempt without one runs on as dots."""
    history = read_history(
        [read("m", 100, 0, 10), {"verb": "earn", "account": "m", "units": 5, "at": [5]}]
    )
    first, second = draw_timeline(history.attempts, history.attempts[1:])
    assert first.startswith("  |====")
    assert "0..10 ms: balance -> ok balance 100" in first
    assert second.startswith(">")
    assert ".|" in second
    assert "5.. ms: earn +5 -> unknown" in second
