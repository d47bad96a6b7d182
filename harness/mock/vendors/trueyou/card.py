"""TrueYou's customer card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from harness.mock.message import Refused
from harness.mock.vendors.trueyou.programme import Customer, Programme

_LEVELS: Mapping[str, tuple[str, str]] = {
    "W": ("WHITE", "CLASSIC"),
    "Y": ("GREEN", "CLASSIC"),
    "O": ("BLUE", "CLASSIC"),
    "G": ("RED", "RED"),
    "P": ("BLACK", "BLACK"),
    "B": ("BLACK", "BLACK"),
    "A": ("BLACK", "BLACK"),
    "V": ("BLACK", "BLACK"),
}


async def get_customer_card(programme: Programme, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Show a customer with the points that count and the pockets they lie in."""
    channel = fields.get("channel", "RPP")
    programme.check_channel(channel)
    if "customerIdnNo" not in fields or "idnType" not in fields:
        raise Refused("unknown_member", "nobody is named")
    who = {"identifierType": fields["idnType"], "identifierNo": fields["customerIdnNo"]}
    customer = programme.customer(who)
    balance = programme.processor.look(programme.book, customer.account)
    return {
        "code": 200,
        **dict.fromkeys(("description", "service_desc", "ext_transaction_id", "method")),
        "channel": channel,
        "transaction_id": None,
        "pointBalance": balance,
        "moreInfo": _more(programme, customer),
    }


def _more(programme: Programme, customer: Customer) -> dict[str, Any]:
    colour, level = _LEVELS[customer.grade]
    return {
        "isMember": "Y" if customer.member else "N",
        "isTrueProduct": "Y",
        "isTrueCard": "Y",
        "cardInfo": {
            "cardStatus": "A",
            "cardType": colour,
            "cardId": customer.numbers["TRUECARD"],
            "cardExpired": _moment(datetime(datetime.now(UTC).year + 3, 6, 30, tzinfo=UTC)),
            "customerName": customer.name,
        },
        "accountGrade": {
            "cardType": customer.grade,
            "customerType": "NOR",
            "level": level,
            "reasonCode": "014",
        },
        "additionalData": {
            "arpa": 249,
            "aging": 18,
            "cardDeliveryStatus": None,
            "cardRequestCount": 0,
        },
        "pointPockets": _pockets(programme, customer),
    }


def _pockets(programme: Programme, customer: Customer) -> list[dict[str, Any]]:
    """Return the points by the day they end, the first to end first."""
    points: Counter[int] = Counter()
    for ends, _, left in programme.book.accounts[customer.account].lots:
        points[ends] += left
    if points and programme.switches.has("pockets-drift"):
        points[min(points)] += 1
    return [
        {"description": None, "balance": left, "expire": _moment(datetime.fromtimestamp(ends, UTC))}
        for ends, left in sorted(points.items())
    ]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"
