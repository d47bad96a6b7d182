"""Loga's operations on membership: subscribing, editing, binding, tickets and the download."""

from __future__ import annotations

import csv
import io
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from harness.mock.message import Fields, Refused, Reply
from harness.mock.vendors.loga.members import GENDERS, LEVELS, Member, Plastic
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import (
    EXPIRES,
    Card,
    Shop,
    member_of,
    online_member,
    plastic_known_as,
)

BANGKOK = timezone(timedelta(hours=7))
_PLASTIC_FIELDS = ("mobile", "fname", "lname", "gender")
_ONLINE_FIELDS = ("level", "remark")
_BIRTHDAY, _DAY = "%Y-%m-%d", "%d-%m-%Y"
_FORMS = {
    _BIRTHDAY: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII),
    _DAY: re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}", re.ASCII),
}


async def subscribe_by_unregistered_card(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Register a plastic card and give it to a new plastic member."""
    card = shop.card(fields)
    serial, barcode = fields.need("serial"), fields.need("barcode")
    mobile, fname = fields.need("mobile"), fields.need("fname")
    details = _details(shop, fields)
    plastic = _register(shop, card, serial, barcode)
    return _subscribed(shop, card, _plastic_member(shop, plastic, mobile, fname, details))


async def register_plastic_card(shop: Shop, fields: Fields) -> None:
    """Register a plastic card that nobody has yet."""
    card = shop.card(fields)
    _register(shop, card, fields.need("nfc"), fields.need("barcode"))


async def add_member(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Subscribe the holder of a registered plastic card, or an online user, to the card."""
    card = shop.card(fields)
    pcard_id, cuid = fields.get("pcard_id"), fields.get("cuid")
    if pcard_id is not None and cuid is not None:
        raise Refused("invalid", "pcard_id and cuid exclude each other")
    details = _details(shop, fields)
    if cuid is not None:
        if cuid in card.online:
            return {"credit": card.quota}
        if len(cuid) != 12 or not cuid.isdecimal():
            raise Refused("unknown_member", "no such user")
        member = Member(f"User {cuid[-4:]}", "", "", "", 1, shop.now(), uid=int(cuid))
        return _subscribed(shop, card, member)
    plastic = card.plastics.get(fields.need("pcard_id"))
    if plastic is None:
        raise Refused("unknown_member", "no such plastic card")
    lax = shop.switches.has("plastic-contact-optional")
    mobile = fields.get("mobile") or "" if lax else fields.need("mobile")
    fname = fields.need("fname")
    if plastic.holder is not None:
        raise Refused("conflict", "the plastic card is taken")
    return _subscribed(shop, card, _plastic_member(shop, plastic, mobile, fname, details))


async def set_customer_profile(shop: Shop, fields: Fields) -> None:
    """Edit a member: all fields that were sent, or none when one of them is unfit."""
    card = shop.card(fields)
    member = member_of(card, fields)
    own = _ONLINE_FIELDS if member.uid else _PLASTIC_FIELDS
    other = _PLASTIC_FIELDS if member.uid else _ONLINE_FIELDS
    half = shop.switches.has("profile-partly-updated")
    if half:
        _edit(shop, member, fields, [name for name in own if name not in ("level", "gender")])
    for name in other:
        if fields.get(name) is not None:
            raise Refused("invalid", f"{name} cannot be changed for this kind of member")
    _details(shop, fields)
    if not shop.switches.has("profile-change-lost"):
        kept = ("mobile", "lname") if shop.switches.has("holder-fields-kept") else ()
        _edit(shop, member, fields, [name for name in own if name not in kept])
        member.updated = shop.now()


async def bind_plastic_card(shop: Shop, fields: Fields) -> None:
    """Bind a plastic card to an online member; a serial that is sent must be the card's."""
    card = shop.card(fields)
    member, barcode = online_member(card, fields), fields.need("barcode")
    serial = fields.get("serial")
    if serial is None and shop.switches.has("bind-requires-serial"):
        raise Refused("missing", "serial is required")
    known = (one for one in card.plastics.values() if one.barcode == barcode)
    plastic = next(known, None)
    if plastic is None:
        raise Refused("unknown_member", "no such plastic card")
    if serial is not None and serial != plastic.serial:
        raise Refused("conflict", "the serial is not that of the plastic card")
    if plastic.holder is not None or member.uid in card.bound:
        raise Refused("conflict", "the member or the plastic card is bound")
    plastic.bound_to = member
    card.bound[member.uid] = plastic


async def unbind_plastic_card(shop: Shop, fields: Fields) -> None:
    """Take the plastic card of an online member away."""
    card = shop.card(fields)
    member = online_member(card, fields)
    if member.uid not in card.bound:
        raise Refused("conflict", "no plastic card is bound")
    if not shop.switches.has("unbind-does-nothing"):
        card.bound.pop(member.uid).bound_to = None


async def create_member_ticket(shop: Shop, fields: Fields) -> dict[str, str]:
    """Make a ticket by which a customer may subscribe in the customers' application."""
    card = shop.card(fields)
    level = _level(shop, fields) or 1
    serial = secrets.token_hex(8)
    card.tickets[serial] = 1 if shop.switches.has("ticket-forgets-level") else level
    return {"serial": serial}


async def verify_code(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Tell whether a member ticket is valid, and for which level."""
    card = shop.card(fields)
    level = card.tickets.get(fields.need("code"))
    if level is None:
        return {"valid": False, "level": None, "level_text": None}
    return {"valid": True, "level": str(level), "level_text": LEVELS[level]}


async def download(shop: Shop, fields: Fields) -> Any:
    """Write out the profiles of all members, or of those made or edited on one day."""
    card = shop.card(fields)
    output = fields.get("output") or "csv"
    if output not in ("csv", "json"):
        raise Refused("invalid", "output must be csv or json")
    date = fields.get("date")
    day = None if date is None else _day(date, _DAY, "date")
    if shop.switches.has("download-ignores-date"):
        day = None
    until = shop.switches.has("download-until-day")
    rows = [_profile(card, one) for one in card.members if day is None or _is_of(one, day, until)]
    if output == "json" and not shop.switches.has("download-always-csv"):
        return rows
    text = io.StringIO()
    writer = csv.DictWriter(text, _profile(card, card.members[0]))
    writer.writeheader()
    writer.writerows(rows)
    return Reply(text.getvalue(), media="text/csv")


def _register(shop: Shop, card: Card, serial: str, barcode: str) -> Plastic:
    if plastic_known_as(card, (serial, barcode)) is not None:
        raise Refused("conflict", "the serial or the barcode is registered already")
    plastic = Plastic(shop.numbers(), serial, barcode)
    card.add_plastic(plastic)
    return plastic


def _details(shop: Shop, fields: Fields) -> dict[str, Any]:
    """Return what may be said of any member; Refused when it is of a wrong form."""
    gender, birthday = fields.get("gender") or "", fields.get("birthday") or ""
    if gender and gender not in GENDERS:
        raise Refused("invalid", "gender must be M or F")
    if birthday:
        _day(birthday, _BIRTHDAY, "birthday")
    return {
        "lname": fields.get("lname") or "",
        "gender": gender,
        "birthday": birthday,
        "address": fields.get("address") or "",
        "remark": fields.get("remark") or "",
        "level": _level(shop, fields) or 1,
    }


def _level(shop: Shop, fields: Fields) -> int | None:
    text = fields.get("level")
    if text is None:
        return None
    level = whole(text, "level", least=1)
    if level not in LEVELS:
        if shop.switches.has("unknown-level-accepted"):
            return 1
        raise Refused("unknown_level", "no such level")
    return level


def _plastic_member(
    shop: Shop, plastic: Plastic, mobile: str, fname: str, details: dict[str, Any]
) -> Member:
    member = Member(fname=fname, tel=mobile, created=shop.now(), pcard_id=plastic.id, **details)
    plastic.member = member
    return member


def _subscribed(shop: Shop, card: Card, member: Member) -> dict[str, Any]:
    card.enter(member, first=shop.switches.has("new-members-first"))
    card.quota -= 1
    return {} if shop.switches.has("quota-omitted") else {"credit": card.quota}


def _edit(shop: Shop, member: Member, fields: Fields, names: Iterable[str]) -> None:
    for name in names:
        text = fields.get(name)
        if text is None:
            continue
        if name == "level":
            member.level = _level(shop, fields) or member.level
        else:
            setattr(member, "tel" if name == "mobile" else name, text)


def _day(text: str, form: str, name: str) -> str:
    """Return a day as the download writes it."""
    try:
        if _FORMS[form].fullmatch(text) is None:
            raise ValueError
        return datetime.strptime(text, form).replace(tzinfo=UTC).strftime(_DAY)
    except ValueError:
        raise Refused("invalid", f"{name} is no such date") from None


def _is_of(member: Member, day: str, until: bool) -> bool:
    """Tell whether a member was made or edited on a day, or until its end where that is meant."""
    made = _day_of(member.created)
    if until:
        return datetime.strptime(made, _DAY) <= datetime.strptime(day, _DAY)
    return day in (made, _day_of(member.updated))


def _day_of(moment: int) -> str:
    return datetime.fromtimestamp(moment, BANGKOK).strftime(_DAY) if moment else ""


def _time_of(moment: int) -> str:
    return datetime.fromtimestamp(moment, BANGKOK).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _profile(card: Card, member: Member) -> dict[str, str]:
    plastic = card.bound.get(member.uid) if member.uid else None
    return {
        "uid": str(member.uid or f"P{member.pcard_id}"),
        "username": member.username,
        "email": "",
        "fname": member.fname,
        "lname": member.lname,
        "tel": member.tel,
        "birthday": member.birthday,
        "gender": member.gender,
        "address": member.address,
        "remark": member.remark,
        "last_visit": "",
        "subscribed_date": _time_of(member.created),
        "expiry_date": _time_of(EXPIRES),
        "status": "active",
        "referrer_code": "",
        "level": member.level_text,
        "plastic_no": plastic.barcode if plastic else "",
        "bind_create_date": _time_of(member.created),
        "start_on_line": "",
        "update_profile_date": _time_of(member.updated),
        "consent_date": "",
    }
