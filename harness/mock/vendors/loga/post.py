"""Loga's operations on the posts of a card."""

from __future__ import annotations

from harness.mock.message import Fields, Refused, Reply
from harness.mock.vendors.loga.number import whole
from harness.mock.vendors.loga.shop import Shop


async def postmsg(shop: Shop, fields: Fields) -> Reply:
    """Publish a post with a text or an image; its number comes as an extra."""
    card = shop.card(fields)
    for name in ("fromdate", "todate"):
        text = fields.get(name)
        if text is not None:
            whole(text, name, least=0)
    detail, image = fields.get("detail"), fields.files.get("image") or fields.get("image")
    if detail is None and not image:
        raise Refused("missing", "image or detail is required")
    number = str(shop.numbers())
    card.posts[number] = detail or ""
    return _done(shop, {"post_id": number})


async def removemsg(shop: Shop, fields: Fields) -> Reply:
    """Take a post away."""
    card = shop.card(fields)
    if card.posts.pop(fields.need("post_id"), None) is None:
        raise Refused("unknown_post", "no such post")
    return _done(shop, {})


def _done(shop: Shop, extra: dict[str, str]) -> Reply:
    number = {"code": 200} if shop.switches.has("post-returns-code") else {}
    return Reply({"result": "Success", **number, **extra})
