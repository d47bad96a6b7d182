"""Loga: the twelve operations on members and points, and the rules each defect breaks."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.mock.message import Call, Fields, Refused, Reply, form_of
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.loga import account, points
from harness.mock.vendors.loga.shop import CARD, FOREIGN_CARD, Shop, open_shop

# The document names 200 and 503 only; the rest are this mock's own choice.
CODES: Mapping[str, int] = {
    "missing": 400,
    "invalid": 400,
    "unauthorised": 401,
    "not_enough_points": 402,
    "unknown_card": 403,
    "unknown_member": 404,
    "unknown_reward": 404,
    "unknown_formula": 404,
    "unknown_path": 404,
    "wrong_method": 405,
    "conflict": 409,
    "too_many_rows": 413,
    "unequal_rows": 422,
    "stopped": 503,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what answers it, and whether it needs a token and may be asked by GET."""

    path: str
    handler: Callable[[Shop, Fields], Awaitable[Any]]
    token: bool = True
    reads: bool = False


OPERATIONS: Mapping[str, Operation] = {
    "login": Operation("/main/login", account.login, token=False, reads=True),
    "logout": Operation("/main/logout", account.logout),
    "get_cards": Operation("/main/get_cards", account.get_cards, reads=True),
    "get_card_detail": Operation("/main/get_card_detail", account.get_card_detail, reads=True),
    "get_rewards": Operation("/main/get_rewards", account.get_rewards, token=False, reads=True),
    "get_customers": Operation("/main/get_customers", account.get_customers, reads=True),
    "get_customer_info": Operation(
        "/main/get_customer_info", account.get_customer_info, reads=True
    ),
    "add_customer_point": Operation("/points/add_customer_point", points.add_customer_point),
    "use_customer_point": Operation("/points/use_customer_point", points.use_customer_point),
    "bulk_add_point": Operation("/points/bulk_add_point", points.bulk_add_point),
    "bulk_use_point": Operation("/points/bulk_use_point", points.bulk_use_point),
    "create_ticket": Operation("/points/create_ticket", points.create_ticket),
}

# What "one-operation-without-auth" leaves open.
UNGUARDED = "get_customer_info"

