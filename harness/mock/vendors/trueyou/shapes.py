"""The shapes of TrueYou's refusals, by operation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.message import Refused, Reply, Request
from harness.mock.vendors.trueyou.fields import Missing

# Reason to name, text (None: the refusal's own) and status. The page shows the names; where it
# shows none for a reason (invalid, conflict, not_a_member), the general one is this mock's choice.
CLM: Mapping[str, tuple[str, str | None, int]] = {
    "missing": ("MISSING_MANDATORY_PARAMETER", "Missing mandatory parameter.", 500),
    "invalid": ("TRN_PROCESSOR_ERROR", "Transaction Processor error.", 500),
    "conflict": ("TRN_PROCESSOR_ERROR", "Transaction Processor error.", 500),
    "not_a_member": ("TRN_PROCESSOR_ERROR", "Transaction Processor error.", 500),
    "processor": ("TRN_PROCESSOR_ERROR", "Transaction Processor error.", 500),
    "unknown_plan": ("ORDER_INVALID_PRICE_PLAN", "Invalid price plan", 500),
    "not_enough_points": ("TRN_NOT_ENOUGH_POINTS", "Not enough points", 500),
    "invalid_channel": ("INVALID_CHANNEL_PARAMETER", "Invalid channel parameter", 500),
    "unknown_member": (
        "IDENTIFIER_BY_NUMBER_AND_TYPE_NOT_FOUND",
        "IDENTIFIER_BY_NUMBER_AND_TYPE_NOT_FOUND",
        404,
    ),
    "invalid_coupon": ("TRN_INVALID_COUPON", "Provided in request coupon in not valid.", 500),
    "coupon_used": (
        "TRN_INVALID_STATUS_COUPON",
        "Provided coupon has invalid status to process transaction.",
        500,
    ),
    "unknown_transaction": ("NOT_FOUND", None, 404),
}

# Reason to code and title (None: the refusal's own); 500001, 500002 and 500005 stand on no page.
PROBLEMS: Mapping[str, tuple[str, str | None, int]] = {
    "missing": ("500001", "Required field is missing", 500),
    "invalid": ("500001", "Field has an invalid value", 500),
    "conflict": ("500005", "Transaction number belongs to another transaction", 500),
    "unknown_member": ("500002", "IDENTIFIER_BY_NUMBER_AND_TYPE_NOT_FOUND", 404),
    "no_campaign": ("500003", "Promotion Campaign not found", 500),
    "campaign_search": ("500004", "Promotion Campaign search return error", 500),
    "already_voided": ("500007", "Error redemption transaction was already voided", 500),
    "redemption_empty": ("500008", "Promotion redemption return without Action Transaction", 500),
    "redemption_error": ("500010", "Promotion redemption return with error", 500),
    "upstream": ("500011", None, 500),
    "not_enough_points": ("500011", "Not enough points", 500),
    "unknown_redemption": ("500013", "Promotion redemption transaction not found", 500),
}
_WRAPPED = "Error when void issued point from third party"
_UPSTREAM: Mapping[str, str] = {
    "get_customer_card": "/B2B/profile/customers/customerIdnNo={no}/ext",
    "mark_used": "/B2B/trnprocessor/identifiers/ext-coupon-redemptions",
    "void_burn": "/B2B/trnprocessor/transactions/prtTrnNo={no}/ext-reverse",
    "void_earn": "/B2B/trnprocessor/transactions/prtTrnNo={no}/ext-reverse",
}
_USUAL_UPSTREAM = "/B2B/trnprocessor/identifiers/no={no}/ext-redemptions"
_ZONE = timezone(timedelta(hours=7))
_CONSTRAINT = "https://www.jhipster.tech/problem/constraint-violation"


def refuse(operation: str, refusal: Refused, request: Request, switches: Switches) -> Reply:
    """Return a refusal in the shape of its operation."""
    if refusal.reason in ("unauthorised", "forbidden"):
        return _without_access(refusal)
    make = _SHAPES.get(operation, _clm)
    if make is not _clm and switches.has("uniform-refusal-shape"):
        make = _clm
    value, status = make(operation, refusal, request, switches)
    if refusal.reason == "unknown_member" and switches.has("not-found-as-500"):
        value, status = {**value, "status": 500}, 500
    if switches.has("status-field-differs"):
        value = {**value, "status": 200}
    return Reply(value, status=status, refusal=refusal)


def no_operation(refusal: Refused) -> Reply:
    """Return the response to a path or method that is no operation's."""
    status = 405 if refusal.reason == "wrong_method" else 404
    return Reply({"status": status, "title": refusal.message}, status=status, refusal=refusal)


