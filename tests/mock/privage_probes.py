"""A probe for each defect of the programme with receipts and coupons: it fails when that is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.mock.client import at_once
from tests.mock.privage import FRESH, Shop, ok


def trade_twice(shop: Shop) -> bool:
    """An exchange token is good once."""
    token = shop.exchange()
    return ok(shop.trade(token)) and not ok(shop.trade(token))


def trade_at_once(shop: Shop) -> bool:
    """Of eight trades at once one succeeds."""
    token = shop.exchange()
    return sum(map(ok, at_once(8, lambda _: shop.trade(token)))) == 1


def trade_after(seconds: float, good: bool) -> Callable[[Shop], bool]:
    """An exchange token is good for 60 seconds."""

    def probe(shop: Shop) -> bool:
        token = shop.exchange()
        shop.later(seconds)
        return ok(shop.trade(token)) is good

    return probe


def exchange_by_add_on(shop: Shop) -> bool:
    """An add-on's own token makes no exchange token."""
    return not shop.exchange(shop.token)


def renew(shop: Shop) -> bool:
    """A refresh token is good by itself."""
    made = shop.trade(shop.exchange())[1]
    return ok(shop.renew(made["refresh_token"]))


def renew_expired(shop: Shop) -> bool:
    """A refresh token is good after its access token."""
    made = shop.trade(shop.exchange())[1]
    shop.later(4_000)
    return ok(shop.renew(made["refresh_token"], made["access_token"]))


def expired(shop: Shop) -> bool:
    """An expired access token is answered with 401."""
    made = shop.trade(shop.exchange())[1]
    shop.later(4_000)
    return shop.call("get_campaign", made["access_token"])[0] == 401


def no_token(shop: Shop) -> bool:
    """No member is shown without a token."""
    return shop.call("get_profile", None)[0] == 401


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


def overdraw_at_once(shop: Shop) -> bool:
    """Burns at once never overdraw."""
    member = shop.member(10)
    at_once(8, lambda _: shop.burn(member, 7))
    return shop.points(member) == 3


def many_moves(shop: Shop) -> bool:
    """Burns and adds that can be done are done, once each, for their own members."""
    members = [shop.member(400) for _ in range(3)]
    done = all(ok(shop.burn(members[number % 3], 2)) for number in range(300))
    done &= all(ok(shop.earn(members[number % 3], 1)) for number in range(300))
    return done and [shop.points(member) for member in members] == [300] * 3


def change_at_once(shop: Shop) -> bool:
    """Of eight adds at once none is lost."""
    member = shop.member()
    at_once(8, lambda _: shop.earn(member, 1))
    return shop.points(member) == 8


def read_own_write(shop: Shop) -> bool:
    """A read right after an add sees it."""
    return shop.points(shop.member(10)) == 10


def value_converts(shop: Shop) -> bool:
    """A value is worth a point for each 25."""
    member = shop.member()
    return shop.change(member, lambda: shop.spend(member, 250)) == 10


def points_stay(shop: Shop) -> bool:
    """Points are added as they are."""
    member = shop.member()
    return shop.change(member, lambda: shop.earn(member, 250)) == 250


def value_needed(shop: Shop) -> bool:
    """Method 1 needs a value."""
    member = shop.member()
    return not ok(shop.spend(member, None)) and shop.points(member) == 0


def burn_response(shop: Shop) -> bool:
    """A burn answers a message as text, and the card."""
    member = shop.member(10)
    value = shop.burn(member)[1]
    return isinstance(value["message"], str) and value.get("card_no") == member["id"]


def void_twice(shop: Shop) -> bool:
    """A void restores the balance, and once."""
    member = shop.member(10)
    burn = shop.burn(member, 4)[1]
    first, second = shop.void(burn), shop.void(burn)
    return ok(first) and not ok(second) and shop.points(member) == 10


def voids_at_once(shop: Shop) -> bool:
    """Of eight voids at once one restores."""
    member = shop.member(10)
    burn = shop.burn(member, 4)[1]
    at_once(8, lambda _: shop.void(burn))
    return shop.points(member) == 10


def void_by_reference(shop: Shop) -> bool:
    """A reference id names one transaction, though a newer one stands."""
    member = shop.member()
    old = shop.earn(member, 10)[1]
    shop.earn(member, 3)
    shop.call("void_transaction_by_refid", refId=old["ref_id"])
    return shop.points(member) == 3


