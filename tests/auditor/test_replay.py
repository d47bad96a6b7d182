from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.auditor import replay as module
from harness.auditor.conformance import generalise
from harness.auditor.replay import replay
from harness.model.binding import Binding
from harness.model.history import History, Recorded
from harness.model.verdict import Checked, Verdict
from tests.auditor.build import attempt, failed, passed, recorded, vendor


def judged(run: Recorded) -> tuple[Checked, ...]:
    """Return what is said of a run besides the invariants."""
    return tuple(one for one in replay(run, vendor()) if not one.check.startswith("invariant:"))


def found(results: tuple[Checked, ...], verdict: Verdict) -> list[Checked]:
    """Return the results with a verdict."""
    return [result for result in results if result.verdict is verdict]


def test_responses_are_counted_by_operation() -> None:
    """Each operation gets one passed check with the number of its conforming responses."""
    run = recorded(
        [
            attempt("a"),
            attempt("b"),
            attempt("c", operation="get_balance"),
            attempt("d", status=None),
        ]
    )
    results = judged(run)
    assert [(r.check, r.verdict, r.count) for r in results] == [
        ("response:earn_points", Verdict.PASS, 2),
        ("response:get_balance", Verdict.PASS, 1),
    ]


def test_a_response_not_checked_against_its_specification_does_not_conform() -> None:
    """What a load run had no time to check counts neither for the vendor nor against it."""
    run = replace(recorded([attempt("a"), attempt("b")]), unchecked=frozenset({"b"}))
    results = judged(run)
    assert [(r.check, r.count) for r in results] == [("response:earn_points", 1)]


def test_violations_that_differ_only_in_values_are_one_finding() -> None:
    """A violation seen with several values is told once, counted, with the first attempt's curl."""
    run = recorded(
        [attempt("a"), attempt("b"), attempt("c")],
        violations=[
            ("a", '/data/3/point: "12" is not of type "integer"'),
            ("b", '/data/14/point: "7" is not of type "integer"'),
            ("b", '/data: "level" is a required property'),
        ],
    )
    results = judged(run)
    violations = found(results, Verdict.FAIL)
    assert [(r.check, r.subject, r.count) for r in violations] == [
        ("response:earn_points", "earn_points", 2),
        ("response:earn_points", "earn_points", 1),
    ]
    first = violations[0].finding
    assert first is not None
    assert first.title.endswith('/data/*/point: a value is not of type "integer"')
    assert first.seen == '/data/3/point: "12" is not of type "integer" (HTTP 200)'
    assert first.attempts == ("a", "b")
    assert first.curl == ("curl a",)
    assert found(results, Verdict.PASS)[0].count == 1


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ('/a/0/b: 1.5 is not of type "integer"', '/a/*/b: a value is not of type "integer"'),
        ('the body: {"a": 1} is not of type "array"', 'the body: a value is not of type "array"'),
        ('the body: "a" is a required property', 'the body: "a" is a required property'),
        ("status 418 is not documented for this operation",) * 2,
        ('/t: "x: is not y" does not match "^a"', '/t: a value does not match "^a"'),
        ('/v1/x: null is not of type "string"', '/v1/x: a value is not of type "string"'),
    ],
)
def test_variable_parts_of_a_violation_are_taken_out(sentence: str, expected: str) -> None:
    """Values and list positions go; property names, statuses and properties stay."""
    assert generalise(sentence) == expected


def test_violation_of_a_lost_attempt_is_still_told() -> None:
    """A violation whose request is not in the journal is a failure, never dropped."""
    results = judged(recorded(violations=[("gone", "status 500 is odd")]))
    assert [(r.check, r.verdict) for r in results] == [("response:unlisted", Verdict.FAIL)]


def test_journalled_and_invariant_checks_are_both_returned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Replay hands on what engines judged and what the invariants find."""

    def judge(history: History, binding: Binding) -> Iterator[Checked]:
        yield failed("invariant:one-effect", "m1", attempts=("a",))

    monkeypatch.setattr(module, "judge_vendor", judge)
    run = recorded([attempt("a", status=None)], checked=[passed("scenario:x#y")])
    results = replay(run, vendor())
    assert [r.check for r in results] == ["scenario:x#y", "invariant:one-effect"]
    assert results[1].finding is not None
    assert results[1].finding.curl == ("curl a",)


def test_crashing_invariant_is_an_error_of_the_harness(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash inside an invariant is an error, never a pass and never the vendor's fault."""

    def judge(history: History, binding: Binding) -> Iterator[Checked]:
        yield passed("invariant:sums", "accounts")
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(module, "judge_vendor", judge)
    results = [
        r for r in replay(recorded([attempt()]), vendor()) if r.check.startswith("invariant:")
    ]
    assert [r.verdict for r in results] == [Verdict.PASS, Verdict.ERROR]
    assert results[1].reason == "ZeroDivisionError: by nought"


@pytest.mark.parametrize(
    ("complete", "truncated", "count"), [(True, 0, 0), (False, 0, 1), (True, 2, 1)]
)
def test_damaged_journal_is_inconclusive(complete: bool, truncated: int, count: int) -> None:
    """An unclosed or truncated journal leaves the run undecided; an intact one says nothing."""
    results = judged(recorded(complete=complete, truncated=truncated))
    assert [r.check for r in results] == ["measurement:journal"] * count
    assert all(r.verdict is Verdict.INCONCLUSIVE for r in results)
