"""A bulk call that stops at a row applies exactly the rows before it, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.invariant.explain.diagnosis import bulk_pattern
from harness.invariant.explain.finding import tell_finding, wrong_balance
from harness.invariant.history.effects import stopped_at
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.search.envelope import Envelope, first_off
from harness.invariant.verdicts import failed, passed
from harness.model.finding import Checked, Finding
from harness.model.history import Attempt
from harness.model.verdict import Outcome

ID = "bulk-prefix"


def judge_bulk(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether each bulk call that stopped midway applied the rows before its stop only.

    The row it names must exist. Balances that are off by rows of such a call name it, and of a call
    without a response no later row may be found applied while an earlier one is found missing.
    """
    if prepared.promises.bulk_failure != "prefix":
        return
    stops: dict[str, int] = {}
    sound: set[str] = set()
    for call in prepared.history.attempts:
        stop = stopped_at(call, prepared.promises) if call.rows else None
        finding = None
        if stop is not None:
            stops[call.id] = stop
            finding = None if 0 <= stop < len(call.rows) else _no_such_row(call, stop)
        elif call.outcome is Outcome.UNKNOWN and len(call.rows) > 1:
            finding = _hole(prepared, call)
        else:
            continue
        if finding is None:
            sound.add(call.id)
        else:
            yield failed(ID, call.id, finding)
    for ledger in prepared.every_ledger():
        if ledger.stopped and ledger.account not in explained:
            finding = _off_by_rows(ledger, stops)
            if finding is not None:
                sound -= set(finding.calls)
                yield failed(ID, ledger.account, finding)
    yield from passed(ID, len(sound), "bulk calls")


def _no_such_row(call: Attempt, stop: int) -> Finding:
    return tell_finding(
        "A bulk call was refused at a row that it does not have",
        expected=f"a position from 1 to {len(call.rows)}, counted from 1",
        seen=f"position {stop + 1}, counted from 1",
        calls=(call,),
    )


def _off_by_rows(ledger: Ledger, stops: dict[str, int]) -> Finding | None:
    envelope = Envelope(ledger)
    off = first_off(ledger, envelope)
    if off is None:
        return None
    pattern = bulk_pattern(ledger, off, stops)
    if pattern is None:
        return None
    return wrong_balance(ledger, envelope, off, lasting=True, pattern=pattern)


def _hole(prepared: Prepared, call: Attempt) -> Finding | None:
    """Return the finding that a later row was there before an earlier one was missing."""
    missing: list[tuple[int, int, Attempt]] = []
    arrived: list[tuple[int, int, Attempt]] = []
    accounts = Counter(row.account for row in call.rows)
    for index, row in enumerate(call.rows):
        # Several rows on one account blur each other.
        for ledger in prepared.ledgers.get(row.account, ()) if accounts[row.account] == 1 else ():
            for there, begin, end, read in _row_sights(ledger, call, index):
                (arrived if there else missing).append((index, end if there else begin, read))
    for absent, missing_ns, read_missing in missing:
        for present, there_ns, read_there in arrived:
            if present > absent and there_ns < missing_ns:
                return tell_finding(
                    "A bulk call applied a row while a row before it was missing",
                    expected="rows applied in order up to some row, and none after it",
                    seen=f"row {present + 1} applied, row {absent + 1} missing, counted from 1",
                    calls=(call, read_there, read_missing),
                )
    return None


def _row_sights(
    ledger: Ledger, call: Attempt, index: int
) -> Iterator[tuple[bool, int, int, Attempt]]:
    """Yield when the row was surely there or surely missing, by balances nothing else blurs."""
    optional = [effect for effect in ledger.effects if effect.end_ns is None]
    if len(optional) != 1 or not optional[0].units:
        return
    effect = optional[0]
    attempts = effect.attempts
    if len(attempts) != 1 or attempts[0].call is not call or attempts[0].index != index:
        return
    envelope = Envelope(ledger)
    for sight in ledger.sights:
        if sight.effect is None and sight.begin_ns > call.sent_ns and envelope.quiet(sight):
            low, high = envelope.around(sight)
            if sight.value in (low, high):
                there = (sight.value == high) == (effect.units > 0)
                yield there, sight.begin_ns, sight.end_ns, sight.call
