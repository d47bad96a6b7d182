"""A request is invalid only if every interpretation of it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.engine.property.request_schema import RequestSchema
from harness.model.operation import Body, Operation, Parameter, Specification
from harness.spec.credentials import own_parameters, without_auth
from harness.wire.request import Draft

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def shape(
    schema: Mapping[str, Any],
    media_type: str = FORM,
    parameters: tuple[Parameter, ...] = (),
    path: str = "/x",
) -> RequestSchema:
    """Return the shape of an operation with this body."""
    operation = Operation(
        "x", "post", path, "x", parameters, Body(media_type, True, schema), {}, "made up"
    )
    document = {"components": {"schemas": {"Amount": {"type": "integer", "minimum": 1}}}}
    return RequestSchema(operation, Specification({"x": operation}, document, "0"))


def wrong(found: RequestSchema, body: Any, **parts: Any) -> bool:
    """Return whether a request with this body is surely invalid."""
    draft = Draft(
        found.operation,
        parts.get("path", {}),
        parts.get("query", {}),
        parts.get("headers", {}),
        body,
    )
    return found.is_surely_invalid(draft)


FIELDS = {
    "type": "object",
    "required": ["name", "points"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "points": {"$ref": "#/components/schemas/Amount"},
        "note": {"type": "string", "minLength": 1},
        "flag": {"type": "boolean"},
        "rows[]": {"type": "array", "minItems": 1, "items": {"type": "integer"}},
        "either": {"type": ["integer", "string"]},
    },
}


@pytest.mark.parametrize(
    ("change", "is_wrong"),
    [
        ({}, False),
        ({"name": 5}, False),  # any text is a word
        ({"name": None}, True),  # written as nothing, and nothing is not enough
        ({"name": ["a", "b"]}, False),  # repeated, of which a server takes one
        ({"points": "7"}, False),  # a number is text anyway
        ({"points": " 7 "}, False),
        ({"points": "7.0"}, False),
        ({"points": 0}, True),
        ({"points": "AAA"}, True),
        ({"points": True}, True),
        ({"points": "nan"}, True),
        ({"note": ""}, False),  # may count as not sent
        ({"note": "x"}, False),
        ({"flag": "1"}, False),
        ({"flag": "perhaps"}, True),
        ({"rows[]": []}, False),  # writes nothing at all
        ({"rows[]": 3}, False),  # one item
        ({"rows[]": ["a"]}, True),
        ({"either": "AAA"}, False),
        ({"stranger": "x"}, False),
    ],
)
def test_what_a_form_can_say(change: Mapping[str, Any], is_wrong: bool) -> None:
    """In a form everything is text, so only what no interpretation allows is invalid."""
    assert wrong(shape(FIELDS), {"name": "n", "points": 1, **change}) is is_wrong


@pytest.mark.parametrize("field", ["name", "points"])
def test_a_missing_field_stays_missing(field: str) -> None:
    """A required field that is not written is invalid in every interpretation."""
    body = {"name": "n", "points": 1}
    body.pop(field)
    assert wrong(shape(FIELDS), body)


@pytest.mark.parametrize(
    ("change", "is_wrong"),
    [
        ({}, False),
        ({"name": 5}, True),  # JSON has types
        ({"points": "7"}, True),
        ({"note": None}, False),  # as good as left out
        ({"name": None}, True),
        ({"rows[]": 3}, True),
    ],
)
def test_what_json_can_say(change: Mapping[str, Any], is_wrong: bool) -> None:
    """In JSON a type is a type; only nothing may count as left out."""
    assert wrong(shape(FIELDS, JSON), {"name": "n", "points": 1, **change}) is is_wrong


def test_parameters_are_text_too() -> None:
    """Path, query and header are read back from the request and held against their schemas."""
    parameters = (
        Parameter("id", "path", True, {"type": "integer"}),
        Parameter("limit", "query", False, {"type": "integer", "minimum": 1}),
        Parameter("X-Key", "header", True, {"type": "string", "minLength": 3}),
    )
    found = shape({"type": "object"}, FORM, parameters, "/x/{id}/y")
    good: dict[str, Any] = {"path": {"id": "5"}, "headers": {"x-key": "abc"}}
    assert not wrong(found, {}, **good)
    assert wrong(found, {}, **{**good, "path": {"id": "a b"}})
    assert wrong(found, {}, **good, query={"limit": 0})
    assert not wrong(found, {}, **good, query={"limit": ""})
    assert wrong(found, {}, path={"id": 5}, headers={"x-key": "ab"})
    assert wrong(found, {}, path={"id": 5})


def test_right_means_right_with_and_without_empty_values() -> None:
    """A request that depends on an empty value being one is not surely right."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    found = shape(schema)
    assert found.is_surely_valid(Draft(found.operation, {}, {}, {}, {"a": "x"}))
    assert not found.is_surely_valid(Draft(found.operation, {}, {}, {}, {"a": ""}))
    assert not found.is_surely_invalid(Draft(found.operation, {}, {}, {}, {"a": ""}))