def old_voids(shop: Shop) -> bool:
    """The first generation voids by receipt number and by reference id."""
    member, receipt = shop.member(10), next(FRESH)
    shop.burn(member, 4, ref_no=receipt)
    burn = shop.burn(member, 3)[1]
    by_receipt = shop.call("void_transaction_by_refno_v1", refNo=receipt)
    by_reference = shop.call("void_transaction_by_refid_v1", refId=burn["ref_id"])
    return ok(by_receipt) and ok(by_reference) and shop.points(member) == 10


def span(shop: Shop) -> bool:
    """A span holds its start and not its end."""
    at = shop.earn(shop.member())[1]["transaction_id"]
    (moment,) = (row["created_at"] for row in shop.rows("get_transaction") if row["id"] == at)
    after = shop.pages("get_transaction", 1_000, **{"from": moment})
    before = shop.pages("get_transaction", 1_000, to=moment)
    return at in after and at not in before


def whole_span(shop: Shop) -> bool:
    """A span with a start ends all the same."""
    at = shop.earn(shop.member())[1]["transaction_id"]
    (moment,) = (row["created_at"] for row in shop.rows("get_transaction") if row["id"] == at)
    early = {"from": "2000-01-01T00:00:00.000Z", "to": moment}
    return at not in shop.pages("get_transaction", 1_000, **early)


def offset_time(shop: Shop) -> bool:
    """A moment with an offset is refused."""
    return shop.call("get_transaction", **{"from": "2026-01-01T07:00:00+07:00"})[0] == 400


def page_size(shop: Shop) -> bool:
    """A page of 1,000 is given, one of 1,001 is refused with 400."""
    sizes = (shop.call("get_transaction", size=size)[0] for size in (1_000, 1_001))
    return tuple(sizes) == (200, 400)


def transaction_pages(shop: Shop) -> bool:
    """The pages of the transactions hold each once."""
    member = shop.member()
    made = {shop.earn(member)[1]["transaction_id"] for _ in range(7)}
    found = shop.pages("get_transaction", 3)
    return len(found) == len(set(found)) and made <= set(found)


def every_page(shop: Shop) -> bool:
    """The pages of each list hold all that one long page holds."""
    member = shop.member()
    for _ in range(3):
        shop.earn(member)
        shop.coupon(member)
    whose = {"memberId": member["member_id"]}
    lists = (("get_transaction", {}), ("get_coupon_set", {}), ("get_give_coupon_history", whose))
    return all(shop.pages(n, 2, **f) == shop.pages(n, 1_000, **f) for n, f in lists)


def first_page(shop: Shop) -> bool:
    """Without a size a page holds 100."""
    member = shop.member()
    for _ in range(101):
        shop.earn(member, 1)
    return len(shop.call("get_transaction")[1]["data"]) == 100


def set_pages(shop: Shop) -> bool:
    """The pages of the coupon sets hold each once."""
    found = shop.pages("get_coupon_set", 1)
    return len(found) == len(set(found)) >= 3


def history(shop: Shop) -> bool:
    """The history of a member holds its own coupons, each once."""
    member, other = shop.member(), shop.member()
    shop.coupon(other)
    made = [shop.coupon(member)["id"] for _ in range(5)]
    return shop.pages("get_give_coupon_history", 2, memberId=member["member_id"]) == made


def created_set(shop: Shop) -> bool:
    """A set that is made is of the kind that makes coupons itself."""
    value = shop.call("create_coupon_set", name=next(FRESH))[1]
    return bool(value["type"] == "AUTO_GENERATE")


def old_set(shop: Shop) -> bool:
    """A set that the first generation makes is of the kind that makes coupons itself."""
    value = shop.call("create_coupon_set_v1", name=next(FRESH))[1]
    return bool(value["type"] == "AUTO_GENERATE")


def old_use(shop: Shop) -> bool:
    """The first generation uses a coupon, once."""
    code = shop.coupon(shop.member())["code"]
    used, again = (ok(shop.call("mark_use_coupon_v1", code=code)) for _ in range(2))
    return used and not again


