"""Reading specifications."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.document.reader import Problem, Problems, read_document
from harness.model.operation import Body, Parameter, Responses
from harness.spec.openapi import read_specification
from tests.acme import TREE
from tests.contract.trees import SPECIFICATION

SMALL = """\
openapi: 3.1.0
info: {title: T}
paths:
  /a:
    get:
      operationId: a
      x-source: somewhere
      responses: {200: {description: d}}
"""


def complaints(folder: Path, text: str) -> list[str]:
    """Return what is said against a specification."""
    path = folder / "openapi.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises((Problem, Problems)) as raised:
        read_specification(path)
    return [line.removeprefix(f"{path}:") for line in str(raised.value).splitlines()]


def test_operations_come_with_resolved_parts_and_referring_schemas() -> None:
    """References of parameters, bodies and responses are followed; those of schemas stay."""
    specification = read_specification(TREE / SPECIFICATION)
    assert list(specification.operations)[:4] == ["login", "read_account", "add_points", "add_many"]
    account = specification.operations["read_account"]
    assert (account.method, account.path) == ("GET", "/accounts/{account}")
    simple: dict[str, Any] = {"style": "simple", "explode": False}
    assert account.parameters == (
        Parameter("account", "path", True, {"type": "string", "minLength": 1}, **simple),
        Parameter("fields", "query", False, {"type": "string"}),
        Parameter("limit", "query", False, {"type": "integer", "minimum": 1}),
        Parameter("x-token", "header", True, {"type": "string", "x-auth": True}, **simple),
    )
    assert account.body is None
    assert account.responses["4XX"] == Responses("4XX", {})
    earn = specification.operations["add_points"]
    assert earn.body == Body("application/json", True, {"$ref": "#/components/schemas/Move"})
    schema = earn.responses["200"].media["application/json"]
    assert schema is not None
    done, refused = schema["oneOf"]
    assert done["properties"]["data"]["properties"] == {"now": {"type": "integer"}}
    assert refused == {"$ref": "#/components/schemas/Refusal"}
    assert earn.source == "page 3"
    assert specification.document["components"]["schemas"]["Move"]["type"] == "object"


def test_the_digest_is_of_the_values_and_not_of_the_layout(tmp_path: Path) -> None:
    """A remark does not change the digest, a value does, and JSON reads like YAML."""
    path = Path(shutil.copy(TREE / SPECIFICATION, tmp_path / "openapi.yaml"))
    digest = read_specification(path).digest
    (tmp_path / "openapi.json").write_text(json.dumps(read_document(path).value), "utf-8")
    assert read_specification(tmp_path / "openapi.json").digest == digest
    text = path.read_text("utf-8")
    path.write_text(f"# a remark\n{text}", "utf-8")
    assert read_specification(path).digest == digest
    path.write_text(text.replace("page 3", "page 4"), "utf-8")
    assert read_specification(path).digest != digest


def test_a_parameter_of_an_operation_replaces_that_of_its_path(tmp_path: Path) -> None:
    """The nearer declaration wins, in the place of the farther."""
    parameter = "parameters: [{name: q, in: query, schema: {type: %s}}]\n"
    text = SMALL.replace(
        "    get:\n", f"    {parameter % 'string'}    get:\n      {parameter % 'integer'}"
    )
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    (found,) = read_specification(path).operations["a"].parameters
    assert found.schema == {"type": "integer"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("openapi: 3.1.0", "openapi: 2.9.3",
         ["1: openapi: expected a version such as 3.1.0, saw '2.9.3'"]),
        ("info: {title: T}", "info: {}",
         ["2: info.title is missing; expected the name of the API"]),
        ("paths:", "pathes:",
         ["3: unknown key 'pathes' in a document; expected components, externalDocs, info, "
          "jsonSchemaDialect, openapi, paths, security, servers, tags or webhooks; "
          "did you mean 'paths'?"]),
        ("/a:", "a:", ["4: the path 'a' does not begin with '/'"]),
        ("    get:", "    gett:",
         ["5: unknown key 'gett' in a path; expected delete, description, get, head, options, "
          "parameters, patch, post, put, servers, summary or trace; did you mean 'get'?"]),
        ("      operationId: a\n", "", ["5: GET /a has no operationId; expected a name"]),
        ("x-source: somewhere", "x-source: ''",
         ["5: a has no x-source; expected a text; "
          "say where in the vendor's document it stands"]),
        ("responses:", "response:",
         ["5: an operation needs responses; expected at least one status",
          "8: unknown key 'response' in a operation; expected callbacks, deprecated, description, "
          "externalDocs, operationId, parameters, requestBody, responses, security, servers, "
          "summary or tags; did you mean 'responses'?"]),
        ("{200:", "{20x:", ["8: '20x' is no status; expected such as 200, 4XX or default"]),
        ("{description: d}", "{$ref: 'other.yaml#/x'}",
         ["8: the reference names 'other.yaml': there is no such file"]),
        ("      responses:", "      parameters: [{name: q, in: qery}]\n      responses:",
         ["8: a parameter needs a name, and `in` of path, query, header or cookie; saw 'qery'; "
          "did you mean 'query'?"]),
        ("      responses:", "      requestBody: {content: {}}\n      responses:",
         ["8: a request body needs content; expected a media type"]),
        ("{200:", "{300: {$ref: '#/paths/~1a/get/responses/300'}, 200:",
         ["8: the response 300: the references lead in a circle"]),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_line(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    """Each fault has one message, with what was expected."""
    assert complaints(tmp_path, SMALL.replace(old, new)) == said


def test_an_operation_id_stands_once(tmp_path: Path) -> None:
    """The second operation of a name is told, with the first."""
    again = SMALL.partition("paths:\n")[2].replace("/a:", "/b:")
    assert complaints(tmp_path, SMALL + again) == [
        "11: the operationId 'a' is a duplicate; GET /a has it already"
    ]


def test_a_specification_without_operations_is_refused(tmp_path: Path) -> None:
    """Nothing to test is a mistake."""
    assert complaints(tmp_path, "openapi: 3.1.0\ninfo: {title: T}\npaths: {}") == [
        "3: no operation is declared; expected at least one path"
    ]
    assert complaints(tmp_path, "- x") == ["1: expected an OpenAPI mapping, saw a list"]


def test_operations_may_share_an_address(tmp_path: Path) -> None:
    """A fragment of the path tells two of them apart and is no part of the address."""
    again = SMALL.partition("paths:\n")[2].replace("/a:", "/a#b:").replace("Id: a", "Id: b")
    path = tmp_path / "openapi.yaml"
    path.write_text(SMALL + again, "utf-8")
    operations = read_specification(path).operations
    assert {name: one.path for name, one in operations.items()} == {"a": "/a", "b": "/a"}
