"""The mock of the programme with voids and coupons is right by itself, wrong on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness.check.conformance import Conformance
from harness.mock.vendors.trueyou import OPERATIONS
from harness.model.exchange import Response
from harness.spec.openapi import read_specification
from tests.mock.client import concurrently
from tests.mock.trueyou import (
    FREE,
    NUMBERS,
    PLAN,
    SECOND,
    Till,
    bought,
    coupons_of,
    named,
    narrow,
    ok,
    served,
)

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = read_specification(ROOT / "specs/trueyou/openapi.yaml")


@pytest.fixture(scope="module")
def clean() -> Iterator[Till]:
    """A client of a server without defects."""
    with served() as server:
        yield Till(server)


@pytest.fixture
def till(clean: Till) -> Till:
    """The same client with a fresh token, for tokens are short-lived."""
    clean.token = clean.grant()[1]["access_token"]
    return clean


def repeated(call: Callable[[str], Any], number: str, _: int) -> Any:
    """Send the request of a number; the last argument counts the threads that do."""
    return call(number)


def test_a_number_is_replayed_and_never_counts_twice(till: Till) -> None:
    """Earn, earn by campaign, redemption and use respond to a repeat as to the first."""
    member = till.member(5_000)
    coupon = coupons_of(till.redeem(member))[0]
    calls: list[Callable[[str], Any]] = [
        lambda number: till.earn(member, 2_500, trnNo=number),
        lambda number: till.issue(member, 250_000, trnNo=number),
        lambda number: till.redeem(member, trnNo=number),
        lambda number: till.redeem(member, (PLAN, 1), (FREE, 1), many=True, trnNo=number),
        lambda number: till.use(member, coupon, trnNo=number),
    ]
    for call in calls:
        number = next(NUMBERS)
        first = call(number)
        assert ok(first)
        before = till.points(member)
        assert [call(number), *concurrently(4, partial(repeated, call, number))] == [first] * 5
        assert till.points(member) == before


def test_a_number_belongs_to_one_transaction(till: Till) -> None:
    """The number of an earn is no number for a redemption, nor for another customer's earn."""
    number = next(NUMBERS)
    assert ok(till.earn(till.member(), trnNo=number))
    assert not ok(till.redeem(till.member(1_000), trnNo=number))
    assert not ok(till.earn(till.member(), trnNo=number))


def test_a_refused_number_is_free(till: Till) -> None:
    """What was refused for want of points can be sent again."""
    number, member = next(NUMBERS), till.member()
    pieces = till.points(member) // 100 + 1
    assert named(till.redeem(member, (PLAN, pieces), trnNo=number), "TRN_NOT_ENOUGH_POINTS")
    till.earn(member, 2_500)
    assert ok(till.redeem(member, (PLAN, pieces), trnNo=number))


def test_each_void_takes_its_own_kind(till: Till) -> None:
    """A burn is no earn, and what went by a campaign is neither."""
    member = till.member(1_000)
    burn, earn, issue = (next(NUMBERS) for _ in range(3))
    till.redeem(member, trnNo=burn)
    till.earn(member, 2_500, trnNo=earn)
    redemption = till.issue(member, 250_000, trnNo=issue)[1]["redemptionTxId"]
    for kind, number in (("earn", burn), ("burn", earn), ("earn", issue), ("burn", redemption)):
        assert named(till.void(kind, number), "NOT_FOUND", 404)
    assert named(till.void_issue(earn), "500013")
    assert ok(till.void_issue(redemption))
    assert ok(till.void("earn", earn))
    assert ok(till.void("burn", burn))


