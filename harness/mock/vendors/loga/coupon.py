"""Loga's operations on coupons, and on the list of what happened on a card."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from harness.mock.ledger import BURN, Order, Receipt
from harness.mock.message import Fields, Refused
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import Activity, Card, Shop, online_member

LATEST = 10
_KINDS = {"P": "point", "C": "coupon", "D": "credit"}


async def get_customer_coupons(shop: Shop, fields: Fields) -> dict[str, Any]:
    """List an online member's coupons with how often each can be used."""
    card = shop.card(fields)
    member = online_member(card, fields)
    return {
        "coupons": [
            {
                "coupon_id": coupon.id,
                "coupon_name": coupon.name,
                "num": shop.processor.look(coupon.book, member.account),
            }
            for coupon in card.coupons.values()
        ]
    }


async def force_use_coupon(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Use a coupon of an online member once, under either spelling of its id."""
    card = shop.card(fields)
    member = online_member(card, fields)
    coupon = card.coupons.get(fields.get("cupon_id") or fields.need("coupon_id"))
    if coupon is None:
        raise Refused("unknown_coupon", "no such coupon")
    order = Order(member.account, BURN, 1, note=fields.get("remark") or "")
    if shop.switches.has("coupon-not-counted-down"):
        coupon.book.afford(order)
        entry = coupon.book.draft(order)
        receipt = Receipt(entry, coupon.book.balance(member.account))
    else:
        receipt = await shop.processor.move(coupon.book, order)
    if not shop.switches.has("coupon-use-unlisted"):
        card.log("C", receipt.entry, member, receipt.balance, coupon.id)
    return {
        "feed_id": str(receipt.entry.id),
        "detail": coupon.name,
        "transaction_id": receipt.entry.id,
        "time": int(receipt.entry.made_at),
    }


async def get_activities(shop: Shop, fields: Fields) -> list[dict[str, Any]]:
    """List the latest of what happened on the card, within a span of time and of one kind."""
    card, switches = shop.card(fields), shop.switches
    first, last = (_moment(fields, name) for name in ("from", "to"))
    kind = fields.get("filter")
    if kind is not None and kind not in _KINDS:
        raise Refused("invalid", "filter must be P, C or D")
    if switches.has("activity-filter-ignored"):
        kind = None
    if switches.has("activity-time-ignored"):
        first = last = None
    found = _fitting(card, kind, first, last, oldest=switches.has("oldest-first"))
    most = LATEST + switches.has("page-holds-one-more")
    return [_row(activity) for activity in islice(found, most)]


async def get_activity_detail(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Show one transaction, by its id or, for points, by the caller's reference."""
    card = shop.card(fields)
    text = fields.need("transaction_id")
    activity = card.activities.get(int(text)) if text.isdecimal() else None
    known = card.book.references.get(text)
    if activity is None and known is not None and not shop.switches.has("activity-only-by-id"):
        activity = card.activities.get(known.id)
    if activity is None:
        raise Refused("unknown_transaction", "no such transaction")
    left = activity.left
    if shop.switches.has("activity-balance-is-current") and activity.kind == "P":
        left = card.book.balance(activity.entry.account)
    if shop.switches.has("credit-balance-is-amount") and activity.kind == "D":
        left = abs(activity.entry.units)
    return {
        "fullname": f"{activity.member.fname} {activity.member.lname}",
        "create_by": shop.user,
        "remark": activity.remark,
        "left": left,
        "source_id": activity.source,
    }


def _moment(fields: Fields, name: str) -> int | None:
    text = fields.get(name)
    return None if text is None else whole(text, name, least=0)


def _fitting(
    card: Card, kind: str | None, first: int | None, last: int | None, *, oldest: bool
) -> Iterator[Activity]:
    listed = card.activities.values()
    for activity in listed if oldest else reversed(listed):
        early = first is not None and activity.at < first
        late = last is not None and activity.at > last
        if kind in (None, activity.kind) and not early and not late:
            yield activity


def _row(activity: Activity) -> dict[str, Any]:
    units = activity.entry.units
    return {
        "type": _KINDS[activity.kind],
        "transaction_id": activity.entry.id,
        "created": activity.at,
        "detail": f"{activity.member.fname}: {units:+d} {_KINDS[activity.kind]}",
    }
