"""Swagger 2 as OpenAPI says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.spec.swagger import from_swagger

FILE = Path(__file__).parent / "documents/swagger.json"


def converted() -> dict[str, Any]:
    """Return the converted document."""
    return from_swagger(json.loads(FILE.read_text("utf-8")))


def test_parameters_bodies_and_forms_stand_where_openapi_has_them() -> None:
    """A body in the shared parameters is a body of its operation."""
    paths = converted()["paths"]
    earn = paths["/members/{member_id}/earn"]
    assert earn["parameters"] == [{"$ref": "#/components/parameters/Member"}]
    assert earn["post"]["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Move"}}},
    }
    assert "parameters" not in earn["post"]
    fields, kind = paths["/members/{member_id}/balance"]["get"]["parameters"]
    assert fields == {
        "name": "fields",
        "in": "query",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string"}},
    }
    assert kind["schema"] == {"type": "string", "enum": ["all", "own"]}
    schema = paths["/notes"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema == {
        "type": "object",
        "required": ["text", "scan"],
        "properties": {
            "text": {"type": "string", "maxLength": 3},
            "scan": {"type": "string", "format": "binary"},
        },
    }


def test_responses_have_their_media_types_headers_and_examples() -> None:
    """A shared response is referred to, also the one called default."""
    responses = converted()["paths"]["/members/{member_id}/earn"]["post"]["responses"]
    assert responses["default"] == {"$ref": "#/components/responses/Failed"}
    media = responses["200"]["content"]["application/json"]
    assert media["schema"] == {"$ref": "#/components/schemas/Done"}
    assert media["example"] == {"transaction_id": "1", "balance": 5}
    header = {"description": "requests left", "schema": {"type": "integer"}}
    assert responses["200"]["headers"] == {"X-Left": header}


def test_servers_credentials_and_schemas_are_kept() -> None:
    """x-nullable is nullable, as 3.0 writes it."""
    document = converted()
    assert [one["url"] for one in document["servers"]] == [
        "https://old.example/v1",
        "http://old.example/v1",
    ]
    components = document["components"]
    assert components["securitySchemes"] == {"login": {"type": "http", "scheme": "basic"}}
    assert components["schemas"]["Done"]["properties"]["transaction_id"]["nullable"] is True
    assert set(components["parameters"]) == {"Member"}
    assert components["responses"]["Failed"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Failure"
    }
