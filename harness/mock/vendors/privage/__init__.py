"""Privage: its operations in two generations, and the requirements that each defect violates."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.mock.message import Refused, Reply, Request
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.privage import access, coupons, lists, points
from harness.mock.vendors.privage.business import (
    AUTO,
    GENERATE,
    IMPORT,
    SPEND,
    STATIC_CODE,
    VALUE_PER_POINT,
    Business,
    open_business,
)
from harness.mock.vendors.privage.fields import OLD

# 400 for a page too large, 401 and 201 are published; the rest are this mock's own choice.
CODES: Mapping[str, int] = {
    "missing": 400,
    "invalid": 400,
    "too_many_rows": 400,
    "not_enough_points": 400,
    "unauthorised": 401,
    "forbidden": 403,
    "unknown_member": 404,
    "unknown_transaction": 404,
    "unknown_set": 404,
    "unknown_coupon": 404,
    "unknown_path": 404,
    "wrong_method": 405,
    "already_voided": 409,
    "already_used": 409,
    "not_given": 409,
    "no_coupon_left": 409,
}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
}
GENERATIONS: Mapping[str, str] = {"": "/v2/connect", "_v1": OLD}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: where it stands below a generation's prefix, and what handles it."""

    method: str
    path: str
    handler: Callable[[Business, Request], Awaitable[dict[str, Any]]]


OPEN: Mapping[str, Operation] = {
    "generate_exchange_token": Operation(
        "POST", "/v1/auth-connect/exchange-token", access.generate_exchange_token
    ),
    "exchange_access_token": Operation(
        "POST", "/v1/auth-connect/token", access.exchange_access_token
    ),
    "renew_access_token": Operation("POST", "/v1/auth-connect/refresh", access.renew_access_token),
    "get_access_token": Operation("POST", "/v1/auth-connect/access-token", access.get_access_token),
}
CONNECT: Mapping[str, Operation] = {
    "get_addon_status": Operation("GET", "/extension-config", lists.get_addon_status),
    "get_campaign": Operation("GET", "/campaigns", lists.get_campaign),
    "get_profile": Operation("GET", "/profiles", lists.get_profile),
    "get_transaction": Operation("GET", "/transactions", points.get_transaction),
    "add_point": Operation("POST", "/add/points", points.add_point),
    "burn_point": Operation("POST", "/burn/points", points.burn_point),
    "void_transaction_by_id": Operation(
        "DELETE", "/void/points/{transactionUuid}", points.void_by_id
    ),
    "void_transaction_by_refno": Operation(
        "DELETE", "/void/points/ref-no/{refNo}", points.void_by_ref_no
    ),
    "void_transaction_by_refid": Operation(
        "DELETE", "/void/points/ref-id/{refId}", points.void_by_ref_id
    ),
    "get_coupon_set": Operation("GET", "/coupon/sets", coupons.get_coupon_set),
    "create_coupon_set": Operation("POST", "/coupon/sets", coupons.create_coupon_set),
    "give_coupon": Operation("POST", "/coupon/give", coupons.give_coupon),
    "get_give_coupon_history": Operation(
        "GET", "/coupon/members/{memberId}", coupons.get_give_coupon_history
    ),
    "void_give_coupon": Operation("DELETE", "/coupon/void/{couponUuid}", coupons.void_give_coupon),
    "check_coupon": Operation("GET", "/coupon/check", coupons.check_coupon),
    "mark_use_coupon": Operation("POST", "/coupon/use", coupons.mark_use_coupon),
}

