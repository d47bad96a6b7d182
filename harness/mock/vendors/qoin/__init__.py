"""Qoin's Reward Task: seven signed commands, and the requirements that each defect violates."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from harness.mock.auth import same
from harness.mock.message import Refused, Reply, Request, json_of
from harness.mock.router import Route, Service, Setting
from harness.mock.vendors.qoin.command import (
    PLAINEST,
    RESOURCES,
    ROUTE,
    Command,
    read_command,
    reward,
)
from harness.mock.vendors.qoin.desk import Desk, idempotency_keys, open_desk, private_pem

PATH = "/requestin"
# The documents name 400 for an unknown route only; the rest are this mock's own choice.
CODES: Mapping[str, int] = {
    "missing": 400,
    "invalid": 400,
    "unknown_route": 400,
    "unauthorised": 401,
    "unknown_member": 404,
    "unknown_path": 404,
    "wrong_method": 405,
    "repeated": 409,
}

VIOLATED_REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "ticket-repeats": ("QOIN-STATE-2", "LAW-DISTINCT-ENTRIES"),
    "ticket-race": ("QOIN-STATE-2", "LAW-DISTINCT-ENTRIES"),
    "ticket-counter-per-action": ("QOIN-STATE-2", "LAW-DISTINCT-ENTRIES"),
    "signature-ignored": ("QOIN-AUTH-4",),
    "signature-replayable": ("QOIN-AUTH-4",),
    "signature-keys-unsorted": ("QOIN-AUTH-3",),
    "idempotency-key-optional": ("QOIN-AUTH-5",),
    "numeric-text-refused": ("QOIN-LIM-1",),
    "hyphened-time-refused": ("QOIN-LIM-2",),
    "empty-date-refused": ("QOIN-LIM-2",),
    "zone-name-refused": ("QOIN-LIM-3",),
    "zero-amount-refused": ("QOIN-BAL-3",),
    "single-line-refused": ("QOIN-LIM-4",),
    "second-line-refused": ("QOIN-BULK-1",),
    "number-as-idempotency-key": ("QOIN-IDEM-5",),
    "specific-fields-refused": ("QOIN-COND-1", "QOIN-COND-5"),
    "date-required": ("QOIN-COND-4-ABSENT",),
    "envelope-not-checked": ("QOIN-ERR-5",),
    "unknown-route-accepted": ("QOIN-ERR-4",),
    "action-not-echoed": ("QOIN-STATE-1",),
    "resource-echoed": ("QOIN-STATE-3",),
    "result-filled": ("QOIN-BAL-4",),
    "code-as-text": ("QOIN-ERR-3",),
    "refusal-without-message": ("QOIN-ERR-6",),
    "wrong-envelope-on-error": ("QOIN-ERR-6",),
    "error-500-on-missing-field": ("QOIN-ERR-6",),
}


def build(setting: Setting) -> Service:
    """Open a desk with a new pair of keys and put its one address on its path."""
    desk = open_desk(setting)
    return Service(
        base_path="/saas",
        routes=[Route("requestin", ("POST",), PATH, functools.partial(_serve, desk))],
        secrets={"private_key": private_pem(desk)},
        values={"product_id": "10", "other_product_id": "11", "product_code": "T30H"},
        members=[
            {
                "id": str(member.member_id),
                "user_id": str(member.user_id),
                "name": member.name,
                "qtag": member.qtag,
            }
            for member in desk.members.values()
        ],
        refuse=_refuse,
        switches=setting.switches,
        message_place=("Message",),
    )


async def _serve(desk: Desk, request: Request) -> Reply:
    command = read_command(desk, json_of(request))
    key = request.headers.get("idempotency-key", "")
    asked = key or not desk.switches.has("idempotency-key-optional")
    if asked and not any(same(key, valid) for valid in idempotency_keys(request.body)):
        raise Refused("invalid" if key else "missing", "Idempotency-Key is required")
    desk.verify(command.data)
    if desk.switches.has("number-as-idempotency-key"):
        if command.number in desk.numbers:
            raise Refused("repeated", "Transaction already exists")
        desk.numbers.add(command.number)
    await reward(desk, command)
    return Reply(await _processed(desk, command))


async def _processed(desk: Desk, command: Command) -> dict[str, Any]:
    """Return the response to a command that was processed; it tells nothing of points."""
    switches = desk.switches
    resources: dict[str, str] = dict(zip(RESOURCES, ("data", "none", "none"), strict=True))
    if switches.has("resource-echoed"):
        resources = dict.fromkeys(RESOURCES, "null")
    return {
        "TicketId": await desk.ticket(command.action),
        **ROUTE,
        "Action": PLAINEST if switches.has("action-not-echoed") else command.action,
        **resources,
        "Result": {"point": 1} if switches.has("result-filled") else None,
        "Status": "success",
        "Message": "Success process data(Success)",
        "StatusCode": "200" if switches.has("code-as-text") else 200,
    }


def _refuse(refusal: Refused) -> Reply:
    """Put a refusal into the platform's envelope; its number is the HTTP status too."""
    code = CODES[refusal.reason]
    value: dict[str, Any] = {
        "Status": "failed",
        "StatusCode": code,
        "Message": refusal.message,
        "Data": None,
    }
    return Reply(value, status=code, refusal=refusal)
