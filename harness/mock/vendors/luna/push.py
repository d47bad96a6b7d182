"""Luna's pushes: messages to one card or to all cards of a template, and their history."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.mock.message import Refused
from harness.mock.vendors.luna.card import counted, per_cent
from harness.mock.vendors.luna.company import (
    CASHBACK,
    DISCOUNT,
    INSTALLED,
    STAMPS,
    SUBSCRIPTION,
    Card,
    Company,
)
from harness.mock.vendors.luna.field import text, whole
from harness.mock.vendors.luna.page import page_of

CARDS_A_PART = 10
PUSHES_A_PAGE = 10

Fields = Mapping[str, Any]

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_CLIENT: Mapping[str, Callable[[Card], Any]] = {
    "clientFName": lambda card: card.client.fname,
    "clientSName": lambda card: card.client.sname,
    "clientDateOfBirth": lambda card: card.client.born,
    "clientPhone": lambda card: card.client.phone,
    "clientEmail": lambda card: card.client.email,
}
_CARD: Mapping[str, tuple[frozenset[int], Callable[[Company, Card], Any]]] = {
    "passCurrentStamps": (frozenset({STAMPS, SUBSCRIPTION}), lambda c, card: _stamps(c, card)),
    "passTotalStamps": (frozenset({STAMPS}), lambda c, card: card.stamps),
    "passUnusedRewards": (frozenset({STAMPS}), lambda c, card: len(card.unused)),
    "passPoints": (frozenset({CASHBACK}), lambda c, card: counted(c, card, "points")),
    "passPersent": (frozenset({CASHBACK, DISCOUNT}), lambda c, card: per_cent(c, card)),
}
_SWAPPED = {"passPoints": "passPersent", "passPersent": "passPoints"}


async def send_info_push(company: Company, fields: Fields) -> dict[str, Any]:
    """Send a message to one card, or to the next part of those of a template."""
    segment = text(fields, "pushSegment")
    if segment == "oneClient":
        return _to_one(company, fields)
    if segment == "allClients":
        return _to_all(company, fields)
    raise Refused("invalid", "pushSegment is none of the two")


async def get_info_push_list(company: Company, fields: Fields) -> dict[str, Any]:
    """List the messages sent to a card, the latest first, ten a page."""
    card = company.card(text(fields, "passSerialNumber"))
    rows = page_of(company, fields, card.pushes[::-1], PUSHES_A_PAGE)
    return {"result": 1, "rows": list(rows)}


def _to_one(company: Company, fields: Fields) -> dict[str, Any]:
    serial, message = text(fields, "passSerialNumber"), text(fields, "messageText")
    card = company.card(serial)
    if _gets(company, card):
        _deliver(company, card, message)
    return {"result": 1}


def _to_all(company: Company, fields: Fields) -> dict[str, Any]:
    number, message = _template(company, fields), text(fields, "messageText")
    page = whole(fields, "page", least=0)
    clients = company.clients_of(company.template(number))
    cards = [card for card in map(company.card_of, clients) if card and _gets(company, card)]
    most = CARDS_A_PART + company.switches.has("push-part-of-eleven")
    part = cards[most * (max(page, 1) - 1) :][:most]
    for card in part:
        _deliver(company, card, message)
    count = most if company.switches.has("push-count-stays-full") else len(part)
    return {"numberOfRowsSelected": count}


def _template(company: Company, fields: Fields) -> int:
    """Return the number of a template, which may be written as a text here."""
    value = fields.get("idTemplate")
    if isinstance(value, str) and value.isdecimal():
        if company.switches.has("push-number-refused"):
            raise Refused("invalid", "idTemplate must be a number")
        return int(value)
    return whole(fields, "idTemplate")


def _gets(company: Company, card: Card) -> bool:
    return card.status == INSTALLED or company.switches.has("push-reaches-uninstalled")


def _deliver(company: Company, card: Card, message: str) -> None:
    card.pushes.append({**company.stamp(), "message": _written(company, card, message)})


def _written(company: Company, card: Card, message: str) -> str:
    """Fill in the variables; one that is unknown stays, one of another type of card is empty."""
    if company.switches.has("push-variables-raw"):
        return message

    def value(mark: re.Match[str]) -> str:
        name = mark[1]
        if company.switches.has("push-variables-swapped"):
            name = _SWAPPED.get(name, name)
        if name in _CLIENT:
            found = _CLIENT[name](card)
            return "" if found is None else str(found)
        if name not in _CARD:
            return mark[0]
        types, read = _CARD[name]
        return str(read(company, card)) if card.template.type in types else ""

    return _VARIABLE.sub(value, message)


def _stamps(company: Company, card: Card) -> int:
    if card.template.type == STAMPS:
        return card.stamps % card.template.stamps_most
    return counted(company, card, "visits")
