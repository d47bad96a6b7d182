"""No point is lost or invented: when nothing is open, the balance is the sum of all effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.invariant.explain.finding import wrong_balance
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.search.envelope import Envelope, Off, first_off, last_quiet
from harness.invariant.verdicts import PASS, SILENT, Ruling, each_account, fail, undecided
from harness.model.finding import Checked

ID = "conservation"


def judge_conservation(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether the last balance of each account is its first one plus all that happened."""
    readable = any(account.reads for account in prepared.gathered.accounts.values())
    yield from each_account(ID, prepared, explained, partial(_rule, readable))


def _rule(readable: bool, ledger: Ledger) -> Ruling:
    envelope = Envelope(ledger)
    final = last_quiet(ledger, envelope)
    if final is None:
        return _unread(ledger, readable)
    low, high = envelope.around(final)
    if not low <= final.value <= high:
        # The first balance that is off is nearer to the cause than the last.
        off = first_off(ledger, envelope) or Off(final, low, high, ledger.start)
        return fail(wrong_balance(ledger, envelope, off, lasting=True))
    if ledger.last and readable and envelope.unread(final):
        return _unread(ledger, readable)
    return PASS


def _unread(ledger: Ledger, readable: bool) -> Ruling:
    if not ledger.last or not readable or not ledger.effects:
        return SILENT
    return undecided("the balance was not read when the last changes were done")
