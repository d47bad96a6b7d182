"""Privage's coupons: sets, giving, history, taking back, checking and using."""

from __future__ import annotations

import secrets
from typing import Any

from harness.mock.message import Refused, Request
from harness.mock.vendors.privage.business import (
    AUTO,
    GENERATE,
    GIVEN,
    PENDING,
    USED,
    VOIDED,
    Business,
    Coupon,
    CouponSet,
    Member,
)
from harness.mock.vendors.privage.fields import (
    is_old,
    object_of,
    optional_text,
    page_of,
    query_of,
    text,
    written,
)

GIVEN_MOST = 100


async def get_coupon_set(business: Business, request: Request) -> dict[str, Any]:
    """List the coupon sets, the newest last."""
    query, switches = dict(query_of(request)), business.switches
    if switches.has("set-pages-identical"):
        query.pop("page", None)
    page = page_of(list(business.sets.values()), query, skip=switches.has("next-page-skips-one"))
    return {**page, "data": [_set_shown(made) for made in page["data"]]}


async def create_coupon_set(business: Business, request: Request) -> dict[str, Any]:
    """Make an empty set of kind AUTO_GENERATE."""
    body, switches = object_of(request), business.switches
    stock = switches.has("created-set-of-stock") or (
        switches.has("old-set-of-stock") and is_old(request)
    )
    kind = GENERATE if stock else AUTO
    made = CouponSet(
        business.new_id(), text(body, "name"), kind, optional_text(body, "description")
    )
    business.sets[made.id] = made
    return _set_shown(made)


def _set_shown(made: CouponSet) -> dict[str, Any]:
    return {
        "id": made.id,
        "name": made.name,
        "description": made.description,
        "type": made.type,
        "start_date": None,
        "end_date": None,
        "quantity": None,
    }


async def give_coupon(business: Business, request: Request) -> dict[str, Any]:
    """Give coupons of a set to a member, made on the spot or taken from the pool."""
    body = object_of(request)
    made = business.sets.get(text(body, "coupon_set_id"))
    member = business.by_id.get(text(body, "member_id"))
    quantity = body.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise Refused("invalid", "quantity must be a whole number")
    if not 1 <= quantity <= GIVEN_MOST:
        raise Refused("invalid", f"quantity must be from 1 to {GIVEN_MOST}")
    if made is None:
        raise Refused("unknown_set", "coupon set not found")
    if member is None:
        raise Refused("unknown_member", "member not found")
    coupons = [await _taken(business, made) for _ in range(quantity)]
    for coupon in coupons:
        coupon.status, coupon.member, coupon.given_stamp = GIVEN, member, business.stamp()
        business.given.setdefault(member.id, []).append(coupon)
    data = [{"id": one.id, "code": one.code, "status": one.status} for one in coupons]
    return {"data": data}


async def _taken(business: Business, made: CouponSet) -> Coupon:
    """Return a coupon of the set that nobody has."""
    pool = business.pools.get(made.id)
    if pool is not None:
        if not pool:
            raise Refused("no_coupon_left", "no coupon is left in the set")
        return pool.pop(0)
    switches = business.switches
    code = f"A{secrets.token_hex(6).upper()}"
    if switches.has("coupon-code-race"):
        code = f"A{len(business.coupons):012X}"
        await switches.pause()
    if switches.has("coupon-code-repeats"):
        code, business.last_code = business.last_code or code, "" if business.last_code else code
    elif switches.strikes("coupon-number-repeats", 97):
        code = next(reversed(business.by_code))
    coupon = Coupon(business.new_id(), code, made)
    business.coupons[coupon.id] = business.by_code[coupon.code] = coupon
    return coupon


async def get_give_coupon_history(business: Business, request: Request) -> dict[str, Any]:
    """List the coupons given to one member, those taken back permanently as well."""
    member = business.by_id.get(request.places["memberId"])
    if member is None:
        raise Refused("unknown_member", "member not found")
    found = business.given.get(member.id, [])
    if business.switches.has("history-of-all-members"):
        found = [coupon for coupons in business.given.values() for coupon in coupons]
    page = page_of(
        found,
        query_of(request),
        skip=business.switches.has("next-page-skips-one"),
        overlap=business.switches.has("history-page-overlaps"),
    )
    return {**page, "data": [_held(coupon) for coupon in page["data"]]}


def _held(coupon: Coupon) -> dict[str, Any]:
    return {
        "id": coupon.id,
        "code": coupon.code,
        "static_code": coupon.static_code,
        "status": coupon.status,
        "source": coupon.set.type,
        "given_at": written(coupon.given_stamp),
        "used_at": written(coupon.used_stamp),
        "expired_at": None,
    }


async def void_give_coupon(business: Business, request: Request) -> dict[str, Any]:
    """Take a coupon back: to the pool it came from, or permanently where it was made for this."""
    coupon = business.coupons.get(request.places["couponUuid"])
    if coupon is None:
        raise Refused("unknown_coupon", "coupon not found")
    if coupon.status != GIVEN:
        raise Refused("already_voided", f"the coupon is {coupon.status}")
    if coupon.set.type == AUTO:
        coupon.status = VOIDED
    elif not business.switches.has("voided-coupon-stays-with-member"):
        _to_pool(business, coupon, coupon.member)
    return {"message": "taken back", "coupon_id": coupon.id}


def _to_pool(business: Business, coupon: Coupon, member: Member | None) -> None:
    if member is not None:
        business.given[member.id].remove(coupon)
    coupon.status, coupon.member, coupon.given_stamp = PENDING, None, None
    business.pools.setdefault(coupon.set.id, []).append(coupon)


async def check_coupon(business: Business, request: Request) -> dict[str, Any]:
    """Find a coupon by its code; a static code is no key, as it may stand for several."""
    query = query_of(request)
    code, static = query.get("code"), query.get("static_code")
    if not code and static and business.switches.has("static-code-accepted"):
        code = next((c.code for c in business.coupons.values() if c.static_code == static), None)
    if not code:
        raise Refused("missing", "code is required")
    coupon = business.by_code.get(code)
    if coupon is None or coupon.status == VOIDED:
        raise Refused("unknown_coupon", "coupon not found")
    holder = coupon.member
    return {
        "coupon": {
            "id": coupon.id,
            "code": coupon.code,
            "name": coupon.set.name,
            "status": coupon.status,
            "expired_at": None,
        },
        "member": None
        if holder is None
        else {
            "id": holder.id,
            "phone_number": holder.phone_number,
            "first_name": holder.first_name,
            "last_name": holder.last_name,
        },
        "business_branch": None,
    }


async def mark_use_coupon(business: Business, request: Request) -> dict[str, Any]:
    """Use a coupon, once."""
    body, switches = object_of(request), business.switches
    code = text(body, "code")
    optional_text(body, "ref_no")
    optional_text(body, "branch_id")
    coupon = business.by_code.get(code)
    if coupon is None:
        raise Refused("unknown_coupon", "coupon not found")
    void = coupon.status == VOIDED and not switches.has("voided-coupon-usable")
    used = coupon.status == USED and not switches.has("coupon-reusable")
    if coupon.status == PENDING or void:
        raise Refused("not_given", "the coupon is not given to anybody")
    if used:
        raise Refused("already_used", "the coupon is used")
    if switches.has("coupon-race"):
        await switches.pause()
    stamp = business.stamp()
    if not (switches.has("old-mark-without-effect") and is_old(request)):
        coupon.status, coupon.used_stamp = USED, stamp
    return {"message": "used", "status": USED, "used_at": written(stamp)}
