"""Privage's other reads: the add-on's plan, campaigns, and members with their cards."""

from __future__ import annotations

from typing import Any

from harness.mock.message import Request
from harness.mock.vendors.privage.business import Business, Member
from harness.mock.vendors.privage.fields import page_of, query_of

_CAMPAIGNS = tuple(
    {
        "id": f"c-{year}",
        "name": name,
        "status": "ENDED" if year < 2026 else "ACTIVE",
        "start_date": f"{year}-01-01T00:00:00.000Z",
        "end_date": f"{year + 1}-01-01T00:00:00.000Z",
    }
    for year, name in ((2024, "Opening"), (2025, "Rainy season"), (2026, "Every 25 Baht"))
)


async def get_addon_status(business: Business, request: Request) -> dict[str, Any]:
    """Show the active subscription."""
    return {
        "status": "ACTIVE",
        "start_date": "2026-01-01T00:00:00.000Z",
        "end_date": "2030-01-01T00:00:00.000Z",
        "addon": {"id": "addon-1", "name": "Harness", "code": "harness"},
        "app_connect": {"enabled": True},
        "business": {"id": "b-1", "name": "Example Shop", "code": "example"},
    }


async def get_campaign(business: Business, request: Request) -> dict[str, Any]:
    """List the campaigns."""
    return page_of(list(_CAMPAIGNS), query_of(request))


async def get_profile(business: Business, request: Request) -> dict[str, Any]:
    """List the members, those of a phone number or a card where one is named."""
    query = query_of(request)
    phone, card = query.get("phone_number"), query.get("card_no")
    found = list(business.members)
    if card:
        named = business.cards.get(card)
        found = [] if named is None else [named]
    if phone:
        found = [member for member in found if member.phone_number == phone]
    page = page_of(found, query)
    return {**page, "data": [_shown(business, member) for member in page["data"]]}


def _shown(business: Business, member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "phone_number": member.phone_number,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": None,
        "birthday": member.birthday,
        "gender": member.gender,
        "cards": [
            {
                "card_no": member.card_no,
                "card_name": "Member card",
                "points": business.processor.look(business.book, member.card_no),
                "expired_at": None,
            }
        ],
        "other_data": [{"name": "Favourite branch", "value": "Siam"}],
    }
