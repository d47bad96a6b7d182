"""Loga's operations on credits: add, use, and QR codes that ask for them."""

from __future__ import annotations

import secrets
from typing import Any

from harness.mock.ledger import BURN, EARN, Order
from harness.mock.message import Fields, Refused, Reply
from harness.mock.vendors.loga.members import Member
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import Card, Code, Shop, Wallet, member_of


async def add_customer_credits(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Add credits of one kind and return what is there now."""
    card = shop.card(fields)
    return await _move(shop, card, fields, EARN)


async def use_customer_credits(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Use credits of one kind; the serial of a remote QR, if sent, must fit and pays once."""
    card = shop.card(fields)
    serial = fields.get("serial")
    code = None if serial is None else _fitting(shop, card, fields, serial)
    if code is None:
        return await _move(shop, card, fields, BURN)
    if shop.switches.has("serial-race"):
        await shop.switches.pause()
    code.paid = True
    try:
        return await _move(shop, card, fields, BURN)
    except Refused:
        code.paid = False
        raise


async def create_credit_qr(shop: Shop, fields: Fields) -> Reply:
    """Make a QR that asks for credits: a static one is only data, a remote one has a serial."""
    card = shop.card(fields)
    wallet, amount = _wallet(card, fields), _amount(fields)
    fields.need("remark")
    if not shop.switches.has("qr-without-cap"):
        wallet.book.fit(Order(card.members[0].account, EARN, amount))
    kind = fields.get("type") or "static"
    if kind not in ("static", "remote"):
        raise Refused("invalid", "type must be static or remote")
    serial = secrets.token_hex(8)
    value: dict[str, Any] = {"code": 200, "msg": "ok"}
    if kind == "remote" or shop.switches.has("static-qr-has-serial"):
        status = "U" if shop.switches.has("new-qr-is-used") else "N"
        card.codes[serial] = Code(wallet.id, amount, status, card.members[0])
        return Reply({**value, "data": f"CR:{serial}", "serial": serial})
    return Reply({**value, "data": f"CR:{card.id}:{wallet.id}:{amount}"})


async def get_credit_qr_status(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Tell whether a remote QR was scanned, and by whom."""
    code = _code(shop.card(fields), fields.need("serial"))
    told = code.status != "N" or shop.switches.has("new-qr-shows-user")
    if not told or code.member is None:
        return {"status": code.status}
    return {
        "status": code.status,
        "uid": str(code.member.uid),
        "level": str(code.member.level),
        "level_text": code.member.level_text,
        "use_date": code.used_at,
    }


async def _move(shop: Shop, card: Card, fields: Fields, kind: str) -> dict[str, Any]:
    member, wallet, amount = member_of(card, fields), _wallet(card, fields), _amount(fields)
    note = fields.need("remark")
    if shop.switches.has("credits-share-wallet"):
        wallet = next(iter(card.credits.values()))
    receipt = await shop.processor.move(wallet.book, Order(member.account, kind, amount, note=note))
    card.log("D", receipt.entry, member, receipt.balance, wallet.id)
    if shop.switches.has("credits-move-points") and kind == EARN:
        card.book.append(Order(member.account, EARN, amount))
    left = amount if shop.switches.has("credit-response-is-amount") else receipt.balance
    return {"credits": {"current": left}}


def _wallet(card: Card, fields: Fields) -> Wallet:
    wallet = card.credits.get(fields.need("cdid"))
    if wallet is None:
        raise Refused("unknown_credit", "no such credit")
    return wallet


def _amount(fields: Fields) -> int:
    return whole(fields.need("amount"), "amount")


def _code(card: Card, serial: str) -> Code:
    code = card.codes.get(serial)
    if code is None:
        raise Refused("unknown_code", "no such QR")
    return code


def _fitting(shop: Shop, card: Card, fields: Fields, serial: str) -> Code:
    """Return the QR a payment names; Refused when it asks for something else or has paid."""
    code = _code(card, serial)
    member: Member = member_of(card, fields)
    scanned = code.status != "N"
    if (code.cdid, code.amount) != (_wallet(card, fields).id, _amount(fields)):
        raise Refused("conflict", "the QR asks for other credits")
    if scanned and code.member is not member:
        raise Refused("conflict", "the QR was scanned by another customer")
    if code.paid and not shop.switches.has("serial-reusable"):
        raise Refused("conflict", "the QR has paid already")
    return code
