"""Privage's operations on points: add, burn, three voids, and the list of transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.mock.ledger import BURN, EARN, Order
from harness.mock.message import Refused, Request
from harness.mock.vendors.privage.business import VALUE_PER_POINT, Business, Member, Transaction
from harness.mock.vendors.privage.fields import (
    SIZE_MOST,
    amount,
    is_old,
    moment,
    object_of,
    optional_text,
    page_of,
    query_of,
    text,
    whole_amount,
    written,
)

BY_VALUE, DIRECTLY = 1, 2


async def add_point(business: Business, request: Request) -> dict[str, Any]:
    """Add points: those that a value is worth (method 1), or as many as are given (method 2)."""
    body, switches = object_of(request), business.switches
    member = business.holder(text(body, "phone_number"), text(body, "card_no"))
    method = body.get("method")
    if isinstance(method, bool) or method not in (BY_VALUE, DIRECTLY):
        raise Refused("invalid", "method must be 1 or 2")
    if method == DIRECTLY:
        points = whole_amount(body, "points")
        if switches.has("points-converted-too"):
            points //= VALUE_PER_POINT
        return await _moved(business, body, member, EARN, points, None)
    if "value" not in body and switches.has("value-optional"):
        return await _moved(business, body, member, EARN, 1, None)
    value = amount(body, "value")
    rate = 1 if switches.has("value-added-unconverted") else VALUE_PER_POINT
    return await _moved(business, body, member, EARN, int(value // rate), value)


async def burn_point(business: Business, request: Request) -> dict[str, Any]:
    """Spend points of a card."""
    body = object_of(request)
    member = business.holder(text(body, "phone_number"), text(body, "card_no"))
    response = await _moved(business, body, member, BURN, whole_amount(body, "points"), None)
    if business.switches.has("burn-response-without-card"):
        del response["card_no"]
    if business.switches.has("burn-message-as-number"):
        response["message"] = 0
    return response


async def _moved(
    business: Business,
    body: Mapping[str, Any],
    member: Member,
    kind: str,
    points: int,
    value: float | None,
) -> dict[str, Any]:
    ref_no = optional_text(body, "ref_no")
    entry = None
    # A small value is worth no point, and is recorded all the same.
    if points:
        order = Order(member.card_no, kind, points, note=ref_no or "")
        entry = (await business.processor.move(business.book, order)).entry
    made = Transaction(
        id=business.new_id(),
        kind="ADD" if kind == EARN else "BURN",
        member=member,
        points=points,
        stamp=business.stamp(),
        ref_id=f"T{len(business.transactions) + 1:09d}",
        ref_no=ref_no,
        value=value,
        entry=entry,
    )
    business.record(made)
    return {
        "message": "points added" if kind == EARN else "points burned",
        "card_no": member.card_no,
        "points": points,
        "balance": business.book.balance(member.card_no),
        "transaction_id": made.id,
        "ref_no": ref_no,
        "ref_id": made.ref_id,
    }


async def void_by_id(business: Business, request: Request) -> dict[str, Any]:
    """Void the transaction of a UUID."""
    found = business.by_uuid.get(request.places["transactionUuid"])
    return await _void(business, [] if found is None else [found])


async def void_by_ref_no(business: Business, request: Request) -> dict[str, Any]:
    """Void all transactions of a receipt number that are not voided yet, or none of them."""
    found = business.by_ref_no.get(request.places["refNo"], [])
    return await _void(business, found, is_old(request))


async def void_by_ref_id(business: Business, request: Request) -> dict[str, Any]:
    """Void the transaction of a reference id."""
    found = business.by_ref_id.get(request.places["refId"])
    if found is not None and business.switches.has("void-by-reference-takes-newest"):
        found = [one for one in business.transactions if one.member is found.member][-1]
    return await _void(business, [] if found is None else [found], is_old(request))


async def _void(
    business: Business, found: Sequence[Transaction], by_old_name: bool = False
) -> dict[str, Any]:
    switches = business.switches
    if not found:
        raise Refused("unknown_transaction", "transaction not found")
    again = switches.has("duplicate-void-applied")
    open_ = [one for one in found if again or not one.voided]
    if not open_:
        raise Refused("already_voided", "voided before")
    if switches.has("void-race"):
        await switches.pause()
    _afford(business, open_)
    idle = switches.has("void-without-effect")
    idle |= by_old_name and switches.has("old-void-without-effect")
    for one in open_:
        _undo(business, one, idle)
    return {"message": "voided", "transaction_ids": [one.id for one in open_]}


def _afford(business: Business, found: Sequence[Transaction]) -> None:
    """Refuse to take back points that are spent."""
    due: dict[str, int] = {}
    for one in found:
        if one.entry is not None and not one.entry.cancelled:
            due[one.entry.account] = due.get(one.entry.account, 0) - one.entry.units
    if any(business.book.balance(account) + change < 0 for account, change in due.items()):
        raise Refused("not_enough_points", "not enough points: they are spent")


def _undo(business: Business, one: Transaction, idle: bool) -> None:
    switches, book, entry = business.switches, business.book, one.entry
    one.voided = True
    if entry is None or idle:
        return
    opposite = Order(entry.account, BURN if entry.units > 0 else EARN, abs(entry.units))
    if entry.cancelled:
        book.append(opposite)
    book.cancel(entry)
    if switches.has("void-doubles-points"):
        book.append(opposite)


async def get_transaction(business: Business, request: Request) -> dict[str, Any]:
    """List transactions of a span, its start inside and its end outside, oldest first."""
    query, switches = query_of(request), business.switches
    anywhere = switches.has("offset-time-accepted")
    start, end = moment(query, "from", anywhere), moment(query, "to", anywhere)
    found: Sequence[Transaction] = business.transactions
    if start is not None:
        after = start + switches.has("span-start-outside")
        found = [one for one in found if one.stamp * 1000 >= after]
    if end is not None and not (start is not None and switches.has("span-end-ignored")):
        before = end + switches.has("span-end-inside")
        found = [one for one in found if one.stamp * 1000 < before]
    if switches.has("every-third-transaction-missing"):
        found = [one for one in found if int(one.ref_id[1:]) % 3]
    if switches.has("first-page-of-50"):
        query = {"size": "50", **query}
    most = SIZE_MOST + switches.has("page-of-1001-accepted") - switches.has("page-of-1000-refused")
    page = page_of(
        found,
        query,
        most,
        skip=switches.has("next-page-skips-one"),
        overlap=switches.has("transactions-page-overlaps"),
    )
    return {**page, "data": [_shown(one) for one in page["data"]]}


def _shown(one: Transaction) -> dict[str, Any]:
    return {
        "id": one.id,
        "ref_no": one.ref_no,
        "ref_id": one.ref_id,
        "type": one.kind,
        "status": "VOIDED" if one.voided else "DONE",
        "phone_number": one.member.phone_number,
        "card_no": one.member.card_no,
        "value": one.value,
        "points": one.points,
        "created_at": written(one.stamp),
    }