def test_formats_count_only_when_asked() -> None:
    """A text in a wrong format is wrong where formats are what is tried."""
    schema = {"type": "object", "properties": {"day": {"type": "string", "format": "date"}}}
    found = shape(schema, JSON)
    draft = Draft(found.operation, {}, {}, {}, {"day": "AAA"})
    assert not found.is_surely_invalid(draft)
    assert found.is_surely_invalid(draft, formats=True)


def test_fields_of_another_way_to_write_it_are_told_apart() -> None:
    """A field that only one branch needs is a rival of the other branch's."""
    schema = {
        "type": "object",
        "properties": {"a": {}, "b": {}, "c": {}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert shape(schema).alternatives() == {("body", "a"), ("body", "b")}


def test_marked_fields_are_taken_away_wherever_they_are_declared() -> None:
    """x-auth counts on a property, behind a reference, and on a parameter."""
    document = {
        "openapi": "3.1.0",
        "security": [{"key": []}],
        "paths": {
            "/x": {
                "post": {
                    "operationId": "x",
                    "security": [],
                    "parameters": [
                        {"name": "x-key", "in": "header", "x-auth": True, "schema": {}},
                        {"$ref": "#/components/parameters/Token"},
                        {"name": "q", "in": "query", "schema": {}},
                    ],
                    "requestBody": {
                        "content": {
                            FORM: {
                                "schema": {
                                    "required": ["token", "uuid", "name"],
                                    "properties": {
                                        "token": {"x-auth": True},
                                        "uuid": {"$ref": "#/components/schemas/Device"},
                                        "name": {},
                                    },
                                }
                            }
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {"Device": {"type": "string", "x-auth": True}},
            "parameters": {
                "Token": {"name": "t", "in": "header", "schema": {"x-auth": True}, "x-auth": True}
            },
            "securitySchemes": {"key": {}},
        },
    }
    bare = without_auth(document)
    operation = bare["paths"]["/x"]["post"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["q"]
    schema = operation["requestBody"]["content"][FORM]["schema"]
    assert schema == {"required": ["name"], "properties": {"name": {}}}
    assert "security" not in bare
    assert "securitySchemes" not in bare["components"]


def test_operations_that_share_an_address_have_parameters_of_their_own() -> None:
    """They are known by their names, since their paths differ in the fragment alone."""
    token = {"name": "token", "in": "header", "x-auth": True, "schema": {"type": "string"}}
    paths = {
        "/x#a": {"post": {"operationId": "a", "parameters": [token]}},
        "/x#b": {"post": {"operationId": "b"}},
    }
    parameter = Parameter("token", "header", True, {"type": "string"})
    for name, left in (("a", []), ("b", [parameter])):
        found = Operation(name, "POST", "/x", name, (parameter,), None, {}, "made up")
        assert own_parameters(found, {"paths": paths}) == left
