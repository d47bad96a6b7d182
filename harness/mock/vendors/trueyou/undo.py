"""TrueYou's three voids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.mock.ledger import BURN, EARN, Entry, Order
from harness.mock.message import Refused
from harness.mock.vendors.trueyou.programme import FAILING_REDEMPTIONS, Programme

Values = Mapping[str, Any]


async def void_burn(programme: Programme, fields: Values) -> dict[str, Any]:
    """Give the points of a redemption back and take its coupons; once."""
    return await _void(programme, fields, BURN)


async def void_earn(programme: Programme, fields: Values) -> dict[str, Any]:
    """Take the points of an earn back; once, and only while they are there."""
    return await _void(programme, fields, EARN)


async def void_issue(programme: Programme, fields: Values) -> dict[str, Any]:
    """Take the points of an earn by campaign back; once, and only while they are there."""
    number = fields["redemptionTxId"]
    if number in FAILING_REDEMPTIONS:
        raise Refused(*FAILING_REDEMPTIONS[number])
    issue = programme.issues.get(number)
    if issue is None:
        raise Refused("unknown_redemption", "no such redemption")
    if issue.void and not programme.switches.has("duplicate-issue-void-accepted"):
        raise Refused("already_voided", "voided before")
    entry = _entry(programme, issue.entry, issue.account)
    if entry is not None and not issue.void:
        await _undo(programme, entry)
    issue.void = True
    await _set_late(programme, issue.account, "issue-void-overwrites")
    return {"redemptionStatus": "VOID"}


async def _void(programme: Programme, fields: Values, kind: str) -> dict[str, Any]:
    programme.check_channel(fields["channel"])
    programme.check_place(fields.get("partnerCode"), None, fields.get("terminalCode"))
    number, switches = fields["prtTrnNo"], programme.switches
    entry = programme.book.known(number)
    if entry is None and switches.has("unknown-void-accepted"):
        return {"transactionId": None}
    again = entry is not None and entry.cancelled and not switches.has("duplicate-void-applied")
    if entry is None or entry.kind != kind or entry.id in programme.issued or again:
        raise Refused("unknown_transaction", f"Resource with id '{number}' not found")
    coupons = programme.coupons_of.get(entry.id, [])
    if any(coupon.used for coupon in coupons):
        raise Refused("processor", "a coupon of the redemption is used")
    await _undo(programme, entry)
    for coupon in coupons:
        coupon.void = True
    if kind == BURN:
        await _set_late(programme, entry.account, "burn-void-overwrites")
    return {"transactionId": entry.id if switches.has("void-returns-number") else None}


async def _undo(programme: Programme, entry: Entry) -> None:
    """Undo an entry; the steps of a defective server let others in between, or are left out."""
    book, switches = programme.book, programme.switches
    if entry.units > 0 and not entry.cancelled and book.balance(entry.account) < entry.units:
        raise Refused("not_enough_points", "the points are spent")
    if switches.has("void-without-effect"):
        return
    again = entry.cancelled
    if switches.has("void-race"):
        await switches.pause()
        again = entry.cancelled
    if again:
        opposite = BURN if entry.units > 0 else EARN
        book.append(Order(entry.account, opposite, abs(entry.units)))
    book.cancel(entry)


async def _set_late(programme: Programme, account: str, defect: str) -> None:
    """Set the balance to what the void left, after others were let in, as no server should."""
    if programme.switches.has(defect):
        left = programme.book.balance(account)
        await programme.switches.pause()
        programme.book.accounts[account].balance = left


def _entry(programme: Programme, number: int | None, account: str) -> Entry | None:
    entries = programme.book.accounts[account].entries
    return next((entry for entry in entries if entry.id == number), None)
