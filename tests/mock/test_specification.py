"""Every answer of the clean mock is one the written specification allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.mock.client import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    """The specification as written."""
    text = (ROOT / "specs/loga/openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each operation and the schema of its answer, references still in place."""
    for item in document["paths"].values():
        for operation in item.values():
            answer = operation["responses"]["200"]
            if "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            schema = answer["content"]["application/json"]["schema"]
            yield operation["operationId"], {**schema, "components": document["components"]}


def answers(client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield answers of every operation: successes, refusals, stops and plastic members."""
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
    secrets = client.server.service.secrets
    device = Client(client.server, "specification").login()
    yield "login", device.call("login", user=secrets["user"])
    yield "logout", device.call("logout")
    for operation in {name for name, _ in cases} | {"logout", "login"}:
        yield operation, client.call(operation, token="none", card_id="none", uuid="none")
        yield operation, client.call(operation)


def test_every_answer_fits_the_specification(clean: Client, specification: dict[str, Any]) -> None:
    """Successes, refusals and stops of all operations satisfy their schemas."""
    validators = {
        name: jsonschema_rs.validator_for(schema) for name, schema in operations(specification)
    }
    seen = set()
    for operation, value in answers(clean):
        errors = [str(error) for error in validators[operation].iter_errors(value)]
        assert not errors, (operation, value, errors)
        seen.add(operation)
    assert seen == set(validators)


def test_a_wrong_answer_does_not_fit(specification: dict[str, Any]) -> None:
    """The validators used above can fail: a balance as text does."""
    schemas = dict(operations(specification))
    validator = jsonschema_rs.validator_for(schemas["add_customer_point"])
    assert validator.is_valid({"code": 200, "msg": "ok", "data": {"point": {"now": 5}}})
    assert not validator.is_valid({"code": 200, "msg": "ok", "data": {"point": {"now": "5"}}})
