"""Loga's operations on sessions, cards, rewards and customers."""

from __future__ import annotations

from typing import Any

from harness.mock.auth import same
from harness.mock.message import Fields, Refused, Reply
from harness.mock.vendors.loga.members import Member, Plastic
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import (
    EXPIRES,
    MERCHANT,
    Card,
    Shop,
    password_hash,
    plastic_known_as,
)


async def login(shop: Shop, fields: Fields) -> dict[str, str]:
    """Issue a token for the device that asks; the password comes as its MD5, in either case."""
    user, password, uuid = fields.need("user"), fields.need("pass"), fields.need("uuid")
    good = same(password.lower(), password_hash(shop)) or shop.switches.has(
        "wrong-password-accepted"
    )
    if not (same(user, shop.user) and good):
        raise Refused("unauthorised", "wrong user or password")
    token = shop.tokens.issue(shop.user, uuid)
    return {"token": token, "mid": MERCHANT, "name": "Example Shop", "store_id": "0"}


async def logout(shop: Shop, fields: Fields) -> None:
    """End the token of this device; those of other devices live on."""
    shop.tokens.end(fields.need("token"))


async def get_cards(shop: Shop, fields: Fields) -> list[dict[str, str]]:
    """List the merchant's own cards."""
    own = (card for card in shop.cards.values() if card.merchant == MERCHANT)
    return [{"card_id": card.id, "name": card.name} for card in own]


async def get_card_detail(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Show one card with its formulas; none when Money-to-Point is off."""
    card = shop.card(fields)
    formulas = [
        {"formula_id": formula.id, "name": formula.name, "multiplier": formula.multiplier}
        for formula in card.formulas.values()
    ]
    return {"card_id": card.id, "name": card.name, "point_product": {"add": formulas}}


async def get_rewards(shop: Shop, fields: Fields) -> list[dict[str, Any]]:
    """List the rewards of any card, to anyone."""
    card = shop.cards.get(fields.need("card_id"))
    if card is None:
        raise Refused("unknown_card", "no such card")
    return [
        {
            "reward_id": reward.id,
            "name": reward.name,
            "point_amount": -reward.price,
            "display_amount": reward.price,
            "expire_date": EXPIRES,
        }
        for reward in card.rewards.values()
    ]


async def get_customers(shop: Shop, fields: Fields) -> list[dict[str, Any]]:
    """List a page of customers; a page past the end is empty."""
    card = shop.card(fields)
    offset = whole(fields.need("offset"), "offset", least=0)
    limit = whole(fields.need("limit"), "limit", least=0)
    if offset and shop.switches.has("customers-page-overlaps"):
        offset -= 1
    return [_row(member) for member in card.members[offset : offset + limit]]


async def get_customer_info(shop: Shop, fields: Fields) -> Any:
    """Show one customer, found by card or by user id; either may be given by mobile number."""
    card = shop.card(fields)
    member = _found(shop, card, fields)
    if isinstance(member, Plastic):
        return _nobody(member)
    identity: dict[str, Any] = {"pcard_id": member.pcard_id} if member.pcard_id else {}
    if member.uid:
        identity = {"uid": member.uid}
    return {
        "card_type": "online" if member.uid else "plastic",
        "user_info": {
            **identity,
            "fname": member.fname,
            "lname": member.lname,
            "tel": member.tel,
            "gender": member.gender,
        },
        "card": {"created": member.created, "expired": EXPIRES},
        "point": {"now": shop.processor.look(card.book, member.account)},
        "credits": [
            {
                "cdid": wallet.id,
                "credit_name": wallet.name,
                "credit_unit": wallet.unit,
                "current_amount": shop.processor.look(wallet.book, member.account),
            }
            for wallet in card.credits.values()
        ],
        "level": member.level,
        "level_text": member.level_text,
        "remark": member.remark,
    }


def _found(shop: Shop, card: Card, fields: Fields) -> Member | Plastic:
    """Return who is asked for, or the plastic card that is asked for and nobody has."""
    ident, cuid = fields.get("plastic_ident"), fields.get("cuid")
    found: Member | Plastic | None = None
    if ident is not None and cuid is not None:
        raise Refused("invalid", "plastic_ident and cuid exclude each other")
    if cuid is not None:
        found = card.online.get(cuid) or _by_mobile(card, cuid, online=True)
    elif ident is not None:
        narrow = shop.switches.has("plastic-found-by-barcode-only")
        plastic = plastic_known_as(card, [ident])
        if plastic is not None and not (narrow and ident != plastic.barcode):
            found = plastic.holder or plastic
        elif not narrow:
            found = _by_mobile(card, ident, online=False)
    else:
        raise Refused("missing", "plastic_ident or cuid is required")
    if found is None:
        raise Refused("unknown_member", "no such customer")
    return found


def _nobody(plastic: Plastic) -> Reply:
    """Refuse to show the holder of a plastic card that nobody has, but tell the card's id."""
    refusal = Refused("unknown_member", "the plastic card has not been given to anybody")
    data = {"plastic_card": {"pcard_id": plastic.id}}
    return Reply({"code": 404, "msg": refusal.message, "data": data}, refusal=refusal)


def _by_mobile(card: Card, mobile: str, *, online: bool) -> Member | None:
    return next((m for m in card.members if m.tel == mobile and bool(m.uid) is online), None)


def _row(member: Member) -> dict[str, Any]:
    names = {"fname": member.fname, "lname": member.lname, "tel": member.tel}
    if member.uid:
        uid = str(member.uid)
        return {"card_type": "online", "uid": uid, "username": member.username, **names}
    return {
        "card_type": "plastic",
        "pcard_id": member.pcard_id,
        "pcard_no": 4_000_000_000 + member.pcard_id,
        **names,
    }
