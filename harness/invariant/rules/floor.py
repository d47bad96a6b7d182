"""No balance falls under the promised floor, neither as answered nor by what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.explain.finding import spent_too_much, under_floor
from harness.invariant.history.effects import Sight
from harness.invariant.history.evidence import Account
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import failed, passed
from harness.model.finding import Checked, Finding

ID = "floor"


def judge_floor(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether each account's balance stayed at the floor or above it."""
    floor = prepared.promises.floor
    if floor is None:
        return
    count = 0
    for name, account in prepared.gathered.accounts.items():
        if name in explained or not account.sights:
            continue
        if any(effect.units < 0 and not effect.floored for effect in account.effects):
            # A void may take back what is spent already; nothing promises that it is refused then.
            continue
        if _began_under(account, floor):
            continue
        finding = _seen_under(account.sights, floor)
        for ledger in prepared.ledgers.get(name, ()):
            finding = finding or _overspent(ledger, floor)
        if finding is None:
            count += 1
        else:
            yield failed(ID, name, finding)
    yield from passed(ID, count)


def _began_under(account: Account, floor: int) -> bool:
    """Return whether the balance was under the floor before anything was burned here."""
    first = min(account.sights, key=lambda sight: sight.end_ns)
    burned = any(e.units < 0 and e.begin_ns < first.end_ns for e in account.effects)
    return first.value < floor and not burned


def _seen_under(sights: list[Sight], floor: int) -> Finding | None:
    under = [sight for sight in sights if sight.value < floor]
    return under_floor(min(under, key=lambda sight: sight.end_ns), floor) if under else None


def _overspent(ledger: Ledger, floor: int) -> Finding | None:
    """Return the finding that even with all that may have been earned too much was burned."""
    envelope = Envelope(ledger)
    ends = [effect.end_ns for effect in ledger.effects if effect.units < 0]
    for end in sorted(end for end in ends if end is not None):
        # Just after the end of a burn: what began by then may count, what ended by then must.
        high = envelope.most_after(end)
        if high < floor:
            return spent_too_much(ledger, high, floor, end)
    return None
