"""TrueYou's operations that earn and burn points."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from harness.mock.ledger import BURN, EARN, Entry, Order, Receipt
from harness.mock.message import Refused
from harness.mock.vendors.trueyou.programme import (
    BAHT_A_POINT,
    BONUS_CAMPAIGN,
    BONUS_LOCATION,
    CAMPAIGN,
    CHANNELS,
    FAILING_ACTION,
    FAILING_PLAN,
    PLANS,
    SATANG_A_POINT,
    Customer,
    Issue,
    Plan,
    Programme,
    expiry,
)

Values = Mapping[str, Any]
ACCEPTED = {"data": "success", "status": {"code": "Accepted", "message": "Success"}}
_ACTION = re.compile(r"action:([^|]+)\|multiplier:(\d+(?:\.\d+)?)")
_AMOUNT_MOST = 10**12
_ACTIONS = ("DEFAULT", "RPP", FAILING_ACTION)


async def earn_points(programme: Programme, fields: Values) -> dict[str, Any]:
    """Earn a point for every 25 Baht, by the rules of all campaigns or of one."""
    programme.check_channel(fields["channel"])
    customer = programme.customer(fields)
    location = fields.get("locationCode")
    programme.check_place(fields.get("partnerCode"), location, fields.get("terminalCode"))
    whole = Decimal(str(_amount(fields))) // BAHT_A_POINT
    points = int(whole * _rules(fields.get("campaignCode"), location, programme))
    action = _ACTION.fullmatch(fields.get("comment", ""))
    if action is not None and not programme.switches.has("multiplier-ignored"):
        points = int(points * Decimal(action[2]))
    if points:
        await _earn(programme, customer, points, fields["trnNo"])
    return ACCEPTED


def _amount(fields: Values) -> Any:
    """Return the amount of a purchase, at most a trillion."""
    amount = fields.get("amount", 0)
    if amount > _AMOUNT_MOST:
        raise Refused("invalid", "amount is too large")
    return amount


async def issue_points_wecampaign(programme: Programme, fields: Values) -> dict[str, Any]:
    """Earn a point for every 2,500 Satang by the campaign of the channel and the action."""
    key = f"issue {fields['trnNo']}"
    if fields["action"] == FAILING_ACTION:
        raise Refused("campaign_search", "the search failed")
    if fields["channel"] not in CHANNELS or fields["action"] not in _ACTIONS:
        raise Refused("no_campaign", "no campaign is for this")
    customer = programme.customer(fields)
    places = (fields.get(name) for name in ("merchantId", "outletId", "terminalId"))
    programme.check_place(*places)
    if key in programme.responses:
        return programme.responses[key]
    satang = BAHT_A_POINT if programme.switches.has("satang-taken-for-baht") else SATANG_A_POINT
    points = _amount(fields) // satang
    entry = None
    if points:
        receipt = await _earn(programme, customer, points, fields["trnNo"])
        if receipt.repeated:
            return _known(programme, key)
        entry = receipt.entry.id
        programme.issued.add(entry)
    number = str(next(programme.numbers))
    programme.issues[number] = Issue(entry, customer.account)
    return programme.responses.setdefault(key, {**ACCEPTED, "redemptionTxId": number})


async def redeem_campaign(programme: Programme, fields: Values) -> dict[str, Any]:
    """Burn the price of the rewards and issue a coupon for each of them."""
    customer, rewards = _ordered(programme, fields)
    receipt = await _burn(programme, customer, _price(rewards), fields["trnNo"])
    if receipt.repeated:
        return _known(programme, f"single {fields['trnNo']}")
    points = _price(rewards)
    coupons = _coupons(programme, customer, rewards, receipt.entry)
    response = {
        "transactionId": receipt.entry.id,
        "message": f"คุณใช้ {points} TruePoint แลกคูปอง",
        "balance": receipt.balance,
        "points": -points,
        "blockUser": False,
        "blockCustomer": False,
        "blockAccount": False,
        "campaignCode": rewards[0][0].code,
        "issuedCoupons": [{"couponNumber": number} for numbers in coupons for number in numbers],
    }
    if programme.switches.has("points-without-sign"):
        response["points"] = points
    programme.responses[f"single {fields['trnNo']}"] = response
    return response


async def multiple_redeem(programme: Programme, fields: Values) -> dict[str, Any]:
    """Burn the price of all rewards, or nothing, and return a detail for each."""
    if programme.switches.has("multiple-redeem-partial-on-invalid"):
        await _piecemeal(programme, fields)
    customer, rewards = _ordered(programme, fields)
    if programme.switches.has("multiple-redeem-partial-on-balance"):
        _pay_until_poor(programme, customer, rewards, fields["trnNo"])
    receipt = await _burn(programme, customer, _price(rewards), fields["trnNo"])
    if receipt.repeated:
        return _known(programme, f"multiple {fields['trnNo']}")
    coupons = _coupons(programme, customer, rewards, receipt.entry)
    details = []
    left = receipt.balance + _price(rewards)
    for (plan, quantity), numbers in zip(rewards, coupons, strict=True):
        left -= plan.price * quantity
        details.append(
            {
                "campaignCode": plan.code,
                "balance": left,
                "points": -plan.price * quantity,
                "issuedCoupons": [_detailed(programme, number, left) for number in numbers],
            }
        )
    if programme.switches.has("detail-left-out"):
        details = details[:1]
    response = {
        "transactionId": secrets.token_hex(16),
        "balance": receipt.balance,
        "points": -_price(rewards),
        "details": details,
    }
    programme.responses[f"multiple {fields['trnNo']}"] = response
    return response


Reward = tuple[Plan, int]


def _ordered(programme: Programme, fields: Values) -> tuple[Customer, list[Reward]]:
    """Return who redeems what; Refused when either is not possible at all."""
    programme.check_channel(fields["channel"])
    customer = programme.customer(fields)
    if not customer.member and not programme.switches.has("non-member-redeems"):
        raise Refused("not_a_member", "the customer cannot redeem")
    places = (fields.get(name) for name in ("partnerCode", "locationCode", "terminalCode"))
    programme.check_place(*places)
    rewards: list[Reward] = []
    for code, quantity in fields["rewards"]:
        if code == FAILING_PLAN:
            raise Refused("processor", "the processor failed")
        if code not in PLANS:
            raise Refused("unknown_plan", "no such price plan")
        rewards.append((PLANS[code], quantity))
    return customer, rewards


def _price(rewards: Sequence[Reward]) -> int:
    return sum(plan.price * quantity for plan, quantity in rewards)


async def _earn(programme: Programme, customer: Customer, points: int, number: str) -> Receipt:
    order = Order(customer.account, EARN, points, number, expires=expiry(), note="earn")
    return await _move(programme, order)


async def _burn(programme: Programme, customer: Customer, points: int, number: str) -> Receipt:
    order = Order(customer.account, BURN, points, number, note="burn")
    if points:
        return await _move(programme, order)
    # What is free moves nothing, and its number is still taken.
    known = programme.book.known(number)
    entry = known or programme.book.draft(order)
    programme.book.references.setdefault(number, entry)
    return Receipt(entry, programme.book.balance(customer.account), repeated=known is not None)


async def _move(programme: Programme, order: Order) -> Receipt:
    known = programme.book.known(order.reference)
    if known is not None and (known.account, known.kind) != (order.account, order.kind):
        raise Refused("conflict", "the number belongs to another transaction")
    return await programme.processor.move(programme.book, order)


def _known(programme: Programme, key: str) -> dict[str, Any]:
    """Return the response a number was given before; Refused when another operation gave it."""
    if key not in programme.responses:
        raise Refused("conflict", "the number belongs to another transaction")
    return programme.responses[key]


def _coupons(
    programme: Programme, customer: Customer, rewards: Sequence[Reward], entry: Entry
) -> list[list[str]]:
    """Issue a coupon for each piece of each reward; return their numbers by reward."""
    return [
        [
            programme.issue_coupon(plan, customer.account, entry.id).number
            for _ in range(max(1, quantity))
        ]
        for plan, quantity in rewards
    ]


def _detailed(programme: Programme, number: str, left: int) -> dict[str, Any]:
    message = f"แสดงรหัส {number} คงเหลือ {left}"
    return {"couponNumber": number, "transactionId": next(programme.numbers), "message": message}


async def _piecemeal(programme: Programme, fields: Values) -> None:
    """Burn reward by reward and leave at the first that is not possible, as no server should."""
    if all(code in PLANS for code, _ in fields["rewards"]):
        return
    for code, quantity in fields["rewards"]:
        if code not in PLANS:
            return
        customer = programme.customer(fields)
        if points := PLANS[code].price * quantity:
            programme.book.append(Order(customer.account, BURN, points))


def _pay_until_poor(
    programme: Programme, customer: Customer, rewards: Sequence[Reward], number: str
) -> None:
    """Burn reward by reward of an order above the balance, up to the first that cannot be paid."""
    book, account = programme.book, customer.account
    if book.known(number) is not None or book.balance(account) >= _price(rewards):
        return
    for plan, quantity in rewards:
        points = plan.price * quantity
        if points > book.balance(account):
            return
        if points:
            book.append(Order(account, BURN, points))


def _rules(campaign: str | None, location: str | None, programme: Programme) -> int:
    """Return how many points each whole 25 Baht earn, by the campaigns whose rules run."""
    rules = {CAMPAIGN: 1, BONUS_CAMPAIGN: int(location == BONUS_LOCATION)}
    if campaign is None or programme.switches.has("campaign-ignored"):
        return sum(rules.values())
    if campaign not in rules:
        raise Refused("invalid", "no such campaign")
    return rules[campaign]
