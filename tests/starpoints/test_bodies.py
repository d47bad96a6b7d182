"""Bodies of requests and responses that are correct and unusual."""

from __future__ import annotations

import re

import pytest

from tests.starpoints.project import BINDING, SPECIFICATION, Project

RULE_PATH = """\
  /lab/rules:
    post:
      operationId: MakeRule
      x-source: handbook, Rules
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Rule"}}}
      responses:
        2XX:
          description: made
          content: {application/json: {schema: {$ref: "#/components/schemas/Rule"}}}
        default: {$ref: "#/components/responses/Errors"}
"""
RULE_SCHEMAS = """\
    Rule:
      allOf:
        - $ref: "#/components/schemas/RuleBase"
        - oneOf: [{$ref: "#/components/schemas/Flat"}, {$ref: "#/components/schemas/Rate"}]
          discriminator:
            propertyName: kind
            mapping: {flat: "#/components/schemas/Flat", rate: "#/components/schemas/Rate"}
    RuleBase:
      type: object
      required: [id, name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string, minLength: 1, maxLength: 40}
        note: {type: [string, "null"], maxLength: 20}
        pin: {type: string, pattern: "^[0-9]{4}$", writeOnly: true}
    Flat:
      type: object
      required: [kind, points]
      properties: {kind: {const: flat}, points: {type: integer, minimum: 1, maximum: 1000}}
    Rate:
      type: object
      required: [kind, percent]
      properties: {kind: {const: rate}, percent: {type: integer, minimum: 1, maximum: 100}}
"""
UPLOAD_PATH = """\
  /lab/upload:
    post:
      operationId: Upload
      x-source: handbook, Files
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, note]
              properties:
                file: {type: string, contentMediaType: text/csv}
                note: {type: string, minLength: 1, maxLength: 20}
      responses:
        "200":
          description: taken
          content: {application/json: {schema: {type: object, required: [lines]}}}
        default: {$ref: "#/components/responses/Errors"}
"""
SEARCH_PATH = """\
  /lab/search:
    get:
      operationId: Find
      x-source: handbook, Search
      parameters:
        - name: status
          in: query
          explode: true
          schema: {type: array, maxItems: 3, items: {enum: [new, done]}}
        - name: ids
          in: query
          explode: false
          schema:
            {type: array, minItems: 1, maxItems: 3, items: {type: integer, minimum: -9, maximum: 9}}
        - name: filter
          in: query
          style: deepObject
          schema:
            type: object
            additionalProperties: false
            properties:
              from: {type: integer, minimum: 0, maximum: 999}
              to: {type: integer, minimum: 0, maximum: 999}
        - {name: X-Lang, in: header, schema: {enum: [th, en]}}
        - name: shop
          in: cookie
          required: true
          schema: {type: string, pattern: "^[a-z]{2,8}$"}
      responses:
        "200":
          description: found
          content: {application/json: {schema: {type: object, required: [found, shop]}}}
        default: {$ref: "#/components/responses/Errors"}
"""
ITEM_PATH = """\
  /lab/items/{item}:
    parameters:
      - {name: item, in: path, required: true, schema: {type: string, pattern: "^[a-z0-9]{1,9}$"}}
    delete:
      operationId: DeleteItem
      x-source: handbook, Items
      responses:
        "204": {description: deleted}
        default: {$ref: "#/components/responses/Errors"}
    head:
      operationId: HasItem
      x-source: handbook, Items
      responses:
        "200":
          description: there
          content: {application/json: {schema: {type: object, required: [id]}}}
        default: {$ref: "#/components/responses/Errors"}
"""
NO_BODY = "- {when: {status: [404]}, then: refused, reason: unspecified}\n"


@pytest.mark.parametrize("habit", ["chunked", "early-hints", "http10", "no-length"])
def test_an_unusual_response_is_no_violation(project: Project, habit: str) -> None:
    """What HTTP allows is read as any other response."""
    project.serve(habit)
    project.check("--only", "ledger.").passed()


def test_a_byte_order_mark_is_read_past_or_named(project: Project) -> None:
    """07: the scenarios are played all the same."""
    project.serve("bom")
    run = project.check("--only", "ledger.")
    assert run.result["counts"]["scenarios"] == 5
    assert run.exit == 0 or re.search("byte order mark|BOM", run.output), run.output


def test_composed_schemas_are_followed(project: Project) -> None:
    """25: allOf, oneOf with a discriminator, readOnly, writeOnly, null, a response named 2XX."""
    project.add_paths(RULE_PATH)
    project.edit(SPECIFICATION, "  schemas:\n", f"  schemas:\n{RULE_SCHEMAS}")
    project.add_samples("  MakeRule: {body: {name: harness, kind: flat, points: 5}}\n")
    project.edit(BINDING, "  - when: {status: [200]}", '  - when: {status: ["2XX"]}')
    passes_by_itself(project, "MakeRule")


@pytest.mark.parametrize(
    "habit",
    [
        pytest.param(None, id="without-name"),
        pytest.param("file-name", id="with-name"),
    ],
)
def test_a_file_is_uploaded(project: Project, habit: str | None) -> None:
    """27: a file and a text in a body of multipart/form-data."""
    content = '"id,points\\n1,5\\n"'
    file = content if habit is None else f"{{filename: members.csv, content: {content}}}"
    project.add_paths(UPLOAD_PATH)
    project.add_samples(f"  Upload: {{body: {{file: {file}, note: harness}}}}\n")
    passes_by_itself(project, "Upload", habits=() if habit is None else (habit,))


def test_parameters_are_written_in_their_style(project: Project) -> None:
    """Lists in two styles, an object as deepObject, a header and a cookie."""
    project.add_paths(SEARCH_PATH)
    project.add_samples(
        "  Find:\n"
        "    query: {status: [new, done], ids: [1, 2], filter: {from: 1, to: 9}}\n"
        "    header: {X-Lang: th}\n"
        "    cookie: {shop: main}\n"
    )
    passes_by_itself(project, "Find")


def test_a_response_without_a_body_is_complete(project: Project) -> None:
    """HEAD announces a body that does not come; 204 has none."""
    project.add_paths(ITEM_PATH)
    project.add_samples("  DeleteItem: {path: {item: a1}}\n  HasItem: {path: {item: a1}}\n")
    project.accept(204)
    project.edit(BINDING, "- when: always", f"{NO_BODY}- when: always")
    passes_by_itself(project, "DeleteItem", "HasItem")


def passes_by_itself(project: Project, *operations: str, habits: tuple[str, ...] = ()) -> None:
    """Assert that correct requests of operations succeed and their responses are as specified."""
    kinds = ("response", "property:accepts-valid")
    project.require(*(f"{kind}:{name}" for kind in kinds for name in operations))
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve(*habits)
    run = project.check()
    run.passed()
    for name in operations:
        assert any(one["outcome"] == "ok" for one in run.outcomes(name))
    assert run.verdicts()["STAR-EXTRA-1"] == "pass"
