"""Loga's operations on points: add, use, both in bulk, and tickets."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import Any

from harness.mock.ledger import BURN, EARN, Order, Receipt
from harness.mock.message import Fields, Refused, Reply
from harness.mock.processor import Run
from harness.mock.vendors.loga.members import Member
from harness.mock.vendors.loga.number import money, whole
from harness.mock.vendors.loga.shop import LIMITS, Card, Shop, member_of

REQUIRED_ARRAYS: tuple[str, ...] = ("cuid", "point", "remark")
OPTIONAL_ARRAYS: Mapping[str, tuple[str, ...]] = {
    EARN: ("reference", "branch", "created", "expired"),
    BURN: ("reference", "branch", "created"),
}


async def add_customer_point(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Add points, given directly or computed from a spending, and return what remains."""
    card = shop.card(fields)
    member = member_of(card, fields)
    amount = _amount_to_add(shop, card, fields)
    remark = fields.get("remark") or _remark_missing(shop)
    receipt = await shop.processor.move(
        card.book, _single(fields, member.account, EARN, amount, remark)
    )
    _log(card, member, receipt)
    return {"point": {"now": receipt.balance}}


async def use_customer_point(shop: Shop, fields: Fields) -> dict[str, Any] | None:
    """Use points for a reward or with a remark; no balance is returned."""
    card = shop.card(fields)
    member = member_of(card, fields)
    amount = whole(fields.need("point"), "point")
    reward, remark = fields.get("pp_id"), fields.get("remark") or ""
    if reward is not None:
        amount = _reward_amount(shop, card, reward, amount)
    elif not remark:
        remark = _remark_missing(shop)
    receipt = await shop.processor.move(
        card.book, _single(fields, member.account, BURN, amount, remark)
    )
    _log(card, member, receipt)
    if shop.switches.has("use-returns-data"):
        return {"point": {"now": receipt.balance}}
    return None


async def bulk_add_point(shop: Shop, fields: Fields) -> Any:
    """Add points row by row; return each customer's points and the transaction ids."""
    card = shop.card(fields)
    run = await _bulk(shop, card, fields, EARN)
    if run.stopped_at is not None:
        return _stopped(shop, run)
    entries = [receipt.entry for receipt in run.receipts]
    touched = dict.fromkeys(fields.lists["cuid"][: len(entries)])
    return {
        "users": [{"cuid": cuid, "point": card.book.balance(cuid)} for cuid in touched],
        "transaction": {
            "start": min(entry.id for entry in entries),
            "end": max(entry.id for entry in entries),
        },
    }


async def bulk_use_point(shop: Shop, fields: Fields) -> Any:
    """Use points row by row; return what remains to the customer of the last row."""
    card = shop.card(fields)
    run = await _bulk(shop, card, fields, BURN)
    if run.stopped_at is not None:
        return _stopped(shop, run)
    return {"point": {"now": run.receipts[-1].balance}}


async def create_ticket(shop: Shop, fields: Fields) -> dict[str, str]:
    """Make a ticket that a customer may claim elsewhere; no balance changes here."""
    card = shop.card(fields)
    amount = whole(fields.need("amount"), "amount")
    limits = card.book.limits
    if amount < limits.amount_least or amount > (limits.amount_most or amount) or amount == 0:
        raise Refused("invalid", f"amount must be from 1 to {LIMITS.amount_most}")
    if shop.switches.has("ticket-moves-points"):
        for member in card.members:
            taken = min(amount, card.book.balance(member.account))
            if taken > 0:
                card.book.append(Order(member.account, BURN, taken))
    shop.tickets += 1
    if shop.switches.has("ticket-serial-repeats"):
        return {"serial": f"{shop.tickets // 2:06d}"}
    return {"serial": f"{shop.tickets:06d}{secrets.token_hex(8)}"}


def _remark_missing(shop: Shop) -> str:
    if shop.switches.has("missing-remark-accepted"):
        return ""
    raise Refused("missing", "remark is required")


def _single(fields: Fields, account: str, kind: str, amount: int, remark: str) -> Order:
    return Order(
        account,
        kind,
        amount,
        reference=fields.get("reference"),
        replace=fields.get("replace_duplicate") == "yes",
        note=remark,
    )