VIOLATED_REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "exchange-token-reusable": ("PRIV-AUTH-1",),
    "exchange-token-race": ("PRIV-AUTH-1",),
    "exchange-token-expires-late": ("PRIV-AUTH-2",),
    "exchange-token-expires-early": ("PRIV-AUTH-2",),
    "connect-token-issues-exchange-tokens": ("PRIV-PUB-MAKER",),
    "renewal-requires-header": ("PRIV-AUTH-4",),
    "renewal-requires-valid-token": ("PRIV-AUTH-4",),
    "expired-token-forbidden": ("PRIV-ERR-1",),
    "expired-token-accepted": ("PRIV-ERR-1",),
    "one-operation-without-auth": ("PRIV-PUB-BEARER",),
    "wrong-envelope-on-error": ("PRIV-PUB-JSON",),
    "equal-requests-merged": ("LAW-CONSERVATION",),
    "overdraft-allowed": ("PRIV-BAL-3",),
    "overdraft-race": ("PRIV-BAL-3",),
    "refused-burn-applied": ("PRIV-BAL-3",),
    "spurious-refusal": ("PRIV-BAL-4",),
    "lost-update": ("PRIV-BAL-4",),
    "stale-read": ("LAW-READS", "LAW-CONSERVATION"),
    "wrong-member-credited": ("PRIV-BAL-4",),
    "acked-not-applied": ("PRIV-BAL-4",),
    "double-apply-1-in-200": ("PRIV-BAL-4",),
    "value-added-unconverted": ("PRIV-BAL-1",),
    "points-converted-too": ("PRIV-BAL-1",),
    "value-optional": ("PRIV-COND-1",),
    "burn-response-without-card": ("PRIV-PUB-BURNED",),
    "burn-message-as-number": ("PRIV-PUB-BURNED",),
    "duplicate-void-applied": ("PRIV-VOID-5", "PRIV-VOID-6"),
    "void-race": ("PRIV-VOID-5",),
    "void-without-effect": ("PRIV-VOID-6",),
    "void-doubles-points": ("PRIV-VOID-6",),
    "void-by-reference-takes-newest": ("PRIV-VOID-3",),
    "old-void-without-effect": ("PRIV-VOID-6",),
    "span-end-ignored": ("PRIV-PUB-SPAN",),
    "span-end-inside": ("PRIV-PUB-SPAN",),
    "span-start-outside": ("PRIV-PUB-SPAN",),
    "offset-time-accepted": ("PRIV-PUB-UTC",),
    "page-of-1001-accepted": ("PRIV-PUB-SIZE",),
    "page-of-1000-refused": ("PRIV-PUB-SIZE",),
    "next-page-skips-one": ("PRIV-PAGE-1", "PRIV-PAGE-2", "PRIV-PAGE-3"),
    "transactions-page-overlaps": ("PRIV-PAGE-3",),
    "every-third-transaction-missing": ("PRIV-PAGE-3",),
    "first-page-of-50": ("PRIV-PUB-FIRST",),
    "set-pages-identical": ("PRIV-PAGE-1",),
    "history-of-all-members": ("PRIV-PAGE-2",),
    "history-page-overlaps": ("PRIV-PAGE-2",),
    "old-set-of-stock": ("PRIV-COND-3",),
    "created-set-of-stock": ("PRIV-COND-3",),
    "coupon-code-repeats": ("PRIV-ATOM-4",),
    "coupon-code-race": ("PRIV-ATOM-4",),
    "coupon-number-repeats": ("PRIV-ATOM-4",),
    "old-mark-without-effect": ("PRIV-ATOM-2",),
    "coupon-reusable": ("PRIV-ATOM-2",),
    "coupon-race": ("PRIV-ATOM-1",),
    "voided-coupon-usable": ("PRIV-VOID-9",),
    "voided-coupon-stays-with-member": ("PRIV-PUB-POOL",),
    "static-code-accepted": ("PRIV-COND-2",),
}


def build(setting: Setting) -> Service:
    """Open a business with new credentials and put its operations on their paths."""
    business = open_business(setting)
    routes = [
        Route(name, (one.method,), one.path, functools.partial(_serve, business, name, one, False))
        for name, one in OPEN.items()
    ]
    routes += [
        Route(
            f"{name}{suffix}",
            (one.method,),
            f"{prefix}{one.path}",
            functools.partial(_serve, business, f"{name}{suffix}", one, True),
        )
        for suffix, prefix in GENERATIONS.items()
        for name, one in CONNECT.items()
    ]
    sets = {made.type: made.id for made in business.sets.values()}
    return Service(
        base_path="",
        routes=routes,
        secrets={
            "api_key": business.api_key,
            "api_secret": business.api_secret,
            "management_token": business.management_token,
        },
        values={
            "business_code": "example",
            "addon_id": "addon-1",
            "coupon_set_id": sets[AUTO],
            "import_set_id": sets[IMPORT],
            "generate_set_id": sets[GENERATE],
            "static_code": STATIC_CODE,
            "spend": str(SPEND),
            "spend_points": str(SPEND // VALUE_PER_POINT),
            "token_ends_in_two_hours": "yes",
        },
        members=[
            {"id": one.card_no, "phone_number": one.phone_number, "member_id": one.id}
            for one in business.members
        ],
        refuse=_refuse,
        switches=setting.switches,
        message_place=("message",),
        clock=setting.clock,
    )


async def _serve(
    business: Business, name: str, operation: Operation, guarded: bool, request: Request
) -> Reply:
    if guarded:
        access.admit(business, name, request)
    value = await operation.handler(business, request)
    return Reply(value, status=201 if operation.method == "POST" else 200)


def _refuse(refusal: Refused) -> Reply:
    code = CODES[refusal.reason]
    value = {"statusCode": code, "message": refusal.message, "error": _TITLES[code]}
    return Reply(value, status=code, refusal=refusal)