BREAKS: Mapping[str, tuple[str, ...]] = {
    "no-dedupe": ("LOGA-IDEM-1", "LOGA-IDEM-3"),
    "no-dedupe-burn": ("LOGA-IDEM-2", "LOGA-IDEM-4"),
    "dedupe-race": ("LOGA-IDEM-1", "LOGA-IDEM-2"),
    "reference-consumed-by-refusal": ("LOGA-IDEM-13",),
    "references-fold-case": ("LOGA-BAL-13",),
    "references-cut-short": ("LOGA-BAL-13",),
    "replace-duplicate-adds": ("LOGA-IDEM-5", "LOGA-IDEM-6"),
    "replace-duplicate-ignored": ("LOGA-IDEM-5", "LOGA-IDEM-5-AMOUNT", "LOGA-IDEM-6-AMOUNT"),
    "replace-ignores-balance": ("LOGA-IDEM-6-FLOOR",),
    "equal-requests-merged": ("LOGA-IDEM-8", "LOGA-BAL-13"),
    "no-dedupe-in-bulk": ("LOGA-IDEM-10",),
    "bulk-forgets-single-references": ("LOGA-IDEM-9",),
    "bulk-limit-1001-accepted": ("LOGA-BULK-7",),
    "bulk-limit-999": ("LOGA-BULK-1", "LOGA-BULK-2"),
    "bulk-limit-cuts-silently": ("LOGA-BULK-7",),
    "bulk-unequal-arrays-accepted": ("LOGA-BULK-8",),
    "bulk-rolls-back": ("LOGA-BULK-5",),
    "bulk-continues-after-failure": ("LOGA-BULK-3", "LOGA-BULK-6"),
    "bulk-fail-at-off-by-one": ("LOGA-BULK-4", "AMB-LOGA-38"),
    "bulk-row-zero-omits-fail-at": ("LOGA-BULK-4", "LOGA-BULK-16"),
    "bulk-resend-doubles-prefix": ("LOGA-BULK-13", "LOGA-IDEM-3", "LOGA-IDEM-4"),
    "bulk-burn-checks-first-balance": ("LOGA-BULK-14",),
    "bulk-applies-out-of-order": ("LOGA-BULK-3", "LOGA-BULK-5", "LOGA-BULK-6"),
    "overdraft-allowed": ("LOGA-BAL-3",),
    "overdraft-race": ("LOGA-BAL-3",),
    "exact-balance-refused": ("LOGA-BAL-3",),
    "refused-burn-applied": ("LOGA-BAL-3", "LOGA-ERR-10"),
    "spurious-refusal": ("LOGA-BAL-3", "LOGA-ERR-11"),
    "lost-update": ("LOGA-BAL-13",),
    "stale-answer-balance": ("LOGA-BAL-1",),
    "stale-read": ("LOGA-BAL-13",),
    "wrong-member-credited": ("LOGA-BAL-13",),
    "acked-not-applied": ("LOGA-BAL-13",),
    "double-apply-1-in-200": ("LOGA-BAL-13",),
    "ticket-moves-points": ("LOGA-BAL-10",),
    "ticket-serial-repeats": ("LOGA-TICKET-1",),
    "cap-off-by-one": ("LOGA-LIM-1", "LOGA-LIM-3"),
    "cap-at-999999": ("LOGA-LIM-1", "LOGA-LIM-3"),
    "negative-accepted": ("LOGA-LIM-6",),
    "missing-remark-accepted": ("LOGA-ERR-9",),
    "missing-point-accepted": ("LOGA-COND-2", "LOGA-ERR-9"),
    "formula-ignored": ("LOGA-BAL-4",),
    "refusal-without-message": ("LOGA-ERR-1",),
    "wrong-envelope-on-error": ("LOGA-ERR-1", "LOGA-ERR-9"),
    "error-500-on-missing-field": ("LOGA-ERR-1", "LOGA-ERR-9"),
    "use-answers-data": ("LOGA-ERR-7", "LOGA-BAL-2"),
    "balance-as-text": ("LOGA-BAL-1", "LOGA-BULK-10", "LOGA-BULK-11"),
    "customers-page-overlaps": ("LOGA-PAGE-1",),
    "token-not-bound-to-uuid": ("LOGA-AUTH-2",),
    "token-survives-logout": ("LOGA-AUTH-3",),
    "second-login-ends-first": ("LOGA-AUTH-8",),
    "one-operation-without-auth": ("LOGA-AUTH-2",),
    "wrong-password-accepted": ("LOGA-AUTH-1",),
}


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
    plastic = next(member for member in shop.cards[CARD].members if member.pcard_id)
    return Service(
        base_path="/api",
        routes=routes,
        secrets={"user": shop.user, "password": shop.password},
        values={
            "uuid": shop.uuid,
            "card_id": CARD,
            "other_card_id": FOREIGN_CARD,
            "pcard_id": str(plastic.pcard_id),
            "plastic_ident": plastic.barcode,
        },
        members=[{"id": str(member.uid)} for member in shop.cards[CARD].members if member.uid],
        refuse=_refuse,
        flaws=setting.flaws,
        balance_places=(("data", "point", "now"), ("data", "users", "*", "point")),
        message_place=("msg",),
    )


async def _serve(shop: Shop, name: str, operation: Operation, call: Call) -> Reply:
    fields = form_of(call)
    if operation.token and not (name == UNGUARDED and shop.flaws.has("one-operation-without-auth")):
        shop.authorise(fields)
    data = await operation.handler(shop, fields)
    if isinstance(data, Reply):
        return data
    answer = {"code": 200, "msg": "ok"}
    return Reply(answer if data is None else {**answer, "data": data})


def _refuse(refusal: Refused) -> Reply:
    """Put a refusal into the envelope; only an unknown path or method shows in the HTTP status."""
    code = CODES[refusal.reason]
    status = code if refusal.reason in ("unknown_path", "wrong_method") else 200
    value: dict[str, Any] = {"code": code, "msg": refusal.message}
    return Reply(value, status=status, refusal=refusal)
