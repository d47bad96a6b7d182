"""Invariants that can see nothing say so."""

from __future__ import annotations

from dataclasses import replace

from harness.invariant.applicability import judge_seen, unseen
from harness.invariant.registry import INVARIANTS
from harness.model.binding import Binding, Promises
from harness.model.exchange import Row
from harness.model.history import Attempt, sort_attempts
from harness.model.verdict import Outcome, Verdict
from tests.samples import binding

MS = 1_000_000


def blind() -> Binding:
    """Return the binding of a vendor that earns and shows a number, and no balance."""
    earn = replace(binding().verbs["earn"], extract={"entry": "/id"})
    return replace(binding(), verbs={"earn": earn}, promises=Promises(repeat="none", floor=0))


def earned(number: int, entry: str) -> Attempt:
    """Return an earn that was acknowledged under an entry."""
    return Attempt(
        f"c{number}", "load:x", "earn", "earn", "7", (Row("7", 5, f"r{number}"),), None,
        number * MS, number * MS, number * MS + 1, Outcome.OK, seen={"entry": entry},
    )  # fmt: skip


def test_without_balances_all_that_judges_points_is_inapplicable_with_the_reason() -> None:
    """One result an invariant, not one an account, and never a pass."""
    results = {
        r.check: r for r in judge_seen(sort_attempts([earned(1, "a"), earned(2, "b")]), blind())
    }
    for name in ("conservation", "bounds", "floor", "linearizable"):
        result = results[f"invariant:{name}"]
        assert result.verdict is Verdict.INAPPLICABLE
        assert result.subject == "history"
    reason = results["invariant:conservation"].reason
    assert reason == "not observable: no verb reads a balance"
    assert results["invariant:bounds"].reason == "not observable: no response shows a balance"
    assert results["invariant:one-effect"].reason == "not there: promise:repeat"


def test_what_can_be_seen_is_judged_all_the_same() -> None:
    """Numbers of what was done are held against each other, whether or not balances show."""
    good = list(judge_seen(sort_attempts([earned(1, "a"), earned(2, "b")]), blind()))
    bad = list(judge_seen(sort_attempts([earned(1, "a"), earned(2, "a")]), blind()))
    assert [r.verdict for r in good if r.check == "invariant:distinct-entries"] == [Verdict.PASS]
    assert [r.check for r in bad if r.verdict is Verdict.FAIL] == ["invariant:distinct-entries"]


def test_numbers_that_hold_for_all_operations_are_compared_across_them() -> None:
    """Two operations may give the same number unless the vendor numbers all alike."""
    calls = [earned(1, "a"), replace(earned(2, "a"), operation="draw")]
    shared = replace(blind(), promises=replace(blind().promises, entry_scope="vendor"))
    for vendor, verdict in ((blind(), Verdict.PASS), (shared, Verdict.FAIL)):
        results = judge_seen(sort_attempts(calls), vendor)
        assert [r.verdict for r in results if r.check == "invariant:distinct-entries"] == [verdict]


def test_a_vendor_that_shows_balances_hides_nothing_of_them() -> None:
    """Only what the vendor does not do at all is inapplicable."""
    missing = unseen(binding())
    assert set(missing) <= {"void-once", "coupon-once", "distinct-entries"}
    assert set(missing) <= set(INVARIANTS)
    assert missing["distinct-entries"] == "not observable: no response shows an entry"
