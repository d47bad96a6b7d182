"""What only the server makes is never made up, and a branch is never named at random."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engine.property.baseline import Baseline, Case, roles_of
from harness.engine.property.generate import generate_cases
from harness.engine.property.mutation import REMOVED, value_at
from harness.engine.property.opaque import opaque_names
from harness.engine.property.planner import plan_cases
from harness.engine.property.request_schema import RequestSchema
from harness.model.operation import Specification
from harness.wire.request import draft
from tests.acme import binding
from tests.spec.text import specification_of

TEXT = """
openapi: 3.1.0
info: {title: X, version: "1"}
paths:
  /rows:
    post:
      operationId: SearchRows
      x-source: made up
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [kind]
              properties:
                kind: {type: string}
                note: {type: string}
                page_token: {type: string}
                marker: {type: string}
                limit: {type: integer, minimum: 1, maximum: 30}
              oneOf: [{$ref: "#/components/schemas/A"}, {$ref: "#/components/schemas/B"}]
              discriminator: {propertyName: kind}
      responses:
        "200":
          description: a page
          content:
            application/json:
              schema:
                type: object
                properties:
                  rows: {type: array, items: {type: object, properties: {note: {type: string}}}}
                  next_page_token: {type: [string, "null"]}
          links:
            more: {operationId: MoreRows, parameters: {query.from: $response.body#/rows/0/note}}
  /more:
    get:
      operationId: MoreRows
      x-source: made up
      parameters:
        - {name: from, in: query, schema: {type: string, maxLength: 9}}
        - {name: shop, in: cookie, required: true, schema: {type: string, pattern: "^[a-z]{2,8}$"}}
        - {name: n, in: query, schema: {type: integer, minimum: 1}}
      responses: {"200": {description: more}}
  /pets:
    post:
      operationId: MakePet
      x-source: made up
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
      responses: {"200": {description: made}}
components:
  schemas:
    A: {type: object, properties: {limit: {type: integer, maximum: 5}}}
    B: {type: object, properties: {limit: {type: integer, minimum: 2}}}
    Pet:
      type: object
      required: [kind]
      properties: {kind: {type: string}, name: {type: string, maxLength: 9}}
      discriminator: {propertyName: kind}
"""
BASES: dict[str, Any] = {
    "SearchRows": {"body": {"kind": "A"}},
    "MakePet": {"body": {"kind": "cat"}},
    "MoreRows": {"cookie": {"shop": "main"}},
}


@pytest.fixture
def read(tmp_path: Path) -> Specification:
    """The specification."""
    return specification_of(TEXT, tmp_path)


def planned(read: Specification, name: str, *opaque: str) -> tuple[Baseline, tuple[Case, ...]]:
    """Return the cases of an operation, and what they are changes of."""
    known = replace(binding(), verbs={}, opaque=frozenset(opaque))
    operation = read.operations[name]
    names = opaque_names(known, read, operation)
    base = draft(operation, BASES[name], {})
    schema = RequestSchema(operation, read)
    baseline = Baseline(base, schema, roles_of(known, name), frozenset(), names)
    return baseline, plan_cases(baseline, generate_cases(read, [name], 1, {name: 10})[name])


def held(found: tuple[Baseline, tuple[Case, ...]], *path: str) -> list[Any]:
    """Return what the requests of all cases hold at a path."""
    baseline, cases = found
    return [
        value for case in cases if (value := value_at(baseline.draft(case), path)) is not REMOVED
    ]


def test_what_only_the_server_makes_is_known(read: Specification) -> None:
    """From the names of pages in requests and responses, from links and from the binding."""
    known = replace(binding(), verbs={}, opaque=frozenset({"marker"}))
    found = {name: opaque_names(known, read, one) for name, one in read.operations.items()}
    assert found == {
        "SearchRows": {"page_token", "marker"},
        "MoreRows": {"from", "marker"},
        "MakePet": {"marker"},
    }


def test_no_text_is_made_up_for_it(read: Specification) -> None:
    """Another type is sent all the same, to be refused; other texts are as ever."""
    found = planned(read, "SearchRows")
    tokens = held(found, "body", "page_token")
    assert tokens
    assert not [token for token in tokens if isinstance(token, str)]
    assert any(isinstance(text, str) for text in held(found, "body", "marker"))
    named = planned(read, "SearchRows", "marker")
    assert not [text for text in held(named, "body", "marker") if isinstance(text, str)]


def test_a_parameter_of_a_link_is_left_out(read: Specification) -> None:
    """Whatever its type, a query writes a text."""
    found = planned(read, "MoreRows")
    assert held(found, "query", "from") == []
    assert held(found, "query", "n")


def test_a_discriminator_keeps_its_value_or_is_none(read: Specification) -> None:
    """A made-up name of a branch says nothing that a server must refuse."""
    found = planned(read, "SearchRows")
    kinds = held(found, "body", "kind")
    assert {kind for kind in kinds if isinstance(kind, str)} == {"A"}
    assert len(kinds) > 5
    baseline, cases = found
    correct = [baseline.draft(case).body for case in cases if case.positive]
    assert {body["limit"] for body in correct if "limit" in body} <= {1, 2, 3, 4, 5}


def test_what_extends_a_schema_names_itself(read: Specification) -> None:
    """A discriminator without branches: any schema may extend the one that has it."""
    found = planned(read, "MakePet")
    kinds = held(found, "body", "kind")
    assert {kind for kind in kinds if isinstance(kind, str)} == {"cat"}
    assert any(not isinstance(kind, str) for kind in kinds)
    assert len(held(found, "body", "name")) > 1


def test_a_required_cookie_is_kept_and_tried_without(read: Specification) -> None:
    """Cookies are parameters like any other."""
    baseline, cases = planned(read, "MoreRows")
    shops = [value_at(baseline.draft(case), ("cookie", "shop")) for case in cases if case.positive]
    assert "main" in shops
    assert all(isinstance(shop, str) for shop in shops)
    removed = [c for c in cases if value_at(baseline.draft(c), ("cookie", "shop")) is REMOVED]
    assert [case.kind for case in removed] == ["missing_parameter"]
    assert not removed[0].positive
