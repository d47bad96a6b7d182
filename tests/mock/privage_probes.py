"""A probe for each group of defects of the programme with receipts and coupons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.mock.privage import Shop, ok


def expired(shop: Shop) -> bool:
    """An expired access token gets 401."""
    made = shop.trade(shop.exchange())[1]
    shop.later(4_000)
    return shop.call("get_campaign", made["access_token"])[0] == 401


def refusal_shape(shop: Shop) -> bool:
    """A refusal is JSON with a message."""
    status, value = shop.burn(shop.member(), 5)
    return status == 400 and sorted(value) == ["error", "message", "statusCode"]


def equal_requests(shop: Shop) -> bool:
    """Two equal adds are two."""
    member = shop.member()
    return shop.change(member, lambda: [shop.earn(member) for _ in range(2)]) == 10


def overdraw(shop: Shop) -> bool:
    """A burn above the balance is refused without effect."""
    member = shop.member(10)
    return not ok(shop.burn(member, 11)) and shop.points(member) == 10


def points_stay(shop: Shop) -> bool:
    """Points are added as they are."""
    member = shop.member()
    return shop.change(member, lambda: shop.earn(member, 250)) == 250


def void_twice(shop: Shop) -> bool:
    """A void restores the balance, and once."""
    member = shop.member(10)
    burn = shop.burn(member, 4)[1]
    first, second = shop.void(burn), shop.void(burn)
    return ok(first) and not ok(second) and shop.points(member) == 10


def every_page(shop: Shop) -> bool:
    """The pages of each list hold all that one long page holds."""
    member = shop.member()
    for _ in range(3):
        shop.earn(member)
        shop.coupon(member)
    whose = {"memberId": member["member_id"]}
    lists: tuple[tuple[str, dict[str, Any]], ...]
    lists = (("get_transaction", {}), ("get_coupon_set", {}), ("get_give_coupon_history", whose))
    return all(shop.pages(n, 2, **f) == shop.pages(n, 1_000, **f) for n, f in lists)


def use_twice(shop: Shop) -> bool:
    """A coupon is used once."""
    coupon = shop.coupon(shop.member())
    return ok(shop.use(coupon)) and not ok(shop.use(coupon))


PROBES: Mapping[str, Callable[[Shop], bool]] = {
    "expired-token-accepted": expired,
    "wrong-envelope-on-error": refusal_shape,
    "equal-requests-merged": equal_requests,
    "overdraft-allowed": overdraw,
    "points-converted-too": points_stay,
    "duplicate-void-applied": void_twice,
    "next-page-skips-one": every_page,
    "coupon-reusable": use_twice,
}
