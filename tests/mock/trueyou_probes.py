"""A probe for each group of defects of the programme with voids and coupons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.mock.trueyou import (
    NUMBERS,
    PLAN,
    Response,
    Till,
    bought,
    named,
    narrow,
    ok,
)


def twice_then_void(kind: str) -> Callable[[Till], bool]:
    """What is voided has no effect left, although its number was a duplicate."""

    def probe(till: Till) -> bool:
        member, number = till.member(1_000), next(NUMBERS)
        act = till.earn if kind == "earn" else till.redeem

        def all_of_it() -> None:
            act(member, trnNo=number)
            act(member, trnNo=number)
            till.void(kind, number)

        return till.change(member, all_of_it) == 0

    return probe


def overdraw(till: Till) -> bool:
    """A redemption above the points is refused without effect."""
    member = till.member(1)
    pieces = till.points(member) // 100 + 1
    responses: list[Response] = []
    moved = till.change(member, lambda: responses.append(till.redeem(member, (PLAN, pieces))))
    return named(responses[0], "TRN_NOT_ENOUGH_POINTS") and moved == 0


def void_of_burn(till: Till) -> bool:
    """A void gives the points back, returns no number, and does nothing when it is repeated."""
    member, number = till.member(1_000), next(NUMBERS)
    responses: list[Response] = []

    def all_of_it() -> None:
        till.redeem(member, trnNo=number)
        responses.extend(till.void("burn", number) for _ in range(2))

    moved = till.change(member, all_of_it)
    return moved == 0 and responses[0] == (200, {"transactionId": None}) and not ok(responses[1])


def use_twice(till: Till) -> bool:
    """The second use of a coupon is refused."""
    member, coupon = bought(till)
    return ok(till.use(member, coupon)) and named(
        till.use(member, coupon), "TRN_INVALID_STATUS_COUPON"
    )


def used_nothing(till: Till) -> bool:
    """A use that names a customer and no coupon is taken and shows no coupons."""
    status, value = till.use(bought(till)[0])
    return status == 200 and "usedCoupons" not in value


def satang(till: Till) -> bool:
    """A hundred Satang are a Baht."""
    member = till.member()
    return till.change(member, lambda: till.issue(member, 250_000)) == 100


def scopes(till: Till) -> bool:
    """A token that may only read cannot earn."""
    return till.earn(till.member(), token=narrow(till, "ty-privilege.customer.read"))[0] == 403


PROBES: Mapping[str, Callable[[Till], bool]] = {
    "no-dedupe": twice_then_void("earn"),
    "overdraft-allowed": overdraw,
    "duplicate-void-applied": void_of_burn,
    "coupon-reusable": use_twice,
    "coupons-shown-unasked": used_nothing,
    "satang-taken-for-baht": satang,
    "scope-not-checked": scopes,
}