def test_spent_points_are_not_voided(till: Till) -> None:
    """The void of an earn, or of one by campaign, is refused when the points are gone."""
    member, number = till.member(), next(NUMBERS)
    left = till.points(member) % 100
    till.earn(member, 25 * (100 - left))
    till.earn(member, 2_500, trnNo=number)
    redemption = till.issue(member, 250_000)[1]["redemptionTxId"]
    assert ok(till.redeem(member, (PLAN, till.points(member) // 100)))
    assert till.points(member) == 0
    assert named(till.void("earn", number), "TRN_NOT_ENOUGH_POINTS")
    status, value = till.void_issue(redemption)
    assert (status, value["code"], value["title"]) == (500, "500011", "Not enough points")


def test_a_void_and_its_coupon_exclude_each_other(till: Till) -> None:
    """A voided redemption's coupon is void, and a used coupon's redemption stays."""
    member, one, two = till.member(2_000), next(NUMBERS), next(NUMBERS)
    voided = coupons_of(till.redeem(member, trnNo=one))[0]
    used = coupons_of(till.redeem(member, trnNo=two))[0]
    assert ok(till.void("burn", one))
    assert named(till.use(member, voided), "TRN_INVALID_STATUS_COUPON")
    assert ok(till.use(member, used))
    assert not ok(till.void("burn", two))


def test_a_coupon_is_its_owners(till: Till) -> None:
    """Another customer cannot use it; without a customer whoever holds it can, as an object too."""
    member, coupon = bought(till)
    assert named(till.use(till.member(), coupon), "TRN_INVALID_COUPON")
    nobody = {"identifierNo": None, "coupons": [{"couponNumber": coupon}]}
    assert ok(till.use(member, **nobody))


def test_points_lie_in_pockets_and_the_first_to_end_goes_first(till: Till) -> None:
    """A burn takes from the pocket that ends first, and a void puts it back there."""
    member = next(
        number
        for number in (till.member() for _ in range(100))
        if len(till.card(number)[1]["moreInfo"]["pointPockets"]) > 1
    )
    number = next(NUMBERS)
    before = till.card(member)[1]["moreInfo"]["pointPockets"]
    assert before == sorted(before, key=lambda pocket: str(pocket["expire"]))
    till.redeem(member, trnNo=number)
    after = till.card(member)[1]["moreInfo"]["pointPockets"]
    assert after[0]["balance"] == before[0]["balance"] - 100
    assert after[1:] == before[1:]
    till.void("burn", number)
    assert till.card(member)[1]["moreInfo"]["pointPockets"] == before


def test_points_that_have_ended_do_not_count() -> None:
    """When the years have passed nothing is left of an earn."""
    with served() as server:
        till = Till(server)
        member = till.member(10)
        clock = server.service.clock
        assert clock is not None
        clock.advance(4 * 366 * 86_400)
        till.token = till.grant()[1]["access_token"]
        assert till.points(member) == 0


def test_baht_are_counted_down(till: Till) -> None:
    """24.99 Baht are no point, 25 and 49.99 are one."""
    member = till.member()
    changes = [till.change(member, partial(till.earn, member, baht)) for baht in (24.99, 49.99)]
    assert changes == [0, 1]
    assert ok(till.earn(member, None))


def test_access_is_decided_first(till: Till) -> None:
    """Every operation returns 401 without a token, 403 in another project, whatever the body."""
    for name in OPERATIONS:
        assert till.call(name, token=None)[0] == 401
        assert till.call(name, token="good-for-nothing")[0] == 401
        assert till.call(name, project="0" * 24)[0] == 403


def test_a_token_has_the_scopes_asked_for(till: Till) -> None:
    """Fewer may be asked for, none that the client lacks."""
    assert ok(till.earn(till.member(), token=narrow(till, "ty-privilege.earn")))
    assert till.grant(scope="ty-privilege.everything")[0] == 400
    assert till.grant(grant_type="password")[1]["error"] == "unsupported_grant_type"
    assert till.grant(grant_type=None)[1]["error"] == "invalid_request"
    assert till.grant(basic="someone:else")[0] == 401
    assert till.grant(basic=None)[0] == 401


def cases(till: Till) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests of every operation: successes and refusals of all kinds."""
    member = till.member(5_000)
    who = {"identifierType": "THAIID", "identifierNo": member}
    numbers = [next(NUMBERS) for _ in range(6)]
    channel = {"channel": "RPP"}
    earn = {**who, **channel, "trnNo": numbers[0], "eventType": "ISSUANCE", "amount": 2_500}
    date = "2024-05-27T02:20:30.451Z"
    issue = {**who, **channel, "trnNo": numbers[1], "action": "DEFAULT", "transactionDate": date}
    rewards = {"rewards": [{"pricePlanCode": PLAN, "quantity": 2}, {"pricePlanCode": SECOND}]}
    redeem = {**who, **channel, "trnNo": numbers[2], **rewards}
    yield "get_customer_card", {"customerIdnNo": member, "idnType": "THAIID"}
    yield "get_customer_card", {"customerIdnNo": "none", "idnType": "THAIID"}
    yield "get_customer_card", {"channel": "NONE"}
    yield "earn_points", earn
    yield "earn_points", {**earn, "channel": "NONE"}
    yield "earn_points", {**earn, "identifierNo": "none"}
    yield "issue_points_wecampaign", {**issue, "amount": 250_000}
    yield "issue_points_wecampaign", issue
    for action in ("NONE", "UNAVAILABLE"):
        yield "issue_points_wecampaign", {**issue, "amount": 1, "action": action}
    yield "issue_points_wecampaign", {**issue, "amount": 1, "identifierNo": "none"}
    for name, number in (("redeem_campaign", numbers[2]), ("multiple_redeem", numbers[3])):
        yield name, {**redeem, "trnNo": number}
        yield name, {**redeem, "rewards": [{"pricePlanCode": "NONE"}]}
        yield name, {**redeem, "rewards": [{"pricePlanCode": PLAN, "quantity": 90_000}]}
        yield name, {**redeem, "identifierNo": "none"}
        yield name, {}
    coupon = coupons_of(till.redeem(member))[0]
    use = {**who, "trnNo": numbers[4], "campaignCode": PLAN, "coupons": [coupon]}
    yield "mark_used", use
    yield "mark_used", {**use, "trnNo": numbers[5]}
    yield "mark_used", {**use, "coupons": ["none"]}
    for name, number in (("void_burn", numbers[2]), ("void_earn", numbers[0])):
        yield name, {"prtTrnNo": number, **channel}
        yield name, {"prtTrnNo": number, **channel}
        yield name, {"prtTrnNo": number, "channel": "NONE"}
    place = {"merchantId": "0022796", "terminalId": "69000712"}
    redemption = till.issue(member, 250_000)[1]["redemptionTxId"]
    for number in (redemption, redemption, "none", *(str(900_001 + n) for n in range(4))):
        yield "void_issue", {"redemptionTxId": number, **place}
    yield "void_issue", {}


def test_every_response_is_as_specified_and_inferred(till: Till) -> None:
    """Successes and refusals of all operations conform to what is stated and inferred."""
    conformance = Conformance(SPECIFICATION)
    seen: dict[str, set[int]] = {}
    for name, fields in cases(till):
        status, value = till.call(name, **fields)
        response = Response(status, {"content-type": "application/json"}, b"")
        violations = conformance.check(name, response, value)
        assert not violations.stated, (name, fields, value, violations)
        assert not violations.inferred, (name, fields, value, violations)
        seen.setdefault(name, set()).add(status)
    assert set(seen) == set(OPERATIONS)
    assert all({200, 500} <= statuses for statuses in seen.values())
    assert seen["void_issue"] == {200, 400, 500}
    assert 404 in seen["get_customer_card"]


def test_a_wrong_response_does_not_conform() -> None:
    """The specification used above can be broken: a void that tells a number does."""
    response = Response(200, {"content-type": "application/json"}, b"")
    conformance = Conformance(SPECIFICATION)
    assert not conformance.check("void_burn", response, {"transactionId": None}).stated
    assert conformance.check("void_burn", response, {"transactionId": 5}).stated
    value = {"code": "X", "referenceCode": "a" * 32, "title": "t", "status": 404}
    refused = Response(500, {"content-type": "application/json"}, b"")
    told = {**value, "type": "http://h/multiple-redeems/campaign"}
    assert conformance.check("multiple_redeem", refused, told).inferred
    assert not conformance.check("multiple_redeem", refused, told).stated