def _amount_to_add(shop: Shop, card: Card, fields: Fields) -> int:
    """Return the points to add; cost and formula together win over a point that is sent as well."""
    point, cost, formula_id = fields.get("point"), fields.get("cost"), fields.get("formula_id")
    spending = None if cost is None else money(cost, "cost")
    if formula_id is not None:
        whole(formula_id, "formula_id", least=1)
    ignored = point is not None and shop.switches.has("formula-ignored")
    if spending is not None and formula_id is not None and card.formulas and not ignored:
        formula = card.formulas.get(formula_id)
        if formula is None:
            raise Refused("unknown_formula", "no such formula")
        unmultiplied = shop.switches.has("multiplier-ignored")
        return math.floor(spending if unmultiplied else formula.points(spending))
    if point is None and shop.switches.has("missing-point-accepted"):
        return 1
    return whole(fields.need("point"), "point")


def _reward_amount(shop: Shop, card: Card, reward_id: str, amount: int) -> int:
    """Return the price of a reward; the points sent must equal it, with either sign."""
    reward = card.rewards.get(reward_id)
    if reward is None:
        raise Refused("unknown_reward", "no such reward")
    if abs(amount) == reward.price:
        return reward.price
    raise Refused("conflict", "point differs from the price of the reward")


async def _bulk(shop: Shop, card: Card, fields: Fields, kind: str) -> Run:
    """Refuse the request as a whole when its arrays are unfit, else run it row by row."""
    names = REQUIRED_ARRAYS + OPTIONAL_ARRAYS[kind]
    columns = {name: fields.lists[name] for name in names if name in fields.lists}
    for name in REQUIRED_ARRAYS:
        if name not in columns:
            raise Refused("missing", f"{name}[] is required")
    counts = {len(column) for column in columns.values()}
    if len(counts) > 1 and not shop.switches.has("bulk-unequal-arrays-accepted"):
        raise Refused("unequal_rows", "the arrays differ in length")
    shop.batches += 1
    batch = shop.batches
    moments: list[int | None] = []

    def row(index: int) -> Order:
        order = _row(shop, card, kind, batch, columns, index)
        moments.append(None if shop.switches.has("row-date-ignored") else _created(columns, index))
        return order

    count = shop.processor.admit(card.book, min(counts))
    run = await shop.processor.run(card.book, count, row)
    # A row that stopped the run has a moment and no receipt.
    for receipt, moment in zip(run.receipts, moments, strict=False):
        if member := card.online.get(receipt.entry.account):
            _log(card, member, receipt, moment)
    return run


def _log(card: Card, member: Member, receipt: Receipt, at: int | None = None) -> None:
    if not receipt.repeated:
        card.log("P", receipt.entry, member, receipt.balance, receipt.entry.reference or "", at)


def _created(columns: Mapping[str, list[str]], index: int) -> int | None:
    """Return the unix seconds a row says it was made at; None when it says nothing."""
    text = columns["created"][index] if "created" in columns else ""
    return whole(text, "created[]", least=0) if text else None


def _row(
    shop: Shop,
    card: Card,
    kind: str,
    batch: int,
    columns: Mapping[str, list[str]],
    index: int,
) -> Order:
    """Return the order of one row; Refused when the row is unfit."""
    cell = {name: column[index] for name, column in columns.items()}
    if cell["cuid"] not in card.online:
        raise Refused("unknown_member", "no such customer")
    _created(columns, index)
    expired = cell.get("expired")
    return Order(
        cell["cuid"],
        kind,
        whole(cell["point"], "point[]"),
        reference=cell.get("reference") or None,
        expires=whole(expired, "expired[]", least=0) if expired else None,
        batch=batch,
        note=cell["remark"] or _remark_missing(shop),
    )


def _stopped(shop: Shop, run: Run) -> Reply:
    refusal = Refused("stopped", f"row {run.stopped_at}: {run.refusal}")
    data = {"fail_at": run.stopped_at}
    if run.stopped_at == 0 and shop.switches.has("bulk-row-zero-omits-fail-at"):
        data = {}
    value = {"code": 503, "msg": refusal.message, "data": data}
    return Reply(value, refusal=refusal)
