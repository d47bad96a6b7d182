"""Schemas of requests and of responses, where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest

from harness.spec.direction import as_received, as_sent

SCHEMAS: Mapping[str, Any] = {
    "Base": {
        "type": "object",
        "required": ["id", "name", "pin"],
        "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "name": {"type": "string"},
            "pin": {"type": "string", "writeOnly": True},
        },
    },
    "Id": {"type": "string", "readOnly": True},
    "Rule": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "pin"]}]},
    "Named": {
        "allOf": [{"$ref": "#/components/schemas/Bare"}],
        "properties": {"id": {"readOnly": True}},
    },
    "Bare": {"required": ["id", "name"]},
    "Cat": {"type": "object", "required": ["kind"], "properties": {"claws": {"type": "integer"}}},
    "Dog": {"type": "object", "required": ["kind"], "properties": {"claws": {"type": "string"}}},
    "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    },
}


def fits(direction: Any, name: str, value: Any) -> bool:
    """Return whether a value fits a schema in a direction."""
    way = direction({"components": {"schemas": SCHEMAS}})
    schema = way.schema({"$ref": f"#/components/schemas/{name}"})
    whole = {"allOf": [schema], "components": way.components()}
    return bool(jsonschema_rs.Draft202012Validator(whole).is_valid(value))


@pytest.mark.parametrize("name", ["Base", "Rule"])
def test_what_is_for_reading_only_is_not_asked_for_in_requests(name: str) -> None:
    """Nor is what is for writing only asked for in responses; all else is, wherever it stands."""
    assert fits(as_sent, name, {"name": "n", "pin": "1"})
    assert not fits(as_sent, name, {"name": "n"})
    assert fits(as_received, name, {"id": "1", "name": "n"})
    assert not fits(as_received, name, {"name": "n"})


def test_a_required_list_elsewhere_is_read_with_the_properties_around_it() -> None:
    """What is referred to asks for it still where nothing around says that it is not sent."""
    assert fits(as_sent, "Named", {"name": "n"})
    assert not fits(as_sent, "Named", {})
    assert not fits(as_sent, "Bare", {"name": "n"})


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ({"kind": "cat", "claws": 5}, True),
        ({"kind": "cat"}, True),
        ({"kind": "Dog"}, True),
        ({"kind": "cat", "claws": "5"}, False),
        ({"kind": "Dog", "claws": 5}, False),
        ({}, False),
    ],
)
def test_a_discriminator_decides_which_branch_must_match(value: Any, fine: bool) -> None:
    """By its mapping or by the name of the schema, although both branches may match."""
    assert fits(as_sent, "Pet", value) is fine
    assert fits(as_received, "Pet", value) is fine


def test_an_unknown_kind_is_judged_as_without_a_discriminator() -> None:
    """In responses; a request of an unknown kind is not correct."""
    assert fits(as_received, "Pet", {"kind": "cow", "claws": 5})
    assert not fits(as_received, "Pet", {"kind": "cow"})
    assert not fits(as_sent, "Pet", {"kind": "cow", "claws": 5})


def test_a_document_without_directions_is_left_as_it_is() -> None:
    """So that nothing changes for it."""
    schema = {"type": "object", "properties": {"a": {}}}
    assert as_sent({"components": {}}).schema(schema) is schema
