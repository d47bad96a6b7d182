"""The made-up vendor's club: members are enrolled by two requests and have cards of two kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.acme.ledger import Received, Reply

PAGE_SIZE = 3
GOLD = 1

Fields = Mapping[str, Any]


class Cards:
    """Cards without a key against repeats; the next `refusals` who want to join may not."""

    OPERATIONS = frozenset({"join", "issue", "use_card", "read_card", "list_cards"})

    def __init__(self) -> None:
        self.members: list[Fields] = []
        self.cards: dict[str, dict[str, Any]] = {}
        self.refusals = 0.0

    def reply(self, received: Received) -> Reply:
        """Handle one request."""
        return Reply(200, {"code": 200, **getattr(self, f"_{received.operation}")(received.fields)})

    def _join(self, fields: Fields) -> dict[str, Any]:
        if self.refusals:
            self.refusals -= 1
            return {"code": 409}
        if any(one["phone"] == fields["phone"] for one in self.members):
            return {"code": 409}
        self.members.append(fields)
        return {"user": len(self.members)}

    def _issue(self, fields: Fields) -> dict[str, Any]:
        serial = f"card-{fields['user']}"
        self.cards[serial] = {"points": 0, "visits": 0, "plan": fields["plan"]}
        return {"serial": serial}

    def _use_card(self, fields: Fields) -> dict[str, Any]:
        card = self.cards[fields["card"]]
        change = fields["sum"] if fields["action"] == "add" else -fields["sum"]
        if card[_counter(card)] + change < 0:
            return {"code": 400}
        card[_counter(card)] += change
        return {}

    def _read_card(self, fields: Fields) -> dict[str, Any]:
        card = self.cards[fields["card"]]
        return {_counter(card): card[_counter(card)]}

    def _list_cards(self, fields: Fields) -> dict[str, Any]:
        begin = PAGE_SIZE * (fields["page"] - 1)
        return {"rows": [{"serial": serial} for serial in list(self.cards)[begin:][:PAGE_SIZE]]}


def _counter(card: Mapping[str, Any]) -> str:
    return "points" if card["plan"] == GOLD else "visits"
