"""The mock of the programme with receipts and coupons is right by itself, wrong on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.check.conformance import Conformance
from harness.mock.vendors.privage import CONNECT, GENERATIONS, OPEN
from harness.model.exchange import Response
from harness.spec.openapi import read_specification
from tests.mock.client import concurrently
from tests.mock.privage import FRESH, Shop, ok, served

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = read_specification(ROOT / "specs/privage/openapi.yaml")


@pytest.fixture(scope="module")
def clean() -> Iterator[Shop]:
    """A client of a server without defects."""
    with served() as server:
        yield Shop(server)


@pytest.fixture
def shop(clean: Shop) -> Shop:
    """The same client with a fresh token, for the clock is moved."""
    clean.token = clean.access()[1]["access_token"]
    return clean


def test_the_two_generations_share_everything() -> None:
    """What the one adds the other burns, voids and lists."""
    assert set(GENERATIONS) == {"", "_v1"}
    with served() as server:
        shop = Shop(server)
        member = shop.member(10)
        card = {"phone_number": member["phone_number"], "card_no": member["id"]}
        burn = shop.call("burn_point_v1", points=4, **card)[1]
        assert shop.points(member) == 6
        assert ok(shop.void(burn))
        assert shop.points(member) == 10
        assert len(shop.call("get_transaction_v1")[1]["data"]) == 2


def test_a_receipt_names_several_transactions_and_is_voided_whole(shop: Shop) -> None:
    """All open transactions of a receipt are voided together; one voided before stays so."""
    member, receipt = shop.member(100), next(FRESH)
    first, *_ = (shop.burn(member, points, ref_no=receipt)[1] for points in (1, 20, 30))
    assert ok(shop.void(first))
    status, value = shop.call("void_transaction_by_refno", refNo=receipt)
    assert (status, len(value["transaction_ids"])) == (200, 2)
    assert shop.points(member) == 100
    assert shop.call("void_transaction_by_refno", refNo=receipt)[0] == 409
    assert shop.call("void_transaction_by_refno", refNo=next(FRESH))[0] == 404


def test_spent_points_are_not_voided_and_then_nothing_of_the_receipt_is(shop: Shop) -> None:
    """A void that cannot be afforded leaves every transaction of the receipt as it was."""
    member, receipt = shop.member(), next(FRESH)
    for points in (5, 6):
        shop.earn(member, points, ref_no=receipt)
    shop.burn(member, 8)
    status, value = shop.call("void_transaction_by_refno", refNo=receipt)
    assert (status, value["message"]) == (400, "not enough points: they are spent")
    assert shop.points(member) == 3


def test_a_value_worth_no_point_is_recorded(shop: Shop) -> None:
    """Less than 25 adds nothing, stands in the list, and can be voided without effect."""
    member = shop.member()
    response = shop.spend(member, 24)
    assert ok(response)
    assert shop.points(member) == 0
    assert ok(shop.void(response[1]))
    assert shop.points(member) == 0


def test_tokens_end(shop: Shop) -> None:
    """An exchange token lives 60 seconds to the second, an access token an hour."""
    token = shop.exchange()
    shop.later(59)
    assert ok(shop.trade(token))
    assert shop.call("get_campaign")[0] == 200
    shop.later(3_600)
    assert shop.call("get_campaign")[0] == 401
    assert shop.access(api_secret="x")[0] == 401


def test_coupons_come_from_where_their_set_says(shop: Shop) -> None:
    """A pool gives what stands in it, a set that makes them makes them, and no coupon is shared."""
    member = shop.member()
    given = [shop.coupon(member, kind) for kind in ("import_set_id", "generate_set_id")]
    assert [coupon["code"][0] for coupon in given] == ["I", "G"]
    made = shop.call("create_coupon_set", name=next(FRESH))[1]
    assert ok(shop.give(member, coupon_set_id=made["id"], quantity=100))
    assert not ok(shop.give(member, quantity=101))
    assert not ok(shop.give(member, member_id="nobody"))
    taken = concurrently(8, lambda _: shop.coupon(member, "import_set_id")["id"])
    assert len(set(taken)) == 8


def test_a_used_coupon_is_not_taken_back(shop: Shop) -> None:
    """Use and taking back exclude each other."""
    coupon = shop.coupon(shop.member())
    assert ok(shop.use(coupon))
    assert shop.call("void_give_coupon", couponUuid=coupon["id"])[0] == 409
    value = shop.call("check_coupon", code=coupon["code"])[1]
    assert value["coupon"]["status"] == "USED"


def requests(shop: Shop) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests of every operation: some that are done, and one that is refused."""
    member = shop.member(100)
    card = {"phone_number": member["phone_number"], "card_no": member["id"]}
    trade = shop.trade(shop.exchange())[1]
    whose = {"business_code": "example", "addon_id": "addon-1"}
    yield "generate_exchange_token", {"token": shop.secrets["management_token"], **whose}
    yield "generate_exchange_token", whose
    yield "exchange_access_token", {"exchange_token": shop.exchange()}
    yield "exchange_access_token", {"exchange_token": "none"}
    yield "renew_access_token", {"refresh_token": trade["refresh_token"]}
    yield "renew_access_token", {"refresh_token": "none"}
    yield "get_access_token", {key: shop.secrets[key] for key in ("api_key", "api_secret")}
    yield "get_access_token", {}
    for end in GENERATIONS:
        for name in CONNECT:
            yield f"{name}{end}", {"token": "none", **_places(name)}
        for name in ("get_addon_status", "get_campaign", "get_profile", "get_transaction"):
            yield f"{name}{end}", {}
        yield f"get_coupon_set{end}", {"page": 2, "size": 1}
        yield f"create_coupon_set{end}", {"name": next(FRESH)}
        yield f"get_transaction{end}", {"size": 1_001}
        yield f"add_point{end}", {**card, "method": 1, "value": 250.5, "ref_no": next(FRESH)}
        yield f"add_point{end}", {**card, "method": 2, "points": 5}
        yield f"add_point{end}", {**card, "method": 2}
        yield f"burn_point{end}", {**card, "points": 5}
        yield f"burn_point{end}", {**card, "points": 50_000}
        one, two, three = (shop.earn(member, ref_no=next(FRESH))[1] for _ in range(3))
        yield f"void_transaction_by_id{end}", {"transactionUuid": one["transaction_id"]}
        yield f"void_transaction_by_id{end}", {"transactionUuid": one["transaction_id"]}
        yield f"void_transaction_by_refno{end}", {"refNo": two["ref_no"]}
        yield f"void_transaction_by_refid{end}", {"refId": three["ref_id"]}
        whose = {"coupon_set_id": shop.values["import_set_id"], "member_id": member["member_id"]}
        yield f"give_coupon{end}", whose
        yield f"give_coupon{end}", {**whose, "quantity": 0}
        yield f"get_give_coupon_history{end}", {"memberId": member["member_id"]}
        used, back = shop.coupon(member), shop.coupon(member)
        yield f"check_coupon{end}", {"code": used["code"]}
        yield f"mark_use_coupon{end}", {"code": used["code"]}
        yield f"mark_use_coupon{end}", {"code": used["code"]}
        yield f"void_give_coupon{end}", {"couponUuid": back["id"]}


