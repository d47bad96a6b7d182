"""TrueYou Privilege: nine operations, the token endpoint, and what each defect violates."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from harness.mock.message import Refused, Reply, Request, json_of
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.trueyou import card, coupons, points, programme, shapes, undo
from harness.mock.vendors.trueyou.access import PROJECT
from harness.mock.vendors.trueyou.fields import read
from harness.mock.vendors.trueyou.programme import Programme, open_programme

Handler = Callable[[Programme, Mapping[str, Any]], Awaitable[dict[str, Any]]]

BASE = "/trueyouprivilege/api/project/{projectId}"
OPERATIONS: Mapping[str, tuple[str, str, Handler]] = {
    "redeem_campaign": ("POST", "/redeems/campaign", points.redeem_campaign),
    "get_customer_card": ("GET", "/customers/card", card.get_customer_card),
    "earn_points": ("POST", "/points/earn", points.earn_points),
    "issue_points_wecampaign": ("POST", "/points/issue", points.issue_points_wecampaign),
    "mark_used": ("POST", "/redeems/mark-used", coupons.mark_used),
    "void_burn": ("POST", "/voids/burn", undo.void_burn),
    "void_earn": ("POST", "/voids/earn", undo.void_earn),
    "void_issue": ("POST", "/voids/issue", undo.void_issue),
    "multiple_redeem": ("POST", "/multiple-redeems/campaign", points.multiple_redeem),
}

VIOLATED_REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "no-dedupe": ("TY-IDEM-3",),
    "no-dedupe-burn": ("TY-IDEM-3",),
    "overdraft-allowed": ("TY-ERR-6", "LAW-FLOOR"),
    "overdraft-race": ("TY-LAW-RACE", "LAW-FLOOR"),
    "exact-balance-refused": ("TY-BAL-2", "LAW-CONSERVATION"),
    "refused-burn-applied": ("TY-BAL-4", "LAW-REFUSED-NO-EFFECT"),
    "spurious-refusal": ("TY-BAL-2", "LAW-CONSERVATION"),
    "lost-update": ("TY-BAL-2", "LAW-CONSERVATION"),
    "stale-response-balance": ("TY-BAL-1", "TY-BAL-11"),
    "stale-read": ("TY-BAL-2", "TY-BAL-11"),
    "wrong-member-credited": ("TY-BAL-2", "LAW-CONSERVATION"),
    "acked-not-applied": ("TY-BAL-2", "LAW-CONSERVATION"),
    "double-apply-1-in-200": ("TY-BAL-2", "LAW-CONSERVATION"),
    "refusal-without-message": ("TY-ERR-1",),
    "wrong-envelope-on-error": ("TY-ERR-1", "TY-ERR-2", "TY-ERR-3"),
    "error-500-on-missing-field": ("TY-ERR-1", "TY-ERR-2", "TY-ERR-3"),
    "balance-as-text": ("TY-BAL-1", "TY-BULK-2"),
    "one-operation-without-auth": ("TY-AUTH-1", "TY-AUTH-3"),
    "duplicate-void-applied": ("TY-VOID-7", "LAW-VOID-RESTORES"),
    "void-race": ("TY-VOID-7", "LAW-VOID-RESTORES"),
    "burn-void-overwrites": ("TY-LAW-VOID-RACE", "LAW-CONSERVATION"),
    "issue-void-overwrites": ("TY-LAW-VOID-RACE", "TY-VOID-9", "LAW-CONSERVATION"),
    "void-without-effect": ("TY-VOID-1", "TY-VOID-2", "TY-VOID-3"),
    "unknown-void-accepted": ("TY-VOID-5",),
    "void-returns-number": ("TY-VOID-4",),
    "duplicate-issue-void-accepted": ("TY-VOID-6",),
    "coupon-reusable": ("TY-ATOM-1", "LAW-COUPON-ONCE"),
    "coupon-race": ("TY-ATOM-1", "LAW-COUPON-ONCE"),
    "coupon-of-any-campaign": ("TY-ATOM-2",),
    "coupon-number-repeats": ("TY-ATOM-6", "LAW-DISTINCT-COUPONS"),
    "use-quantity-stays": ("TY-ATOM-3",),
    "used-coupon-shown-new": ("TY-ATOM-4",),
    "coupons-shown-unasked": ("TY-COND-9",),
    "refused-use-counts": ("TY-ATOM-5-EFFECT",),
    "multiple-redeem-partial-on-invalid": ("TY-BULK-3-EFFECT",),
    "multiple-redeem-partial-on-balance": ("TY-BULK-3-EFFECT",),
    "detail-left-out": ("TY-BULK-1",),
    "points-without-sign": ("TY-BAL-1",),
    "pockets-drift": ("TY-BAL-3",),
    "satang-taken-for-baht": ("TY-BAL-7",),
    "multiplier-ignored": ("TY-BAL-9", "TY-COND-12"),
    "campaign-ignored": ("TY-COND-5",),
    "non-member-redeems": ("TY-COND-11",),
    "length-above-accepted": ("TY-LIM-1", "TY-LIM-5", "TY-LIM-6"),
    "length-limit-refused": ("TY-LIM-1", "TY-LIM-4", "TY-LIM-5", "TY-LIM-6"),
    "foreign-type-accepted": ("TY-LIM-2", "TY-LIM-3"),
    "channel-not-checked": ("TY-ERR-10",),
    "ambiguous-location-accepted": ("TY-COND-2",),
    "uniform-refusal-shape": ("TY-ERR-2", "TY-ERR-3", "TY-ERR-5"),
    "not-found-as-500": ("TY-ERR-11",),
    "status-field-differs": ("TY-ERR-6", "TY-ERR-7", "TY-ERR-8"),
    "timestamp-without-offset": ("TY-ERR-1",),
    "violations-cut-short": ("TY-ERR-4",),
    "reference-code-repeats": ("TY-ERR-23",),
    "scope-not-checked": ("TY-AUTH-2", "TY-AUTH-3", "TY-AUTH-4", "TY-AUTH-6", "TY-AUTH-7"),
    "partial-scopes-accepted": ("TY-AUTH-5",),
    "expired-token-accepted": ("TY-AUTH-1",),
}


def build(setting: Setting) -> Service:
    """Open a programme with new credentials and put its operations on their paths."""
    opened = open_programme(setting)
    routes = [
        Route(name, (method,), BASE + path, functools.partial(_serve, opened, name, handler))
        for name, (method, path, handler) in OPERATIONS.items()
    ]
    routes.append(Route("token", ("POST",), "/uaa/oauth/token", opened.desk.token))
    by_account = {customer.account: customer for customer in opened.customers.values()}
    nobody, guest, *members = by_account.values()
    return Service(
        base_path="",
        routes=routes,
        secrets={
            "client_id": opened.desk.client_id,
            "client_secret": opened.desk.client_secret,
        },
        values={
            **_values(),
            "nonmember": nobody.numbers["THAIID"],
            "phone": guest.numbers["TMH"],
            "trueid": guest.numbers["TRUEID"],
        },
        members=[
            {"id": member.account, "type": "THAIID", "no": member.numbers["THAIID"]}
            for member in members
        ],
        refuse=shapes.no_operation,
        switches=setting.switches,
        balance_places=(("balance",), ("details", "*", "balance")),
        message_place=("message",),
        clock=setting.clock,
    )


async def _serve(opened: Programme, name: str, handler: Handler, request: Request) -> Reply:
    try:
        opened.desk.admit(name, request)
        raw = dict(parse_qsl(request.query)) if request.method == "GET" else json_of(request)
        return Reply(await handler(opened, read(name, raw, opened.switches)))
    except Refused as refusal:
        return shapes.refuse(name, refusal, request, opened.switches)


BAHT_A_UNIT = programme.PLANS[programme.PLAN].price * programme.BAHT_A_POINT
"""What has to be spent for the points of one piece of the usual price plan."""


def _values() -> dict[str, str]:
    errors = programme.FAILING_REDEMPTIONS
    return {
        "project": PROJECT,
        "channel": programme.CHANNELS[0],
        "price_plan": programme.PLAN,
        "second_plan": programme.SECOND_PLAN,
        "free_plan": programme.FREE_PLAN,
        "many_plan": programme.MANY_PLAN,
        "failing_plan": programme.FAILING_PLAN,
        "baht_a_unit": str(BAHT_A_UNIT),
        "satang_a_unit": str(100 * BAHT_A_UNIT),
        "baht_with_decimals": f"{BAHT_A_UNIT}.5",
        "action": "DEFAULT",
        "failing_action": programme.FAILING_ACTION,
        "partner": programme.PARTNER,
        "terminal": programme.TERMINAL,
        "location": programme.LOCATION,
        "shared_location": programme.SHARED_LOCATION,
        "bonus_location": programme.BONUS_LOCATION,
        "campaign": programme.CAMPAIGN,
        "failing_redemption": next(n for n, (why, _) in errors.items() if why.endswith("error")),
        "empty_redemption": next(n for n, (why, _) in errors.items() if why.endswith("empty")),
        "lost_redemption": next(n for n, (_, text) in errors.items() if text.endswith("found")),
        "refused_redemption": next(n for n, (_, text) in errors.items() if "channel" in text),
    }
