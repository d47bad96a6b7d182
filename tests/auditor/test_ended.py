"""A run that did not reach its server, or lost it, says so and decides nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.auditor.judge import run_result
from harness.auditor.replay import replay
from harness.auditor.requirements import NOT_REACHED
from harness.model.check_id import GONE, UNREACHED, UNTESTED
from harness.model.history import REACH
from harness.model.verdict import Checked, Outcome, Verdict
from harness.report.facts import standings
from harness.report.junit import junit
from harness.report.sarif import sarif
from tests.auditor.build import (
    RUN,
    attempt,
    failed,
    judged,
    passed,
    recorded,
    requirement,
    vendor,
)

WHY = "cannot connect to h:9: connection refused; is it running?"


def ended(check: str, reason: str = WHY) -> Checked:
    """Return the check of a run that ended early."""
    return Checked(check, "run", Verdict.INCONCLUSIVE, reason)


def test_an_unreached_server_leaves_everything_unchecked() -> None:
    """Nothing was checked, nothing passed, and each rendering shows the cause."""
    told = judged(ended(UNREACHED), requirements=(requirement("R-1", "scenario:a*"),))
    assert (told.verdict, told.exit, told.counts.checks) == (Verdict.INCONCLUSIVE, 5, 0)
    assert told.headline == f"Inconclusive: {WHY}"
    assert [row.reason for row in told.requirements] == [NOT_REACHED]
    assert dict(standings(told)) == {"unchecked": 1}
    assert told.notes == ()
    whole = run_result([told], RUN)
    assert whole.headline == f"Acme: inconclusive, {WHY}"
    assert WHY in junit(whole)
    assert WHY in sarif(whole)


def test_what_was_recorded_of_an_unreached_server_is_not_judged() -> None:
    """A response of something else is no violation of the vendor's."""
    record = replace(recorded([attempt("a")]), violations=(("a", "status 307 is not documented"),))
    record = replace(record, checked=(ended(UNREACHED), passed("scenario:a")))
    assert replay(record, vendor()) == (ended(UNREACHED),)


def test_a_request_that_only_reaches_is_no_evidence() -> None:
    """Its response neither conforms nor violates."""
    record = replace(
        recorded([replace(attempt("a"), source=REACH)]), violations=(("a", "status 404"),)
    )
    assert not [one for one in replay(record, vendor()) if one.check.startswith("response")]


@pytest.mark.parametrize("check", [GONE, UNTESTED])
def test_a_run_that_ended_early_says_why(check: str) -> None:
    """A violation found before stays one."""
    told = judged(ended(check, "h is gone"), passed("scenario:a"))
    assert (told.exit, told.headline) == (5, "Inconclusive: h is gone.")
    told = judged(ended(check, "h is gone"), failed("scenario:a"))
    assert told.exit == 1
    assert told.headline.endswith("; the run ended early: h is gone.")


def test_what_could_not_be_sent_was_refused_by_nobody() -> None:
    """It is no request, and has a count of its own."""
    unsent = replace(attempt("b", outcome=Outcome.REFUSED, status=None), fault="unsent")
    told = judged(passed("scenario:a"), run=recorded([attempt("a"), unsent]))
    counts = told.counts
    assert (counts.requests, counts.ok, counts.refused, counts.unsent) == (1, 1, 0, 1)
    assert sum(one.requests for one in told.coverage) == 1
