"""Luna: operations on clients, cards and pushes, and the requirements that each defect violates."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.mock.auth import same
from harness.mock.message import Refused, Reply, Request, json_of
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.luna import card, client, push
from harness.mock.vendors.luna.company import Company
from harness.mock.vendors.luna.opening import open_company

# The document names 1 to 5 only; the rest are this mock's own choice.
CODES: Mapping[str, int] = {
    "unauthorised": 1,
    "unknown_card": 2,
    "foreign_card": 3,
    "missing": 4,
    "already_there": 5,
    "unknown_template": 11,
    "unknown_client": 12,
    "not_enough_points": 13,
    "wrong_action": 14,
    "deleted": 15,
    "invalid": 16,
    "unknown_member": 17,
    "conflict": 18,
    "unknown_path": 404,
    "wrong_method": 405,
}

Handler = Callable[[Company, Mapping[str, Any]], Awaitable[Any]]

OPERATIONS: Mapping[str, tuple[str, Handler]] = {
    "get_templates": ("/getTemplates", client.get_templates),
    "create_client": ("/createClient", client.create_client),
    "search_client": ("/searchClient", client.search_client),
    "update_client": ("/updateClient", client.update_client),
    "create_pass": ("/createPass", card.create_pass),
    "get_pass_info": ("/getPassInfo", card.get_pass_info),
    "check_pass_exists_by_phone": ("/checkPassExistsByPhone", card.check_pass_exists_by_phone),
    "get_pass_info_by_phone": ("/getPassInfoByPhone", card.get_pass_info_by_phone),
    "get_client_passes_by_phone": ("/getClientPassesByPhone", card.get_client_passes_by_phone),
    "get_client_passes_by_email": ("/getClientPassesByEmail", card.get_client_passes_by_email),
    "send_info_push": ("/sendInfoPush", push.send_info_push),
    "get_info_push_list": ("/getInfoPushList", push.get_info_push_list),
    "get_template_client_passes": ("/getTemplateClientPasses", card.get_template_client_passes),
    "get_pass_operations": ("/getPassOperations", card.get_pass_operations),
    "get_client_info": ("/getClientInfo", client.get_client_info),
    "get_clients_list": ("/getClientsList", client.get_clients_list),
    "use_pass": ("/usePass", card.use_pass),
    "use_reward": ("/useReward", card.use_reward),
}

# What "one-operation-without-auth" leaves open.
UNGUARDED = "get_pass_info"

VIOLATED_REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "duplicate-client-phone": ("LUNA-IDEM-1",),
    "duplicate-client-email": ("LUNA-IDEM-2",),
    "taken-without-id": ("LUNA-IDEM-1", "LUNA-IDEM-2", "LUNA-IDEM-3"),
    "update-takes-contact": ("LUNA-IDEM-3",),
    "update-of-first-name-only": ("LUNA-STATE-12",),
    "contact-optional": ("LUNA-COND-1",),
    "unknown-card-accepted": ("LUNA-ERR-2",),
    "foreign-card-served": ("LUNA-ERR-3",),
    "foreign-card-as-unknown": ("LUNA-ERR-3",),
    "missing-as-invalid": ("LUNA-ERR-4",),
    "stamps-doubled": ("LUNA-BAL-1",),
    "reward-for-any-stamp": ("LUNA-BAL-2",),
    "reward-not-credited": ("LUNA-BAL-2",),
    "total-only-rises": ("LUNA-BAL-4", "LUNA-BAL-8"),
    "visit-not-deducted": ("LUNA-BAL-6",),
    "visit-without-points": ("LUNA-BAL-7",),
    "reward-not-written-off": ("LUNA-BAL-11",),
    "lifetime-stamps-fall": ("LUNA-BAL-12",),
    "rewards-overdrawn": ("LUNA-ATOM-1",),
    "reward-race": ("LUNA-ATOM-1",),
    "auto-reward-stays": ("LUNA-ATOM-2",),
    "reward-on-any-card": ("LUNA-COND-9",),
    "expiry-ignored": ("LUNA-COND-5",),
    "expiry-refused-on-coupons": ("LUNA-COND-5",),
    "fields-always-shown": ("LUNA-COND-10",),
    "existence-always-true": ("LUNA-STATE-4",),
    "foreign-cards-listed": ("LUNA-AUTH-4",),
    "page-holds-one-more": ("LUNA-PAGE-1", "LUNA-PAGE-2", "LUNA-PAGE-3", "LUNA-PAGE-4"),
    "customers-page-overlaps": ("LUNA-PAGE-1", "LUNA-PAGE-2", "LUNA-PAGE-3", "LUNA-PAGE-4"),
    "next-page-skips-one": ("LUNA-PAGE-1", "LUNA-PAGE-2", "LUNA-PAGE-3", "LUNA-PAGE-4"),
    "page-required": ("LUNA-PAGE-5",),
    "oldest-first": ("LUNA-PAGE-3",),
    "states-overlap": ("LUNA-PAGE-7",),
    "push-part-of-eleven": ("LUNA-BULK-1",),
    "push-count-stays-full": ("LUNA-BULK-2",),
    "push-reaches-uninstalled": ("LUNA-STATE-3",),
    "push-variables-raw": ("LUNA-STATE-1", "LUNA-STATE-2"),
    "push-variables-swapped": ("LUNA-STATE-2",),
    "push-number-refused": ("LUNA-LIM-4",),
    "equal-requests-merged": ("LUNA-IDEM-6",),
    "overdraft-allowed": ("LUNA-BAL-10",),
    "overdraft-race": ("LUNA-BAL-10",),
    "refused-burn-applied": ("LUNA-BAL-10",),
    "lost-update": ("LUNA-BAL-3",),
    "stale-read": ("LUNA-BAL-3",),
    "wrong-member-credited": ("LUNA-BAL-3",),
    "acked-not-applied": ("LUNA-BAL-3",),
    "double-apply-1-in-200": ("LUNA-BAL-3",),
    "negative-accepted": ("LUNA-LIM-3-SIGN",),
    "one-operation-without-auth": ("LUNA-AUTH-1",),
    "wrong-envelope-on-error": ("LUNA-ERR-1",),
    "error-500-on-missing-field": ("LUNA-ERR-1",),
}


def build(setting: Setting) -> Service:
    """Open the company with a new token and put its operations on their paths."""
    company, values = open_company(setting)
    routes = [
        Route(name, ("POST",), path, functools.partial(_serve, company, name, handler))
        for name, (path, handler) in OPERATIONS.items()
    ]
    return Service(
        base_path="/api/v1",
        routes=routes,
        secrets={"token": company.token},
        values=values,
        # A card can be made by anyone who holds the token, so nobody is given one.
        members=[],
        refuse=functools.partial(_refuse, company),
        switches=setting.switches,
    )


async def _serve(company: Company, name: str, handler: Handler, request: Request) -> Reply:
    open_to_all = name == UNGUARDED and company.switches.has("one-operation-without-auth")
    token = request.headers.get("x-access-token", "")
    if not (same(token, company.token) or open_to_all):
        raise Refused("unauthorised", "invalid token")
    fields = json_of(request) if request.body else {}
    if not isinstance(fields, dict):
        raise Refused("invalid", "the body is not an object")
    response = await handler(company, fields)
    return response if isinstance(response, Reply) else Reply(response)


def _refuse(company: Company, refusal: Refused) -> Reply:
    """Put a refusal into the error variable; only an unknown path or method shows in HTTP."""
    reason = refusal.reason
    if reason == "unknown_card" and company.switches.has("unknown-card-accepted"):
        return Reply({"result": 1})
    if reason == "missing" and company.switches.has("missing-as-invalid"):
        reason = "invalid"
    code = CODES[reason]
    status = code if reason in ("unknown_path", "wrong_method") else 200
    return Reply({"error": code}, status=status, refusal=refusal)
