"""What the absence of an idempotency key means for a run."""

from __future__ import annotations

from dataclasses import replace

from harness.auditor.judge import vendor_result
from harness.auditor.replay import REPEAT, judge_promises, replay
from harness.invariant.registry import judge_history
from harness.model.binding import Binding, Promises, Verb
from harness.model.exchange import Row
from harness.model.history import Attempt, History, sort_attempts
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome, Verdict
from tests.auditor.build import MS, recorded, requirement, vendor

EARN = Verb("earn", "earn_points", {}, {}, "credit")
READ = Verb("balance", "get_balance", {}, {"balance": "/now"}, "none")


def bound(*verbs: Verb, repeat: str = "none") -> Binding:
    """Return a binding with these verbs and this promise about repeats."""
    named = {verb.name: verb for verb in verbs}
    return Binding("acme", "Acme", (), (), named, {}, Promises(repeat), {}, frozenset())


def made(number: int, units: int = 0, outcome: Outcome = Outcome.OK, shown: int = 0) -> Attempt:
    """Return a change of so many units, or a read that shows a balance."""
    verb = EARN if units else READ
    return Attempt(
        id=f"c{number}",
        source="load:mix",
        operation=verb.operation,
        verb=verb.name,
        account="m1",
        rows=(Row("m1", units, None),) if units else (),
        entry=None,
        planned_ns=number * 10 * MS,
        sent_ns=number * 10 * MS,
        done_ns=number * 10 * MS + MS if outcome is not Outcome.UNKNOWN else None,
        outcome=outcome,
        status=200,
        seen={} if units else {"balance": shown},
    )


def found(history: History, binding: Binding) -> list[Checked]:
    """Return what is judged of a history."""
    return list(judge_promises(history, binding))


def test_a_vendor_without_a_key_is_told_so() -> None:
    """The finding counts the changes of unknown outcome, and says how the audit treats them."""
    history = sort_attempts([made(1, 5), made(2, 7, Outcome.UNKNOWN), made(3, shown=5)])
    (result,) = found(history, bound(EARN, READ))
    assert (result.check, result.verdict) == (REPEAT, Verdict.FAIL)
    assert result.finding is not None
    assert result.finding.attempts == ("c2",)
    assert "retry after a timeout is unsafe" in result.finding.title
    assert "the outcome of 1 of 2 changes is unknown" in result.finding.detail[0]


def test_a_vendor_with_a_key_is_not() -> None:
    """Whatever a repeat returns, it differs from a new change."""
    for repeat in ("same", "ignored", "refused", "unspecified"):
        (result,) = found(sort_attempts([made(1, 5)]), bound(EARN, READ, repeat=repeat))
        assert result.verdict is Verdict.PASS


def test_of_a_target_that_never_responds_nothing_is_said() -> None:
    """A promise that could not be put to the test has not passed."""
    silent = [replace(made(1, 5, Outcome.REFUSED), status=None)]
    for repeat in ("none", "same"):
        for history in (sort_attempts([]), sort_attempts(silent)):
            assert found(history, bound(EARN, READ, repeat=repeat)) == []


def test_where_nothing_moves_nothing_is_said() -> None:
    """A vendor that only reads needs no key."""
    assert found(sort_attempts([made(1)]), bound(READ)) == []


def test_it_is_an_observation_and_no_evidence() -> None:
    """An inferred requirement does not fail the vendor, and a promise alone makes no run green."""
    acme = replace(
        vendor(requirement("RETRY", REPEAT, basis="inferred")),
        binding=bound(EARN, READ),
    )
    run = recorded([replace(made(1, 5), source="auth")])
    document = vendor_result(acme, run, replay(run, acme), RunHeader(target="t", kind="mock"))
    assert document.findings == ()
    assert [entry.requirements[0].id for entry in document.observations] == ["RETRY"]
    assert document.verdict == "inconclusive"
    kept = replace(acme, binding=bound(EARN, READ, repeat="same"))
    assert vendor_result(kept, run, replay(run, kept), RunHeader(target="t", kind="mock")).exit == 5


def test_an_unknown_change_without_a_key_is_neither_lost_nor_doubled() -> None:
    """Both balances are possible after it, whenever it happens; a third one is not."""
    start = [made(0, shown=100), made(1, 7, Outcome.UNKNOWN)]
    for balance in (100, 107):
        history = sort_attempts([*start, made(2, shown=balance), made(3, shown=balance)])
        assert not failures(history), balance
    late = sort_attempts([*start, made(2, shown=100), made(3, shown=107), made(4, shown=107)])
    assert not failures(late)
    for balance in (93, 114):
        assert failures(sort_attempts([*start, made(2, shown=balance)])), balance


def failures(history: History) -> list[str]:
    """Return the invariants that a history breaks."""
    results = judge_history(history, Promises())
    return [result.check for result in results if result.verdict is Verdict.FAIL]
