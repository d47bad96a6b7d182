"""TrueYou's use of coupons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.mock.message import Refused
from harness.mock.vendors.trueyou.programme import Coupon, Programme

Values = Mapping[str, Any]


async def mark_used(programme: Programme, fields: Values) -> dict[str, Any]:
    """Use each of the coupons, or none of them."""
    numbers = fields.get("coupons", [])
    if not numbers and "identifierNo" not in fields:
        raise Refused("missing", "a coupon is required")
    account = None
    if "identifierNo" in fields:
        account = programme.customer(fields).account
    places = (fields.get(name) for name in ("partnerCode", "locationCode", "terminalCode"))
    programme.check_place(*places)
    key = f"use {fields['trnNo']}"
    known = programme.responses.get(key)
    if known is not None and [used["couponNumber"] for used in _used(known)] == numbers:
        return known
    coupons: list[Coupon] = []
    for number in numbers:
        coupons.append(_usable(programme, number, fields["campaignCode"], account))
        if programme.switches.has("refused-use-counts") and len(numbers) > 1:
            coupons[-1].used += 1
    if programme.switches.has("coupon-race"):
        await programme.switches.pause()
    for coupon in coupons:
        coupon.used += 1
    response: dict[str, Any] = {"transactionId": next(programme.numbers), "message": "Success"}
    if not coupons and programme.switches.has("coupons-shown-unasked"):
        coupons = [one for one in programme.coupons.values() if one.account == account]
    if coupons:
        response["usedCoupons"] = [_shown(programme, coupon) for coupon in coupons]
    programme.responses[key] = response
    return response


def _used(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the coupons a response shows; one to a request without coupons shows none."""
    shown: list[dict[str, Any]] = response.get("usedCoupons", [])
    return shown


def _usable(programme: Programme, number: str, campaign: str, account: str | None) -> Coupon:
    """Return the coupon of a number; Refused when it may not be used here, or no more."""
    coupon, switches = programme.coupons.get(number), programme.switches
    if coupon is None or account not in (None, coupon.account):
        raise Refused("invalid_coupon", "no such coupon")
    if coupon.plan.code != campaign and not switches.has("coupon-of-any-campaign"):
        raise Refused("invalid_coupon", "the coupon is of another campaign")
    used_up = coupon.used >= coupon.plan.uses and not switches.has("coupon-reusable")
    if coupon.void or used_up:
        raise Refused("coupon_used", "the coupon is used up or void")
    return coupon


def _shown(programme: Programme, coupon: Coupon) -> dict[str, Any]:
    quantity = 1 if programme.switches.has("use-quantity-stays") else coupon.used
    return {
        "couponNumber": coupon.number,
        "status": "N" if programme.switches.has("used-coupon-shown-new") else "U",
        "useResult": "U",
        "useQuantity": quantity,
    }
