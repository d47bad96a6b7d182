"""Loga: the forty operations, and the requirements that each defect violates."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from harness.mock.message import Refused, Reply, Request, form_of
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.loga.defects import VIOLATED_REQUIREMENTS
from harness.mock.vendors.loga.operation import DESK, DOWNLOAD, OPERATIONS, POST, Operation
from harness.mock.vendors.loga.shop import CARD, FOREIGN_CARD, SECOND_CARD, Shop
from harness.mock.vendors.loga.stock import (
    BLANK_BARCODE,
    POOR,
    SCANNED,
    STRANGER,
    board_of,
    open_shop,
)

__all__ = ["VIOLATED_REQUIREMENTS", "OPERATIONS", "build"]

# The document names 200, 403 and 503 only; the rest are this mock's own choice.
CODES: Mapping[str, int] = {
    "missing": 400,
    "invalid": 400,
    "unauthorised": 401,
    "not_enough_points": 402,
    "unknown_card": 403,
    "unknown_member": 404,
    "unknown_reward": 404,
    "unknown_formula": 404,
    "unknown_level": 404,
    "unknown_credit": 404,
    "unknown_code": 404,
    "unknown_coupon": 404,
    "unknown_transaction": 404,
    "unknown_board": 404,
    "unknown_message": 404,
    "unknown_merchant": 404,
    "unknown_post": 404,
    "unknown_path": 404,
    "wrong_method": 405,
    "conflict": 409,
    "too_many_rows": 413,
    "unequal_rows": 422,
    "stopped": 503,
}

# What "one-operation-without-auth" leaves open.
UNGUARDED = "get_customer_info"


def build(setting: Setting) -> Service:
    """Open a shop with new credentials and put its operations on their paths."""
    shop = open_shop(setting)
    routes = [
        Route(
            name,
            ("GET", "POST") if operation.reads else ("POST",),
            operation.path,
            functools.partial(_serve, shop, name, operation),
        )
        for name, operation in OPERATIONS.items()
    ]
    card = shop.cards[CARD]
    plastic = next(iter(card.plastics.values()))
    board = board_of(shop)
    return Service(
        base_path="/api",
        routes=routes,
        secrets={"user": shop.user, "password": shop.password},
        values={
            "uuid": shop.uuid,
            "card_id": CARD,
            "other_card_id": FOREIGN_CARD,
            "second_card_id": SECOND_CARD,
            "pcard_id": str(plastic.id),
            "plastic_ident": plastic.barcode,
            "plastic_serial": plastic.serial,
            "blank_barcode": BLANK_BARCODE,
            "stranger": STRANGER,
            "credit_id": "701",
            "other_credit_id": "702",
            "coupon_id": "401",
            "coupon_count": "6",
            "level_id": "2",
            "formula_cost": "250",
            "formula_points": "10",
            "scanned_serial": SCANNED,
            "poor_serial": POOR,
            "transaction_id": str(next(iter(card.activities))),
            "board_id": str(board.id),
            "board_uid": str(board.uid),
            "message_id": str(board.messages[0].id),
            "post_id": next(iter(card.posts)),
        },
        members=[{"id": str(member.uid)} for member in card.members if member.uid],
        refuse=_refuse,
        switches=setting.switches,
        balance_places=(
            ("data", "point", "now"),
            ("data", "users", "*", "point"),
            ("data", "credits", "current"),
            ("data", "credits", "*", "current_amount"),
        ),
        message_place=("msg",),
        clock=setting.clock,
    )


async def _serve(shop: Shop, name: str, operation: Operation, request: Request) -> Reply:
    fields = form_of(request)
    try:
        if operation.token and not (
            name == UNGUARDED and shop.switches.has("one-operation-without-auth")
        ):
            shop.authorise(fields)
        data = await operation.handler(shop, fields)
    except Refused as refusal:
        return _refused(shop, operation, refusal)
    if isinstance(data, Reply):
        return data
    if operation.family == DESK:
        return Reply({"result_code": 200, "result": data})
    response = {"code": 200, "msg": "ok"}
    return Reply(response if data is None else {**response, "data": data})


def _refused(shop: Shop, operation: Operation, refusal: Refused) -> Reply:
    """Put a refusal into the envelope of the operation's family."""
    if operation.family == DOWNLOAD:
        code = 400 if shop.switches.has("download-error-code") else 403
        return Reply({"code": code, "msg": refusal.message}, refusal=refusal)
    if operation.family == DESK and not shop.switches.has("desk-error-envelope"):
        done = {"result": "Fail"} if operation.says_success else {}
        value = {"result_code": CODES[refusal.reason], "msg": refusal.message, **done}
        return Reply(value, refusal=refusal)
    if operation.family == POST and not shop.switches.has("post-returns-code"):
        return Reply({"result": "Fail", "msg": refusal.message}, refusal=refusal)
    return _refuse(refusal)


def _refuse(refusal: Refused) -> Reply:
    """Put a refusal into the envelope; only an unknown path or method shows in the HTTP status."""
    code = CODES[refusal.reason]
    status = code if refusal.reason in ("unknown_path", "wrong_method") else 200
    value: dict[str, Any] = {"code": code, "msg": refusal.message}
    return Reply(value, status=status, refusal=refusal)
