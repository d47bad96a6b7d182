"""What of a specification is stated by the vendor, and what is merely inferred."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.model.operation import STATED, Parameter, Provenance
from harness.spec import provenance
from harness.spec.openapi import read_specification
from harness.spec.provenance import mark_of, stated, stated_specification, weaker, with_provenance
from tests.acme import TREE, inferred_specification
from tests.contract.trees import SPECIFICATION
from tests.spec.text import specification_of

GUESS = {"x-basis": "inferred", "x-confidence": "low"}
LOW, HIGH = Provenance("inferred", "low"), Provenance("inferred", "high")
PUBLISHED = Provenance("published")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({}, STATED),
        ("text", STATED),
        ({"x-basis": "published"}, PUBLISHED),
        (GUESS, LOW),
    ],
)
def test_a_node_without_a_mark_is_stated(node: Any, expected: Provenance) -> None:
    """A mark says how a node is known; everything else is the vendor's word."""
    assert mark_of(node) == expected


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ((), STATED),
        ((STATED, PUBLISHED), PUBLISHED),
        ((PUBLISHED, STATED), PUBLISHED),
        ((PUBLISHED, HIGH), HIGH),
        ((HIGH, LOW, PUBLISHED), LOW),
    ],
)
def test_what_rests_on_several_is_as_weak_as_the_weakest(
    several: tuple[Provenance, ...], expected: Provenance
) -> None:
    """One inferred part makes the whole inferred, with the least confidence of all."""
    assert weaker(*several) == expected


def test_a_part_is_no_better_known_than_its_operation() -> None:
    """A documented parameter of an inferred operation is inferred."""
    parameter = Parameter("id", "query", True, {}, PUBLISHED)
    assert with_provenance(parameter, LOW).provenance == LOW
    assert with_provenance(parameter, STATED).provenance == PUBLISHED


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, True),
        ({"type": "string", **GUESS}, {}),
        (
            {"type": "integer", "minimum": 1, "x-inferred": {"minimum": "low"}},
            {"type": "integer", "x-inferred": {"minimum": "low"}},
        ),
        (
            {"properties": {"a": {"type": "string"}, "b": {"type": "string", **GUESS}}},
            {"properties": {"a": {"type": "string"}, "b": {}}},
        ),
        (
            {"required": ["a", "b"], "properties": {"a": {}, "b": GUESS}},
            {"required": ["a"], "properties": {"a": {}, "b": {}}},
        ),
        ({"items": {"type": "string", **GUESS}}, {"items": {}}),
        ({"oneOf": [{"type": "string"}, GUESS]}, {"allOf": [{"anyOf": [{"type": "string"}, {}]}]}),
        ({"not": {"type": "string", **GUESS}}, {}),
        ({"not": {"type": "string"}}, {"not": {"type": "string"}}),
        ({"if": GUESS, "then": {"required": ["a"]}}, {}),
    ],
    ids=[
        "a truth",
        "inferred as a whole",
        "an inferred keyword",
        "an inferred property",
        "an inferred property is not required",
        "inferred items",
        "alternatives may overlap",
        "a negation of what is inferred",
        "a negation of what is stated",
        "an inferred condition takes its consequence along",
    ],
)
def test_a_schema_asks_for_nothing_that_is_inferred(schema: Any, expected: Any) -> None:
    """What is left accepts everything that the full schema accepts."""
    assert stated(schema) == expected


def test_an_unmarked_specification_is_stated_as_it_is() -> None:
    """No copy is made where nothing is inferred."""
    whole = read_specification(TREE / SPECIFICATION)
    assert stated_specification(whole) is whole


def test_the_stated_specification_drops_inferred_parameters_and_schemas() -> None:
    """Components and parameters keep what is stated; a request of the rest is not judged."""
    whole = inferred_specification()
    left = stated_specification(whole)
    schemas = left.document["components"]["schemas"]
    assert schemas["Receipt"] == {}
    assert schemas["Change"]["properties"] == {"card": {"type": "string"}, "points": {}}
    operation = left.operations["read_account"]
    assert [dict(one.schema) for one in operation.parameters] == [{}, {}], "the path is inferred"
    body = left.operations["add_points"].body
    assert body is not None
    assert dict(body.schema) == {"$ref": "#/components/schemas/Change"}


HALVES = """\
openapi: 3.1.0
info: {title: T}
paths:
  /a:
    get:
      operationId: asks
      x-source: s
      parameters:
        - {name: q, in: query, schema: {}, x-basis: inferred, x-confidence: low}
      responses: {200: {description: d}}
  /b:
    get:
      operationId: tells
      x-source: s
      responses:
        200:
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Outer'}}}
  /c:
    get:
      operationId: plain
      x-source: s
      responses: {200: {description: d}}
components:
  schemas:
    Outer: {type: object, properties: {inner: {$ref: '#/components/schemas/Inner'}}}
    Inner: {type: object, x-inferred: {type: high}}
"""


@pytest.mark.parametrize(
    ("operation", "asks", "tells"),
    [("asks", True, False), ("tells", False, True), ("plain", False, False)],
)
def test_an_operation_that_rests_on_inference_says_on_which_side(
    tmp_path: Path, operation: str, asks: bool, tells: bool
) -> None:
    """In its request, in its responses however deep they refer, or in neither."""
    whole = specification_of(HALVES, tmp_path)
    assert provenance.infers_request(whole, operation) is asks
    assert provenance.infers_responses(whole, operation) is tells