def codes(shop: Shop) -> bool:
    """No two coupons share a code."""
    member = shop.member()
    given = [shop.coupon(member)["code"] for _ in range(100)]
    return len(set(given)) == len(given)


def codes_at_once(shop: Shop) -> bool:
    """No two coupons share a code, though they are given at once."""
    member = shop.member()
    given = [coupon["code"] for coupon in at_once(8, lambda _: shop.coupon(member))]
    return len(set(given)) == len(given)


def use_twice(shop: Shop) -> bool:
    """A coupon is used once."""
    coupon = shop.coupon(shop.member())
    return ok(shop.use(coupon)) and not ok(shop.use(coupon))


def use_at_once(shop: Shop) -> bool:
    """Of sixteen uses at once one succeeds."""
    coupon = shop.coupon(shop.member())
    return sum(map(ok, at_once(16, lambda _: shop.use(coupon)))) == 1


def use_voided(shop: Shop) -> bool:
    """A coupon that was taken back cannot be used."""
    coupon = shop.coupon(shop.member())
    return ok(shop.call("void_give_coupon", couponUuid=coupon["id"])) and not ok(shop.use(coupon))


def back_to_pool(shop: Shop) -> bool:
    """A coupon of a pool that was taken back is no longer the member's."""
    member = shop.member()
    coupon = shop.coupon(member, "import_set_id")
    shop.call("void_give_coupon", couponUuid=coupon["id"])
    held = shop.pages("get_give_coupon_history", 2, memberId=member["member_id"])
    return held == [] and not ok(shop.use(coupon))


def static_code(shop: Shop) -> bool:
    """A static code finds no coupon."""
    shop.coupon(shop.member(), "import_set_id")
    return not ok(shop.call("check_coupon", static_code=shop.values["static_code"]))


PROBES: Mapping[str, Callable[[Shop], bool]] = {
    "exchange-token-works-twice": trade_twice,
    "exchange-token-race": trade_at_once,
    "exchange-token-outlives": trade_after(61, good=False),
    "exchange-token-dies-early": trade_after(45, good=True),
    "connect-token-makes-exchange-tokens": exchange_by_add_on,
    "renewal-needs-a-header": renew,
    "renewal-needs-a-living-token": renew_expired,
    "expired-token-forbidden": expired,
    "expired-token-accepted": expired,
    "one-operation-without-auth": no_token,
    "wrong-envelope-on-error": refusal_shape,
    "equal-requests-merged": equal_requests,
    "overdraft-allowed": overdraw,
    "overdraft-race": overdraw_at_once,
    "refused-burn-applied": overdraw,
    "spurious-refusal": many_moves,
    "lost-update": change_at_once,
    "stale-read": read_own_write,
    "wrong-member-credited": many_moves,
    "acked-not-applied": many_moves,
    "double-apply-1-in-200": many_moves,
    "value-added-unconverted": value_converts,
    "points-converted-too": points_stay,
    "value-not-needed": value_needed,
    "burn-answer-without-card": burn_response,
    "burn-message-as-number": burn_response,
    "void-restores-again": void_twice,
    "void-race": voids_at_once,
    "void-without-effect": void_twice,
    "void-gives-double": void_twice,
    "void-by-reference-takes-newest": void_by_reference,
    "old-void-without-effect": old_voids,
    "span-end-ignored": whole_span,
    "span-end-inside": span,
    "span-start-outside": span,
    "offset-time-accepted": offset_time,
    "page-of-1001-accepted": page_size,
    "page-of-1000-refused": page_size,
    "next-page-skips-one": every_page,
    "transactions-page-overlaps": transaction_pages,
    "every-third-transaction-missing": transaction_pages,
    "first-page-of-50": first_page,
    "set-pages-all-alike": set_pages,
    "history-of-everybody": history,
    "history-page-overlaps": history,
    "old-set-of-stock": old_set,
    "created-set-of-stock": created_set,
    "coupon-code-given-again": codes,
    "coupon-code-given-at-once": codes_at_once,
    "coupon-number-repeats": codes,
    "old-mark-without-effect": old_use,
    "coupon-used-again": use_twice,
    "coupon-race": use_at_once,
    "voided-coupon-usable": use_voided,
    "voided-coupon-stays-with-member": back_to_pool,
    "static-code-finds": static_code,
}