def _places(name: str) -> dict[str, str]:
    """Return something for each place in the path of an operation."""
    words = CONNECT[name].path.split("/")
    return {word.strip("{}"): "none" for word in words if word.startswith("{")}


def test_every_response_is_one_the_specification_allows(shop: Shop) -> None:
    """Each operation responds as declared, done and refused, published part and inferred part."""
    conformance, seen = Conformance(SPECIFICATION), dict[str, set[bool]]()
    for name, fields in requests(shop):
        status, value = shop.call(name, fields.pop("token", ""), **fields)
        response = Response(status, {"content-type": "application/json"}, b"")
        violations = conformance.check(name, response, value)
        assert not violations.stated, (name, fields, value, violations)
        assert not violations.inferred, (name, fields, value, violations)
        seen.setdefault(name, set()).add(ok((status, value)))
    assert set(seen) == {*OPEN, *(f"{name}{end}" for end in GENERATIONS for name in CONNECT)}
    assert all(kinds == {True, False} for kinds in seen.values())
    assert set(seen) == set(SPECIFICATION.operations)


def test_a_wrong_response_violates_what_is_published_or_what_is_inferred() -> None:
    """The same response lacks a published field or an inferred one, and the two are told apart."""
    conformance = Conformance(SPECIFICATION)
    response = Response(201, {"content-type": "application/json"}, b"")
    with served() as server:
        shop = Shop(server)
        whole = shop.burn(shop.member(10))[1]
    assert conformance.check("burn_point", response, whole).stated == ()
    without_card = {key: value for key, value in whole.items() if key != "card_no"}
    assert conformance.check("burn_point", response, without_card).stated
    odd = {**whole, "points": "many"}
    assert not conformance.check("burn_point", response, odd).stated
    assert conformance.check("burn_point", response, odd).inferred
