"""Reading OpenAPI 3.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from harness.document.messages import Problem
from harness.spec.openapi import read_specification
from harness.spec.upgrade import upgraded


def converted(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of a 3.0 document as the specification has it."""
    document = {"openapi": "3.0.3", "components": {"schemas": {"A": schema}}}
    made: dict[str, Any] = upgraded(document)["components"]["schemas"]["A"]
    return made


@pytest.mark.parametrize(
    ("schema", "accepted", "refused"),
    [
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": "string"}, ["a"], [None]),
        ({"type": "string", "nullable": False}, ["a"], [None]),
        ({"type": "string", "enum": ["a"], "nullable": True}, ["a", None], ["b"]),
        ({"enum": ["a"], "nullable": True}, ["a", None], ["b", 1]),
        ({"allOf": [{"type": "integer"}], "nullable": True}, [1, None], ["a"]),
        ({"minimum": 1, "exclusiveMinimum": True}, [1.5], [1]),
        ({"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ({"maximum": 1, "exclusiveMaximum": True, "type": "number"}, [0.5], [1]),
        (
            {"properties": {"nullable": {"type": "integer", "nullable": True}}},
            [{}],
            [{"nullable": ""}],
        ),
        ({"type": "array", "items": {"type": "integer", "nullable": True}}, [[1, None]], [["a"]]),
        ({"nullable": True}, [1, None], []),
    ],
)
def test_a_schema_accepts_what_it_accepted(
    schema: dict[str, Any], accepted: list[Any], refused: list[Any]
) -> None:
    """The converted schema is one of draft 2020-12."""
    made = converted(schema)
    jsonschema_rs.meta.validate(made)
    validator = jsonschema_rs.validator_for(made)
    assert [value for value in accepted if not validator.is_valid(value)] == []
    assert [value for value in refused if validator.is_valid(value)] == []


def test_an_example_is_one_of_the_examples() -> None:
    """It describes the value beside a choice too."""
    assert converted({"type": "integer", "example": 3})["examples"] == [3]
    made = converted({"allOf": [{"type": "integer"}], "nullable": True, "example": 3})
    assert made["examples"] == [3]


def test_what_stands_beside_a_reference_is_ignored_but_nullable() -> None:
    """3.0 says so, and authors who write nullable there mean it."""
    assert converted({"$ref": "#/a", "minimum": 1, "description": "d"}) == {
        "$ref": "#/a",
        "description": "d",
    }
    assert converted({"$ref": "#/a", "nullable": True}) == {
        "anyOf": [{"$ref": "#/a"}, {"type": "null"}]
    }


DOCUMENT = """\
openapi: 3.0.0
info: {title: T, version: "1"}
paths:
  /a:
    get:
      operationId: a
      x-source: somewhere
      parameters:
        - {name: q, in: query, schema: {type: integer, minimum: 0, exclusiveMinimum: true}}
      responses:
        default:
          description: d
          content:
            application/json:
              example: {schema: {nullable: true}}
              schema:
                type: object
                properties: {default: {type: string, nullable: true}}
"""


def test_a_document_of_3_0_is_read(tmp_path: Path) -> None:
    """Parameters and the response called default are converted, examples are left as they are."""
    path = tmp_path / "openapi.yaml"
    path.write_text(DOCUMENT, "utf-8")
    specification = read_specification(path)
    operation = specification.operations["a"]
    assert operation.parameters[0].schema == {"type": "integer", "exclusiveMinimum": 0}
    schema = operation.responses["default"].media["application/json"]
    assert schema is not None
    assert schema["properties"]["default"]["type"] == ["string", "null"]
    content = specification.document["paths"]["/a"]["get"]["responses"]["default"]["content"]
    assert content["application/json"]["example"] == {"schema": {"nullable": True}}
    assert specification.document["openapi"].startswith("3.1.")


def test_a_swagger_document_is_refused_with_the_remedy(tmp_path: Path) -> None:
    """One line, whatever else the document has."""
    path = tmp_path / "openapi.yaml"
    path.write_text('swagger: "2.0"\nhost: h\ninfo: {title: T}\npaths: {}\n', "utf-8")
    with pytest.raises(Problem, match=r"openapi.yaml:1: a Swagger 2.0 document.*harness new"):
        read_specification(path)
