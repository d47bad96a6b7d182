"""A command read from its envelope, and what it gives to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.message import Refused
from harness.mock.vendors.qoin.desk import PLATFORM_TIME, Desk, Member
from harness.mock.vendors.qoin.value import amount, moment, sent_at, text, whole

ROUTE: Mapping[str, str] = {
    "Subject": "loyalty",
    "SubjectType": "reward",
    "SubjectIdentifier": "task",
}
RESOURCES = ("ResourceType", "Resource", "ResourceId")
PLAINEST = "transaction"
_MONEY_A_POINT = 1_000
_SOME_FIELDS = frozenset({"ScopeSource", "memberQtagPhone"})


@dataclass(frozen=True, slots=True)
class Action:
    """What one action asks for and gives.

    `points` are fixed points, on top of those for the amount where `by_amount`. `once` says how
    often: each time, in a life, or in a day. `line` is the field each line needs besides its
    amount and date. `dated` says that a request date is listed for it.
    """

    points: int = 0
    by_amount: bool = False
    once: str = ""
    line: str = ""
    qtag: bool = False
    dated: bool = False


ACTIONS: Mapping[str, Action] = {
    "transaction": Action(by_amount=True),
    "luckydraw": Action(by_amount=True),
    "register": Action(points=50, once="life"),
    "registerreferral": Action(points=50, once="life", qtag=True, dated=True),
    "transactionreferral": Action(by_amount=True, line="product_id"),
    "dailycheckin": Action(points=5, once="day", dated=True),
    "productsku": Action(points=10, line="product_code", dated=True),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command with a valid envelope; the signature is not yet checked."""

    action: str
    data: Mapping[str, Any]
    member: Member
    reference: str
    number: str
    sharer: int
    money: Decimal


def read_command(desk: Desk, envelope: Any) -> Command:
    """Return the command of an envelope; Refused when any of it is missing or unfit."""
    if not isinstance(envelope, dict):
        raise Refused("invalid", "the body is no object")
    switches = desk.switches
    name = _route(envelope, switches)
    action = ACTIONS[name]
    for field in RESOURCES:
        if field not in envelope and switches.has("envelope-not-checked"):
            continue
        if field not in envelope:
            raise Refused("missing", f"{field} is required")
        if envelope[field] not in (None, "null"):
            raise Refused("invalid", f"{field} must be null")
    if not isinstance(envelope.get("ScopeSource", ""), str):
        raise Refused("invalid", "ScopeSource must be text")
    if action.dated and "Date" not in envelope and switches.has("date-required"):
        raise Refused("missing", "Date is required")
    sent_at(envelope, "Date", switches)
    data = envelope.get("Data")
    if data is None:
        raise Refused("missing", "Data is required")
    if not isinstance(data, dict):
        raise Refused("invalid", "Data must be an object")
    lines = _lines(data, action, switches)
    if switches.has("specific-fields-refused"):
        _refuse_some({*envelope, *data})
    return _command(desk, name, data, lines)


async def reward(desk: Desk, command: Command) -> None:
    """Give the points of a command that is not a repeat of another."""
    action = ACTIONS[command.action]
    user = command.member.user_id
    points = action.points
    if action.by_amount:
        points += int(command.money // _MONEY_A_POINT)
    key = f"{command.action} {user} "
    if action.once == "life":
        key += "once"
    elif action.once == "day":
        key += f"{datetime.now(PLATFORM_TIME):%Y-%m-%d}"
    else:
        key += command.reference
    await desk.give(user, points, key)
    if action.qtag or action.line == "product_id":
        await desk.give(command.sharer, points, f"shared {key}")


def _route(envelope: Mapping[str, Any], switches: Switches) -> str:
    """Return the action of an envelope; Refused when it names a route that nobody serves."""
    for field, served in ROUTE.items():
        if field not in envelope and switches.has("envelope-not-checked"):
            continue
        if text(envelope, field) != served and not switches.has("unknown-route-accepted"):
            raise Refused("unknown_route", "Access route not found")
    name = text(envelope, "Action")
    if name in ACTIONS:
        return name
    if switches.has("unknown-route-accepted"):
        return PLAINEST
    raise Refused("unknown_route", "Access route not found")


def _lines(data: Mapping[str, Any], action: Action, switches: Switches) -> Sequence[dict[str, Any]]:
    found = data.get("data")
    if isinstance(found, dict) and not switches.has("single-line-refused"):
        found = [found]
    if found is None or found == []:
        raise Refused("missing", "data is required")
    if not isinstance(found, list) or not all(isinstance(line, dict) for line in found):
        raise Refused("invalid", "data must be a list of objects")
    if len(found) > 1 and switches.has("second-line-refused"):
        raise Refused("invalid", "data must hold one object")
    for line in found:
        amount(line, "trxAmount", switches)
        moment(line, "trxDate", switches)
        if action.line == "product_id":
            whole(line, "product_id", switches)
        elif action.line:
            text(line, action.line)
    return found


def _command(
    desk: Desk, name: str, data: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> Command:
    switches = desk.switches
    member = desk.members.get(whole(data, "memberId", switches))
    number = str(whole(data, "trxId", switches))
    reference = text(data, "refference")
    for field in ("userFromStatus", "userId"):
        whole(data, field, switches)
    for field in ("memberName", "deviceType", "installId", "signature"):
        text(data, field)
    if ACTIONS[name].qtag or "memberQtagPhone" in data:
        text(data, "memberQtagPhone")
    if member is None:
        raise Refused("unknown_member", "Member not found")
    money = sum((amount(line, "trxAmount", switches) for line in lines), Decimal(0))
    sharer = whole(data, "userIdShare", switches)
    return Command(name, data, member, reference, number, sharer, money)


def _refuse_some(fields: set[str]) -> None:
    for field in sorted(fields & _SOME_FIELDS):
        raise Refused("invalid", f"{field} is unknown")
