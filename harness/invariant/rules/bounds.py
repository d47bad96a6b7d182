"""Every answered balance lies between what is certain and what is possible at its time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.invariant.explain.finding import spurious_refusal, wrong_balance
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.search.envelope import Envelope, first_off, last_quiet
from harness.invariant.verdicts import PASS, SILENT, Ruling, each_account, fail
from harness.model.binding import Promises
from harness.model.finding import Checked

ID = "bounds"


def promises_fresh(promises: Promises) -> bool:
    """Return whether an answered balance must include what was acknowledged before it was asked."""
    return promises.consistency in ("session", "linearizable")


def judge_bounds(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether the balances and refusals of each account are possible at their time.

    Where only the final balance is promised, conservation judges it and nothing is left to say.
    """
    if promises_fresh(prepared.promises):
        rule = partial(_rule, prepared.promises.floor)
        yield from each_account(ID, prepared, explained, rule)


def _rule(floor: int | None, ledger: Ledger) -> Ruling:
    if not ledger.sights and not ledger.refusals:
        return SILENT
    envelope = Envelope(ledger)
    off = first_off(ledger, envelope)
    if off is not None:
        final = last_quiet(ledger, envelope)
        lasting = False
        if final is not None:
            low, high = envelope.around(final)
            lasting = not low <= final.value <= high
        return fail(wrong_balance(ledger, envelope, off, lasting=lasting))
    if floor is not None:
        for refusal in ledger.refusals:
            low_covering = envelope.spurious(refusal, floor)
            if low_covering is not None:
                return fail(spurious_refusal(ledger, refusal, low_covering))
    return PASS
