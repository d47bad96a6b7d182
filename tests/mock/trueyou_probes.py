"""A probe for each defect of the programme with voids and coupons: it fails when that is on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from tests.mock.client import at_once
from tests.mock.trueyou import (
    FREE,
    NUMBERS,
    PLAN,
    SECOND,
    Response,
    Till,
    bought,
    coupons_of,
    named,
    narrow,
    ok,
)


def twice_then_void(kind: str) -> Callable[[Till], bool]:
    """What is voided leaves nothing behind, though its number came twice."""

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


def overdraw_at_once(till: Till) -> bool:
    """Redemptions at once never overdraw."""
    member = till.member(100)
    pieces = till.points(member) // 100
    responses = at_once(8, lambda _: till.redeem(member, (PLAN, pieces)))
    return sum(map(ok, responses)) == 1


def redeem_all(till: Till) -> bool:
    """The whole balance can be burned."""
    member = till.member(100)
    left = till.points(member) % 100
    till.earn(member, 25 * (100 - left))
    return ok(till.redeem(member, (PLAN, till.points(member) // 100)))


def many_redemptions(till: Till) -> bool:
    """A redemption that can be paid is never refused, and counts once for its own member."""
    members = [till.member(60_000) for _ in range(3)]
    before = [till.points(member) for member in members]
    done = all(ok(till.redeem(members[number % 3])) for number in range(300))
    after = [till.points(member) for member in members]
    return done and [a - b for a, b in zip(after, before, strict=True)] == [-10_000] * 3


def earns_at_once(till: Till) -> bool:
    """Of eight earns at once none is lost."""
    member = till.member()
    return till.change(member, lambda: at_once(8, lambda _: till.earn(member))) == 8


def balance_after(till: Till) -> bool:
    """A redemption answers the balance after it, as a number and with its points below zero."""
    member = till.member(1_000)
    before = till.points(member)
    value = till.redeem(member)[1]
    return (value["balance"], value["points"]) == (before - 100, -100)


def read_own_write(till: Till) -> bool:
    """A read right after an earn sees it."""
    member = till.member()
    return till.change(member, lambda: till.earn(member)) == 1


def missing(till: Till) -> bool:
    """A missing field is told in the shape of the operation, with its text."""
    status, value = till.redeem(till.member(), channel=None)
    keys = {"error", "message", "path", "status", "timestamp", "businessError", "requestToken"}
    return status == 500 and isinstance(value, dict) and set(value) == keys


def no_token(till: Till) -> bool:
    """Nothing of a customer is shown without a token."""
    return till.card(till.member(), token=None)[0] == 401


def void_of_burn(till: Till) -> bool:
    """A void gives the points back, answers no number, and does nothing when it is repeated."""
    member, number = till.member(1_000), next(NUMBERS)
    responses: list[Response] = []

    def all_of_it() -> None:
        till.redeem(member, trnNo=number)
        responses.extend(till.void("burn", number) for _ in range(2))

    moved = till.change(member, all_of_it)
    return moved == 0 and responses[0] == (200, {"transactionId": None}) and not ok(responses[1])


def voids_at_once(till: Till) -> bool:
    """Eight voids at once give the points back once."""
    member, number = till.member(1_000), next(NUMBERS)

    def all_of_it() -> None:
        till.redeem(member, trnNo=number)
        at_once(8, lambda _: till.void("burn", number))

    return till.change(member, all_of_it) == 0


def burns_during(kind: str) -> Callable[[Till], bool]:
    """No burn that is done while a void runs is forgotten."""

    def probe(till: Till) -> bool:
        member, number = till.member(10_000), next(NUMBERS)
        if kind == "burn":
            till.redeem(member, trnNo=number)
        else:
            number = till.issue(member, 250_000)[1]["redemptionTxId"]
        void = till.void_issue if kind == "issue" else functools.partial(till.void, kind)
        responses: list[Response] = []
        calls = [lambda: void(number), *(7 * [lambda: till.redeem(member)])]
        moved = till.change(
            member, lambda: responses.extend(at_once(8, lambda index: calls[index]()))
        )
        back = 100 if kind == "burn" else -100
        return all(map(ok, responses)) and moved == back - 700

    return probe


def void_of_nothing(till: Till) -> bool:
    """An unknown transaction is not found, and its name is told."""
    status, value = till.void("earn", "none")
    text = "Resource with id 'none' not found"
    return (status, value.get("error"), value.get("message")) == (404, "NOT_FOUND", text)


def void_issue_twice(till: Till) -> bool:
    """The second void of an earn by campaign has a code of its own."""
    redemption = till.issue(till.member(), 250_000)[1]["redemptionTxId"]
    first, second = till.void_issue(redemption), till.void_issue(redemption)
    return first == (200, {"redemptionStatus": "VOID"}) and named(second, "500007")


def use_twice(till: Till) -> bool:
    """The second use of a coupon is refused."""
    member, coupon = bought(till)
    return ok(till.use(member, coupon)) and named(
        till.use(member, coupon), "TRN_INVALID_STATUS_COUPON"
    )


def use_at_once(till: Till) -> bool:
    """Of eight uses at once one succeeds."""
    member, coupon = bought(till)
    return sum(map(ok, at_once(8, lambda _: till.use(member, coupon)))) == 1


def other_campaign(till: Till) -> bool:
    """A coupon is not good under another campaign."""
    member, coupon = bought(till)
    return named(till.use(member, coupon, campaignCode=SECOND), "TRN_INVALID_COUPON")


def coupon_numbers(till: Till) -> bool:
    """All of 200 coupons have a number of their own."""
    numbers = coupons_of(till.redeem(till.member(20_000), (PLAN, 200)))
    return len(set(numbers)) == 200


def several_uses(till: Till) -> bool:
    """A coupon for three uses counts them and shows itself as used."""
    member = till.member(1_000)
    plan = till.values["many_plan"]
    coupon = coupons_of(till.redeem(member, (plan, 1)))[0]
    uses = [till.use(member, coupon, campaignCode=plan) for _ in range(4)]
    shown = [use[1]["usedCoupons"][0] for use in uses[:3]]
    counted = [used["useQuantity"] for used in shown] == [1, 2, 3]
    return counted and {used["status"] for used in shown} == {"U"} and not ok(uses[3])


def used_nothing(till: Till) -> bool:
    """A use that names a customer and no coupon is taken and shows no coupons."""
    status, value = till.use(bought(till)[0])
    return status == 200 and "usedCoupons" not in value


def used_together(till: Till) -> bool:
    """A call that is refused for one coupon leaves the other as it was."""
    member = till.member(1_000)
    one, two = coupons_of(till.redeem(member, (PLAN, 2)))
    till.use(member, one)
    return not ok(till.use(member, two, one)) and ok(till.use(member, two))


def all_or_nothing(till: Till) -> bool:
    """A multiple redemption with one bad plan burns nothing."""
    member = till.member(1_000)
    rewards = [(PLAN, 1), ("NO-SUCH-PLAN", 1)]
    return till.change(member, lambda: till.redeem(member, *rewards, many=True)) == 0


def poor_in_the_end(till: Till) -> bool:
    """A multiple redemption of which only the first reward can be paid burns nothing."""
    member = till.member(1_000)
    rewards = [(PLAN, 1), (PLAN, 900)]
    return till.change(member, lambda: till.redeem(member, *rewards, many=True)) == 0


def details(till: Till) -> bool:
    """A multiple redemption has a detail for each reward."""
    response = till.redeem(till.member(1_000), (PLAN, 1), (SECOND, 2), many=True)
    return [detail["points"] for detail in response[1]["details"]] == [-100, -100]


def pockets(till: Till) -> bool:
    """The pockets hold the balance."""
    value = till.card(till.member(7))[1]
    held = sum(pocket["balance"] for pocket in value["moreInfo"]["pointPockets"])
    return bool(held == value["pointBalance"])


def satang(till: Till) -> bool:
    """A hundred Satang are a Baht."""
    member = till.member()
    return till.change(member, lambda: till.issue(member, 250_000)) == 100


def multiplier(till: Till) -> bool:
    """A multiplier multiplies."""
    member = till.member()
    text = "action:RPP001|multiplier:3"
    return till.change(member, lambda: till.earn(member, 100, comment=text)) == 12


def one_campaign(till: Till) -> bool:
    """Where a campaign is named the others do not run."""
    member, place = till.member(), till.values["bonus_location"]
    fields = {"locationCode": place, "campaignCode": till.values["campaign"]}
    every = till.change(member, lambda: till.earn(member, 100, locationCode=place))
    return every == 8 and till.change(member, lambda: till.earn(member, 100, **fields)) == 4


def nonmember(till: Till) -> bool:
    """A customer who is no member cannot redeem."""
    number = till.values["nonmember"]
    shown = till.card(number)[1]["moreInfo"]["isMember"]
    return shown == "N" and not ok(till.redeem(number, (SECOND, 1)))


def lengths(count: int, taken: bool) -> Callable[[Till], bool]:
    """A number of so many characters is taken, or not."""
    return lambda till: ok(till.earn(till.member(), trnNo=next(NUMBERS).rjust(count, "x"))) is taken


def trueid(till: Till) -> bool:
    """TRUEID is known to multiple redemptions alone."""
    who = {"identifierType": "TRUEID", "identifierNo": till.values["trueid"]}
    multiple = till.redeem("", (FREE, 1), many=True, **who)
    return ok(multiple) and not ok(till.redeem("", (FREE, 1), **who))


def unknown_channel(till: Till) -> bool:
    """A channel that was not given out is refused."""
    return named(till.earn(till.member(), channel="NOSUCH"), "INVALID_CHANNEL_PARAMETER")


def shared_location(till: Till) -> bool:
    """A shared location needs its partner."""
    place = {"locationCode": till.values["shared_location"]}
    member = till.member()
    partner = {"partnerCode": till.values["partner"]}
    return not ok(till.earn(member, **place)) and ok(till.earn(member, **place, **partner))


def shape_of_multiple(till: Till) -> bool:
    """A refused multiple redemption has a code and the address, and no error and no message."""
    status, value = till.redeem(till.member(), ("NONE", 1), many=True)
    return status == 500 and set(value) == {"code", "referenceCode", "type", "title", "status"}


def nobody(till: Till) -> bool:
    """An identifier that nobody has is not found."""
    return named(till.card("0000000000000"), "IDENTIFIER_BY_NUMBER_AND_TYPE_NOT_FOUND", 404)


def status_field(till: Till) -> bool:
    """The body of a refusal says its status."""
    status, value = till.redeem(till.member(), ("NONE", 1))
    return bool(value["status"] == status == 500)


def timestamp(till: Till) -> bool:
    """The timestamp of a refusal has an offset."""
    return str(till.redeem(till.member(), ("NONE", 1))[1]["timestamp"]).endswith("+07:00")


def violations(till: Till) -> bool:
    """All empty fields are told at once."""
    status, value = till.void_issue("", merchantId="", terminalId=None)
    told = {error["field"] for error in value["fieldErrors"]}
    return status == 400 and told == {"redemptionTxId", "merchantId", "terminalId"}


def reference_codes(till: Till) -> bool:
    """Each refusal has a code of its own."""
    codes = [till.void_issue("none")[1]["referenceCode"] for _ in range(3)]
    return len(set(codes)) == 3 and {len(code) for code in codes} == {24}


def scopes(till: Till) -> bool:
    """A token that may only read cannot earn."""
    return till.earn(till.member(), token=narrow(till, "ty-privilege.customer.read"))[0] == 403


def all_scopes(till: Till) -> bool:
    """An earn by campaign needs all of its scopes."""
    return till.issue(till.member(), token=narrow(till, "ty-privilege.earn"))[0] == 403


def expired(till: Till) -> bool:
    """A token ends with its life."""
    granted = till.grant()[1]
    member, token = till.member(), granted["access_token"]
    alive = till.card(member, token=token)[0]
    clock = till.server.service.clock
    assert clock is not None
    clock.advance(granted["expires_in"])
    ended = till.card(member, token=token)[0]
    till.token = till.grant()[1]["access_token"]
    return (alive, ended) == (200, 401)


PROBES: Mapping[str, Callable[[Till], bool]] = {
    "no-dedupe": twice_then_void("earn"),
    "no-dedupe-burn": twice_then_void("burn"),
    "overdraft-allowed": overdraw,
    "overdraft-race": overdraw_at_once,
    "exact-balance-refused": redeem_all,
    "refused-burn-applied": overdraw,
    "spurious-refusal": many_redemptions,
    "lost-update": earns_at_once,
    "stale-answer-balance": balance_after,
    "stale-read": read_own_write,
    "wrong-member-credited": many_redemptions,
    "acked-not-applied": many_redemptions,
    "double-apply-1-in-200": many_redemptions,
    "refusal-without-message": missing,
    "wrong-envelope-on-error": missing,
    "error-500-on-missing-field": missing,
    "balance-as-text": balance_after,
    "one-operation-without-auth": no_token,
    "void-restores-again": void_of_burn,
    "void-race": voids_at_once,
    "burn-void-overwrites": burns_during("burn"),
    "issue-void-overwrites": burns_during("issue"),
    "void-without-effect": void_of_burn,
    "unknown-void-accepted": void_of_nothing,
    "void-answers-a-number": void_of_burn,
    "issue-voided-again": void_issue_twice,
    "coupon-used-again": use_twice,
    "coupon-race": use_at_once,
    "coupon-of-any-campaign": other_campaign,
    "coupon-number-repeats": coupon_numbers,
    "use-quantity-stays": several_uses,
    "used-coupon-shown-new": several_uses,
    "coupons-shown-unasked": used_nothing,
    "refused-use-counts": used_together,
    "multiple-redeem-stops-midway": all_or_nothing,
    "multiple-redeem-pays-until-poor": poor_in_the_end,
    "detail-left-out": details,
    "points-without-sign": balance_after,
    "pockets-drift": pockets,
    "satang-taken-for-baht": satang,
    "multiplier-ignored": multiplier,
    "campaign-ignored": one_campaign,
    "anyone-redeems": nonmember,
    "length-above-accepted": lengths(36, False),
    "length-limit-refused": lengths(35, True),
    "type-of-others-accepted": trueid,
    "channel-not-checked": unknown_channel,
    "location-not-told-apart": shared_location,
    "other-shape-of-refusal": shape_of_multiple,
    "not-found-as-500": nobody,
    "status-field-differs": status_field,
    "timestamp-without-offset": timestamp,
    "violations-cut-short": violations,
    "reference-code-repeats": reference_codes,
    "scope-not-checked": scopes,
    "one-scope-is-enough": all_scopes,
    "expired-token-accepted": expired,
}
