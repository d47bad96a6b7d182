"""An invariant whose needs a vendor does not meet is inapplicable, with the reason."""

from __future__ import annotations

from dataclasses import replace

from harness.invariant.registry import INVARIANTS, inapplicable, judge_vendor
from harness.model.binding import Binding, Promises
from harness.model.exchange import Row
from harness.model.history import Attempt, sort_attempts
from harness.model.verdict import Outcome, Verdict
from tests.acme import binding

MS = 1_000_000


def without_balances() -> Binding:
    """Return the binding of a vendor that shows entries and no balances."""
    earn = replace(binding().verbs["earn"], extract={"entry": "/id"})
    return replace(binding(), verbs={"earn": earn}, promises=Promises(repeat="none", floor=0))


def earned(number: int, entry: str) -> Attempt:
    """Return an earn that was acknowledged under an entry."""
    return Attempt(
        f"c{number}", "load:x", "earn", "earn", "7", (Row("7", 5, f"r{number}"),), None,
        number * MS, number * MS, number * MS + 1, Outcome.OK, seen={"entry": entry},
    )  # fmt: skip


def test_without_balances_what_judges_them_is_inapplicable_with_the_reason() -> None:
    """One result an invariant, not one an account, and never a pass."""
    results = {
        r.check: r
        for r in judge_vendor(sort_attempts([earned(1, "a"), earned(2, "b")]), without_balances())
    }
    for name in ("conservation", "bounds", "floor", "linearizable"):
        result = results[f"invariant:{name}"]
        assert result.verdict is Verdict.INAPPLICABLE
        assert result.subject == "history"
    reason = results["invariant:conservation"].reason
    assert reason == "not observable: no verb reads a balance"
    assert results["invariant:bounds"].reason == "not observable: no response shows a balance"
    assert results["invariant:one-effect"].reason == "not there: promise:repeat"


def test_what_responses_show_is_judged() -> None:
    """Entries are compared with each other, whether or not balances are shown."""
    good = list(judge_vendor(sort_attempts([earned(1, "a"), earned(2, "b")]), without_balances()))
    bad = list(judge_vendor(sort_attempts([earned(1, "a"), earned(2, "a")]), without_balances()))
    assert [r.verdict for r in good if r.check == "invariant:distinct-entries"] == [Verdict.PASS]
    assert [r.check for r in bad if r.verdict is Verdict.FAIL] == ["invariant:distinct-entries"]


def test_entries_numbered_by_the_vendor_are_compared_across_operations() -> None:
    """Two operations may give the same entry unless the vendor numbers all of them together."""
    attempts = [earned(1, "a"), replace(earned(2, "a"), operation="draw")]
    shared = replace(
        without_balances(), promises=replace(without_balances().promises, entry_scope="vendor")
    )
    for vendor, verdict in ((without_balances(), Verdict.PASS), (shared, Verdict.FAIL)):
        results = judge_vendor(sort_attempts(attempts), vendor)
        assert [r.verdict for r in results if r.check == "invariant:distinct-entries"] == [verdict]


def test_a_vendor_that_shows_balances_is_judged_by_them() -> None:
    """Only an invariant whose needs are not met is inapplicable."""
    promised = {"bulk-each", "bulk-atomic", "price"}
    promised |= {name for name in INVARIANTS if name.startswith("announced")}
    assert set(inapplicable(binding())) == promised
    earn = replace(binding().verbs["earn"], extract={"balance": "/data/now"})
    missing = inapplicable(replace(binding(), verbs={**binding().verbs, "earn": earn}))
    assert set(missing) <= {"void-once", "coupon-once", "distinct-entries", *promised}
    assert set(missing) <= set(INVARIANTS)
    assert missing["distinct-entries"] == "not observable: no response shows an entry"
