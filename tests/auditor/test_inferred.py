"""Inferred requests and balances, and the failures that rest on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from harness.auditor.inferred import judge_inferred, weigh
from harness.model.exchange import Row
from harness.model.history import Attempt, History, sort_attempts
from harness.model.verdict import Checked, Outcome, Verdict
from tests.auditor.build import MS, attempt, failed, inferring_vendor, passed

GET = "read_account"
EXCHANGE, BALANCE = f"exchange-inferred:{GET}", f"balance-inferred:{GET}"


def refused(identity: str, status: int = 404) -> Attempt:
    """Return a refused request to the inferred operation."""
    return attempt(identity, operation=GET, outcome=Outcome.REFUSED, status=status)


def read(number: int, balance: int) -> Attempt:
    """Return a read of the balance at a moment."""
    made = attempt(f"r{number}", operation=GET, source="scenario:x", planned_ns=number * 10 * MS)
    return replace(made, verb="balance", rows=(), seen={"balance": balance})


def change(number: int, units: int, outcome: Outcome = Outcome.OK) -> Attempt:
    """Return a change of the balance at a moment."""
    made = attempt(f"c{number}", operation="add_points", planned_ns=number * 10 * MS)
    return replace(made, verb="earn", rows=(Row("m1", units, None),), outcome=outcome)


def judged(attempts: Iterable[Attempt]) -> dict[str, Checked]:
    """Return what is said of the inferred parts of Acme."""
    return {one.check: one for one in judge_inferred(sort_attempts(attempts), inferring_vendor())}


@pytest.mark.parametrize(
    ("attempts", "verdict", "count"),
    [
        ([refused("a"), attempt("b", operation=GET)], Verdict.PASS, 1),
        ([refused("a"), refused("b"), refused("c", 405)], Verdict.FAIL, 3),
        ([refused("a"), attempt("b", operation=GET, outcome=Outcome.UNKNOWN)], None, 0),
        ([replace(refused("a"), auth="none")], None, 0),
        ([attempt("a", operation="add_points", outcome=Outcome.REFUSED)], None, 0),
        ([], None, 0),
    ],
    ids=["one ok", "all refused", "one unknown", "no credentials", "other operation", "none"],
)
def test_a_request_that_succeeds_once_is_confirmed(
    attempts: list[Attempt], verdict: Verdict | None, count: int
) -> None:
    """It fails only if every response to it was a refusal."""
    found = judged(attempts).get(EXCHANGE)
    assert (found.verdict if found else None, found.count if found else 0) == (verdict, count)


def test_a_refuted_request_names_its_statuses() -> None:
    """With how often each came, and how sure the inference was."""
    found = judged([refused("a"), refused("b"), refused("c", 405)])[EXCHANGE]
    assert found.finding is not None
    assert found.finding.title == f"{GET} never succeeded"
    assert (
        found.finding.expected == "GET /guess to succeed at least once (inferred, low confidence)"
    )
    assert found.finding.seen == "status 404 2 times, status 405 1 time"
    assert found.finding.attempts == ("a", "b", "c")


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ([read(1, 100), change(2, 5), read(3, 105)], Verdict.PASS),
        ([read(1, 100), change(2, 5), read(3, 107)], Verdict.FAIL),
        ([read(1, 0), change(2, 5), read(3, 7), change(4, 2), read(5, 9)], Verdict.PASS),
        ([read(1, 100), change(2, 5, Outcome.UNKNOWN), read(3, 107)], None),
        ([read(1, 100), change(2, 5, Outcome.REFUSED), read(3, 107)], None),
        ([read(1, 100), read(2, 100)], None),
    ],
    ids=["right", "wrong", "right once", "unknown change", "refused change", "no change"],
)
def test_a_balance_is_confirmed_by_one_change_of_its_size(
    attempts: list[Attempt], verdict: Verdict | None
) -> None:
    """Only reads between which every change is known say anything."""
    found = judged(attempts).get(BALANCE)
    assert (found.verdict if found else None) == verdict


def test_what_rests_on_a_refuted_request_is_inconclusive() -> None:
    """A scenario or property that cites it; an invariant and another operation's stay."""
    attempts = [refused("a"), attempt("b", operation="add_points")]
    inferred = list(judged(attempts).values())
    results = [
        failed("scenario:x", attempts=("a", "b")),
        failed("scenario:y", attempts=("b",)),
        failed("invariant:floor", attempts=("a",)),
        passed("scenario:z"),
    ]
    weighed = list(weigh(results, inferred, History(tuple(attempts))))
    assert weighed[0].verdict is Verdict.INCONCLUSIVE
    assert weighed[0].finding is None
    assert weighed[0].reason == f"{GET} never succeeded; its request is inferred"
    assert weighed[1:] == results[1:]


def test_what_rests_on_a_refuted_balance_is_inconclusive() -> None:
    """Every invariant, and the scenarios that read a balance."""
    history = sort_attempts([read(1, 100), change(2, 5), read(3, 107)])
    inferred = list(judge_inferred(history, inferring_vendor()))
    results = [failed("invariant:floor"), failed("scenario:x#after"), failed("scenario:y")]
    weighed = list(weigh(results, inferred, history))
    assert [one.verdict for one in weighed] == [
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.FAIL,
    ]
    assert list(weigh(results, [], history)) == results
