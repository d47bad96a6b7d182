"""Which parts of a specification carry a mark, and what is told of each."""

from __future__ import annotations

import pytest

from harness.model.operation import Provenance
from harness.spec.claims import FIELD, OPERATION, PARAMETER, RESPONSE, Statement, statements
from tests.spec.text import specification_of

OPENAPI = """\
openapi: 3.1.0
info: {title: T}
paths:
  /a/{id}:
    x-basis: inferred
    x-confidence: medium
    x-source: shared
    parameters: [{$ref: '#/components/parameters/Id'}]
    get:
      operationId: a
      summary: Read
      x-source: own
      responses: {200: {$ref: '#/components/responses/Done'}}
    post:
      operationId: b
      x-basis: documented
      x-source: own
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [n]
              properties:
                n: {type: integer, minimum: 1, x-inferred: {minimum: low}}
                o: {x-basis: published}
      responses:
        201: {description: Made., x-basis: inferred, x-confidence: high}
  /plain:
    get:
      operationId: c
      x-source: own
      responses: {200: {description: d}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}, x-basis: documented}
  responses:
    Done:
      description: Done.
      x-basis: published
      content: {application/json: {schema: {$ref: '#/components/schemas/Outer'}}}
  schemas:
    Outer:
      x-basis: inferred
      x-confidence: low
      allOf: [{$ref: '#/components/schemas/Inner'}]
      properties:
        sure: {x-basis: documented}
        list: {type: array, items: {x-basis: inferred, x-confidence: high}}
    Inner: {x-basis: documented}
    Loop:
      x-basis: documented
      properties: {again: {$ref: '#/components/schemas/Loop'}}
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], Statement]:
    """Return the statements of the specification by kind, owner and name."""
    read = specification_of(OPENAPI, tmp_path_factory.mktemp("spec"))
    return {(one.kind, one.owner, one.name): one for one in statements(read)}


def test_marked_parts_alone_are_statements(found: dict[tuple[str, str, str], Statement]) -> None:
    """Operations, parameters, responses and fields with a mark; nothing without one."""
    assert set(found) == {
        (OPERATION, "a", "GET /a/{id}"),
        (OPERATION, "b", "POST /a/{id}"),
        (PARAMETER, "Id", "path id"),
        (RESPONSE, "Done", ""),
        (RESPONSE, "b", "201"),
        (FIELD, "b request", "/n"),
        (FIELD, "b request", "/o"),
        (FIELD, "Outer", ""),
        (FIELD, "Outer", "/sure"),
        (FIELD, "Outer", "/list/*"),
        (FIELD, "Inner", ""),
        (FIELD, "Loop", ""),
    }


def test_an_operation_is_known_as_its_path_and_itself_say(
    found: dict[tuple[str, str, str], Statement],
) -> None:
    """The mark of the path counts for both; sources of path and method are joined."""
    first = found[OPERATION, "a", "GET /a/{id}"]
    assert first.provenance == Provenance("inferred", "medium")
    assert (first.source, first.title) == ("shared; own", "Read")


def test_a_field_is_no_better_known_than_what_surrounds_it(
    found: dict[tuple[str, str, str], Statement],
) -> None:
    """A documented field of an inferred object is inferred; a component stands by itself."""
    assert found[FIELD, "Outer", "/sure"].provenance == Provenance("inferred", "low")
    assert found[FIELD, "Outer", "/list/*"].provenance == Provenance("inferred", "low")
    assert not found[FIELD, "Inner", ""].provenance.inferred


def test_keywords_that_are_inferred_alone_are_named(
    found: dict[tuple[str, str, str], Statement],
) -> None:
    """The field is stated, its least value is not; what need not be there is not required."""
    number, other = found[FIELD, "b request", "/n"], found[FIELD, "b request", "/o"]
    assert not number.provenance.inferred
    assert number.inferred_keywords == ("minimum",)
    assert (number.required, other.required) == (True, False)


def test_a_shared_part_names_the_operations_that_use_it(
    found: dict[tuple[str, str, str], Statement],
) -> None:
    """Directly, through a response and its schema, or not at all; an inline part has its own."""
    assert found[PARAMETER, "Id", "path id"].operations == ("a", "b")
    assert found[FIELD, "Inner", ""].operations == ("a",)
    assert found[FIELD, "Loop", ""].operations == ("Loop",), "no operation uses it"
    assert found[RESPONSE, "b", "201"].title == "Made"