def _without_access(refusal: Refused) -> Reply:
    if refusal.reason == "forbidden":
        value = {"error": "insufficient_scope", "error_description": refusal.message}
        return Reply(value, status=403, refusal=refusal)
    value = {"error": "invalid_token", "error_description": refusal.message}
    return Reply(value, status=401, refusal=refusal)


def _clm(
    operation: str, refusal: Refused, request: Request, switches: Switches
) -> tuple[dict[str, Any], int]:
    name, message, status = CLM.get(refusal.reason, CLM["processor"])
    now = datetime.now(_ZONE)
    text = now.isoformat(timespec="milliseconds")
    path = _UPSTREAM.get(operation, _USUAL_UPSTREAM).replace("{no}", "-")
    value = {
        "error": name,
        "message": refusal.message if message is None else message,
        "path": path,
        "status": status,
        "timestamp": text[:-6] if switches.has("timestamp-without-offset") else text,
        "businessError": None,
        "requestToken": "" if operation == "mark_used" else None,
    }
    return value, status


def _issue(
    operation: str, refusal: Refused, request: Request, switches: Switches
) -> tuple[dict[str, Any], int]:
    code, title, status = PROBLEMS[refusal.reason]
    value = {
        "code": code,
        "referenceCode": _reference(12, switches),
        "type": "points/issue",
        "title": refusal.message if title is None else title,
        "status": status,
    }
    return value, status


def _void(
    operation: str, refusal: Refused, request: Request, switches: Switches
) -> tuple[dict[str, Any], int]:
    if isinstance(refusal, Missing):
        return _violation(refusal, request, switches), 400
    value, status = _issue(operation, refusal, request, switches)
    message = _WRAPPED if value["code"] == "500011" else value["title"]
    return {**value, "type": "voids/issue", "message": message}, status


def _violation(refusal: Missing, request: Request, switches: Switches) -> dict[str, Any]:
    fields = refusal.fields[:1] if switches.has("violations-cut-short") else refusal.fields
    return {
        "type": _CONSTRAINT,
        "title": "Method argument not valid",
        "status": 400,
        "path": request.path.removeprefix("/trueyouprivilege"),
        "message": "error.validation",
        "fieldErrors": [
            {"objectName": "voidTruePointRequest", "field": name, "message": "NotEmpty"}
            for name in fields
        ],
    }


def _multiple(
    operation: str, refusal: Refused, request: Request, switches: Switches
) -> tuple[dict[str, Any], int]:
    name, title, status = CLM.get(refusal.reason, CLM["processor"])
    value = {
        "code": name,
        "referenceCode": _reference(16, switches),
        "type": f"http://{request.headers.get('host', '127.0.0.1')}{request.path}",
        "title": refusal.message if title is None else title,
        "status": status,
    }
    return value, status


def _reference(size: int, switches: Switches) -> str:
    return "5e" * size if switches.has("reference-code-repeats") else secrets.token_hex(size)


Shape = Callable[[str, Refused, Request, Switches], tuple[dict[str, Any], int]]

_SHAPES: Mapping[str, Shape] = {
    "issue_points_wecampaign": _issue,
    "void_issue": _void,
    "multiple_redeem": _multiple,
}
