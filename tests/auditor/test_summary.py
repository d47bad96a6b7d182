from __future__ import annotations

import pytest

from harness.auditor.judge import run_result
from harness.model.result import AccountCounts, Counts
from harness.model.verdict import Checked, Outcome
from tests.auditor.build import (
    RUN,
    attempt,
    crashed,
    failed,
    judged,
    moot,
    open_,
    passed,
    recorded,
    requirement,
)


def test_counts_tell_calls_checks_and_scenarios() -> None:
    """Only checks that came to a decision are counted, and each scenario once."""
    attempts = [
        attempt("a"),
        attempt("b", outcome=Outcome.REFUSED),
        attempt("c", outcome=Outcome.UNKNOWN, status=None),
    ]
    checked = [
        passed("scenario:a#x"),
        passed("scenario:a#y", count=4),
        moot("scenario:b"),
        open_("scenario:c"),
        passed("measurement:load"),
    ]
    document = judged(*checked, run=recorded(attempts))
    assert document.counts == Counts(
        requests=3,
        ok=1,
        refused=1,
        unknown=1,
        checks=5,
        scenarios=1,
        requirements=1,
        requirements_checked=1,
        mandatory=1,
        mandatory_checked=1,
    )


def test_accounts_are_sorted_by_their_worst_verdict() -> None:
    """An account violated by one invariant is not counted again as inconclusive by another."""
    attempts = [attempt(f"c{n}", account=f"m{n}") for n in range(10)]
    checked = [
        passed("scenario:a"),
        passed("invariant:sums", "accounts", count=9),
        failed("invariant:sums", "m1"),
        open_("invariant:linear", subject="m1"),
        open_("invariant:linear", subject="m2"),
        failed("invariant:coupon-once", "coupon-7"),
    ]
    document = judged(*checked, run=recorded(attempts))
    assert document.accounts == AccountCounts(judged=10, consistent=8, violated=1, inconclusive=1)


def test_notes_tell_what_is_open_uncalled_and_remarked() -> None:
    """Errors first, then what is inconclusive, what was never requested, and remarks."""
    run = recorded(
        [attempt()], notes=[("clean-up", "one entry left"), ("clean-up", "one entry left")]
    )
    document = judged(
        open_("invariant:linear"), crashed("property:x"), passed("scenario:a"), run=run
    )
    assert document.notes == (
        "Harness error: property:x on s: ValueError: x",
        "Inconclusive: invariant:linear on s: no response",
        "Never requested: get_balance (1 of 2 operations)",
        "clean-up: one entry left",
    )


def test_pass_is_told_with_its_breadth() -> None:
    """The headline of a pass says how much was checked."""
    requirements = [
        requirement("R1", "scenario:a"),
        requirement("R2", excuse="none"),
        requirement("R3", "q:r", basis="inferred"),
    ]
    document = judged(passed("scenario:a"), requirements=requirements)
    assert document.headline == ("Passed: 1 of 1 mandatory requirements hold.")


def test_a_headline_says_that_balances_are_not_observable() -> None:
    """A law that cannot be observed restricts what the headline claims."""
    unseen = requirement("LAW", basis="law", excuse="not observable: no verb reads a balance")
    document = judged(passed("scenario:a"), requirements=[requirement("R1", "scenario:a"), unseen])
    assert document.headline == (
        "Passed: 1 of 1 mandatory requirements hold; not observable: no verb reads a balance."
    )
    assert document.notes[0] == (
        "Not observable: no verb reads a balance. Not checked for this reason: LAW"
    )
    seen = judged(passed("scenario:a"), requirements=[requirement("R1", "scenario:a")])
    assert run_result([seen, seen], RUN).headline == (
        "2 vendors passed: 2 of 2 mandatory requirements hold."
    )
    assert run_result([seen, document], RUN).headline == (
        "2 vendors passed: 2 of 2 mandatory requirements hold; "
        f"balances are not observable at {document.title}."
    )


@pytest.mark.parametrize(
    ("check", "headline"),
    [
        (passed("scenario:a"), "Acme passed: 1 of 1 mandatory requirements hold."),
        (failed("scenario:a"), "Acme failed: 1 requirement violated: R1."),
        (moot("scenario:a"), "Acme: inconclusive, nothing was checked."),
        (crashed("scenario:a"), "Acme: harness error, the vendor was not evaluated."),
    ],
)
def test_the_headline_of_a_run_on_one_vendor_names_it(check: Checked, headline: str) -> None:
    """The vendor's own headline follows its name."""
    assert run_result([judged(check)], RUN).headline == headline
