"""What is made of the responses to an operation's cases."""

from __future__ import annotations

from dataclasses import replace

from harness.engine.property.baseline import Case
from harness.engine.property.verdicts import CaseResult, judge, refusals
from harness.model.check_id import PROPERTY_IDS
from harness.model.exchange import Exchange, Intent, Response
from harness.model.verdict import Checked, Outcome, Verdict
from tests.acme import operation

OPERATION = operation("earn")


def tried(
    outcome: Outcome | None, positive: bool = True, status: int = 200, part: str = ""
) -> CaseResult:
    """Return a case with its outcome; None is one that faults kept from being settled."""
    kind = "minimal" if positive else "incorrect_type"
    case = Case((), 0, positive, True, kind, f"a {kind} request", part)
    if outcome is None:
        return CaseResult(case, None)
    response = Response(status, {}, b"")
    exchange = Exchange(
        "p1",
        Intent("earn"),
        response,
        outcome,
        "invalid" if outcome is Outcome.REFUSED else None,
    )
    return CaseResult(case, exchange)


def verdicts(*found: CaseResult, must_accept: bool = True) -> dict[str, Checked]:
    """Return the checks by their id without the operation."""
    results = tuple(judge(OPERATION, found, must_accept))
    assert {result.check.split(":")[1] for result in results} <= set(PROPERTY_IDS)
    return {
        f"{result.check.removeprefix('property:')} {result.verdict.value}": result
        for result in results
    }


def test_a_refusal_proves_nothing_when_correct_requests_are_refused_too() -> None:
    """Where even the minimal request is refused, invalid ones are refused for an unknown reason."""
    found = verdicts(
        tried(Outcome.REFUSED), tried(Outcome.REFUSED, False, part="a"), must_accept=False
    )
    assert set(found) == {"responds:earn pass", "rejects-invalid:earn#a inconclusive"}


def test_a_refused_correct_request_fails_only_where_nothing_excuses_it() -> None:
    """A burn may lack points; a read or an earn must accept every valid request."""
    pair = (tried(Outcome.OK), tried(Outcome.REFUSED))
    assert "accepts-valid:earn fail" in verdicts(*pair)
    assert "accepts-valid:earn pass" in verdicts(*pair)
    assert not [name for name in verdicts(*pair, must_accept=False) if "accepts" in name]
    assert refusals(pair) == (
        "1 of 2 valid requests refused (invalid); this operation may refuse valid requests"
    )
    assert refusals(pair[:1]) == ""


def test_a_case_that_may_be_refused_is_not_judged() -> None:
    """A made-up identifier may be refused, and a rival field may be passed over."""
    fair = tried(Outcome.REFUSED)
    fair = CaseResult(replace(fair.case, judged=False), fair.exchange)
    rival = tried(Outcome.OK, False, part="a")
    rival = CaseResult(replace(rival.case, judged=False), rival.exchange)
    assert set(verdicts(tried(Outcome.OK), fair, rival)) == {
        "responds:earn pass",
        "accepts-valid:earn pass",
    }


def test_a_field_with_both_responses_fails_and_passes() -> None:
    """The accepted kinds fail one by one, the refused cases are counted together."""
    found = verdicts(
        tried(Outcome.OK),
        tried(Outcome.REFUSED, False, part="a"),
        tried(Outcome.REFUSED, False, part="a"),
        tried(Outcome.OK, False, part="a"),
    )
    assert found["rejects-invalid:earn#a pass"].count == 2
    assert found["rejects-invalid:earn#a fail"].subject == "a: incorrect_type"


def test_cases_without_a_response_are_left_out_and_told() -> None:
    """Faults prove nothing; with no response at all the check is inconclusive."""
    assert verdicts(tried(Outcome.OK), tried(None))["responds:earn pass"].reason
    assert set(verdicts(tried(None))) == {"responds:earn inconclusive"}


def test_a_response_that_leaves_the_outcome_open_fails() -> None:
    """The vendor responded every time, and never showed success or refusal."""
    found = verdicts(tried(Outcome.OK), tried(Outcome.UNKNOWN, status=500))
    finding = found["responds:earn fail"].finding
    assert finding is not None
    assert finding.title == "earn returns status 500, which leaves the outcome open"
    assert found["responds:earn fail"].verdict is Verdict.FAIL
