"""Every response of the clean mock is one the written specification allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from harness.mock.vendors import loga
from tests.mock.client import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    """The specification as written."""
    text = (ROOT / "specs/loga/openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation's name and the schema of its response, with its references."""
    for item in document["paths"].values():
        for operation in item.values():
            response = operation["responses"]["200"]
            if "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            schema = response["content"]["application/json"]["schema"]
            yield operation["operationId"], {**schema, "components": document["components"]}


def responses(client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield responses of every operation: successes, refusals, stops and plastic members."""
    member = client.member()
    bulk = {"cuid": [member], "point": ["5"], "remark": ["x"], "reference": ["spec-1"]}
    plastic = {"plastic_ident": "8850000900001"}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("get_cards", {}),
        ("get_card_detail", {}),
        ("get_rewards", {}),
        ("get_customers", {"offset": 0, "limit": 50}),
        ("get_customer_info", {"cuid": member}),
        ("get_customer_info", plastic),
        ("add_customer_point", {"cuid": member, "point": 50, "remark": "x"}),
        ("add_customer_point", {"pcard_id": 900001, "point": 50, "remark": "x"}),
        ("use_customer_point", {"cuid": member, "point": 5, "remark": "x"}),
        ("use_customer_point", {"cuid": member, "point": 5_000, "remark": "x"}),
        ("bulk_add_point", bulk),
        ("bulk_add_point", {**bulk, "point": ["0"], "reference": ["spec-2"]}),
        ("bulk_use_point", {**bulk, "reference": ["spec-3"]}),
        ("bulk_use_point", {**bulk, "point": ["900000"], "reference": ["spec-4"]}),
        ("create_ticket", {"amount": 5}),
    ]
    for operation, fields in cases:
        yield operation, client.call(operation, **fields)
    yield from more_responses(client, member)
    secrets = client.server.service.secrets
    device = Client(client.server, "specification").login()
    yield "login", device.call("login", user=secrets["user"])
    yield "logout", device.call("logout")
    for name in set(loga.OPERATIONS) - {"member_download"}:
        yield name, client.call(name, token="none", card_id="none", uuid="none")
        if name != "logout":
            yield name, client.call(name)


def more_responses(client: Client, member: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield responses on members, credits, coupons, activities, the helpdesk, posts, downloads."""
    values = client.server.service.values
    board = {"board_id": values["board_id"], "user_type": "M"}
    credit = {"cuid": member, "cdid": "701", "amount": 5, "remark": "x"}
    plastic = {"serial": "s1", "barcode": "b1", "mobile": "0800", "fname": "A"}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("subscribe_by_unregistered_card", plastic),
        ("subscribe_by_unregistered_card", plastic),
        ("register_plastic_card", {"nfc": "n2", "barcode": "b2"}),
        ("get_customer_info", {"plastic_ident": "b2"}),
        ("add_member", {"cuid": values["stranger"]}),
        ("set_customer_profile", {"cuid": member, "level": 2}),
        ("bind_plastic_card", {"cuid": member, "barcode": "b2"}),
        ("unbind_plastic_card", {"cuid": member}),
        ("create_member_ticket", {"level": 2}),
        ("verify_code", {"code": "none"}),
        ("add_customer_credits", credit),
        ("use_customer_credits", credit),
        ("create_credit_qr", credit),
        ("create_credit_qr", {**credit, "type": "remote"}),
        ("get_credit_qr_status", {"serial": values["scanned_serial"]}),
        ("get_credit_qr_status", {"serial": values["poor_serial"]}),
        ("get_customer_coupons", {"cuid": member}),
        ("force_use_coupon", {"cuid": member, "cupon_id": "401"}),
        ("get_activities", {}),
        ("get_activity_detail", {"transaction_id": values["transaction_id"]}),
        ("helpdesk_checkinvalidapp", {}),
        ("helpdesk_postmsg", {"msg": "hello"}),
        ("helpdesk_postmsg", {"msg": "hello", **board, "board_uid": values["board_uid"]}),
        ("helpdesk_getmsg", {}),
        ("helpdesk_getmsg", board),
        ("helpdesk_checknewmsg", board),
        ("helpdesk_checkreadmsg", board),
        ("helpdesk_getallboard", {"limit": 3}),
        ("helpdesk_updatestatusmsg", {**board, "status": "C"}),
        ("helpdesk_removemsg", {"msg_id": values["message_id"]}),
        ("post_postmsg", {"detail": "hello"}),
        ("post_removemsg", {"post_id": values["post_id"]}),
    ]
    for operation, fields in cases:
        yield operation, client.call(operation, **fields)
    code = client.call("create_member_ticket", level=2)["data"]["serial"]
    yield "verify_code", client.call("verify_code", code=code)
    yield "member_download_json", client.call("member_download", output="json")
    yield "member_download_csv", client.call("member_download", card_id="none")


def test_every_response_conforms(clean: Client, specification: dict[str, Any]) -> None:
    """Successes, refusals and stops of all operations satisfy their schemas."""
    validators = {
        name: jsonschema_rs.validator_for(schema) for name, schema in operations(specification)
    }
    seen = set()
    for operation, value in responses(clean):
        errors = [str(error) for error in validators[operation].iter_errors(value)]
        assert not errors, (operation, value, errors)
        seen.add(operation)
    assert seen == set(validators)


def test_a_wrong_response_does_not_fit(specification: dict[str, Any]) -> None:
    """The validators used above can fail: a balance as text does."""
    schemas = dict(operations(specification))
    validator = jsonschema_rs.validator_for(schemas["add_customer_point"])
    assert validator.is_valid({"code": 200, "msg": "ok", "data": {"point": {"now": 5}}})
    assert not validator.is_valid({"code": 200, "msg": "ok", "data": {"point": {"now": "5"}}})
