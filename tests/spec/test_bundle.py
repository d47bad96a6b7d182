"""Specifications whose parts stand in several files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from harness.document.messages import Problem, Problems
from harness.document.reader import read_document
from harness.spec.bundle import bundle
from harness.spec.openapi import read_specification

FILES = {
    "openapi.yaml": """\
openapi: 3.1.0
info: {title: T}
paths:
  /search:
    $ref: paths/search.yaml
  /again:
    $ref: "#/components/pathItems/Again"
components:
  pathItems:
    Again: {$ref: "paths/all.yaml#/again"}
  schemas:
    Tree: {type: string}
    Event: {$ref: "schemas/tree.yaml"}
""",
    "paths/search.yaml": """\
parameters:
  - {$ref: "../parts.yaml#/components/parameters/Limit"}
get:
  operationId: search
  x-source: page 1
  responses:
    default: {$ref: "../parts.yaml#/failed"}
    "200":
      description: found
      content:
        application/json:
          example: {$ref: "no file"}
          schema: {$ref: "../schemas/tree.yaml"}
""",
    "paths/all.yaml": """\
again:
  post:
    operationId: again
    x-source: page 2
    requestBody: {$ref: "../parts.yaml#/body"}
    responses:
      "204": {description: done}
      "400":
        description: refused
        content: {application/json: {schema: {$ref: "../openapi.yaml#/components/schemas/Tree"}}}
""",
    "parts.yaml": """\
failed:
  description: failed
  content: {application/json: {schema: {type: object, minimum: 1}}}
body:
  content: {application/json: {schema: {$ref: "#/inner"}}}
inner: {type: integer}
components:
  parameters:
    Limit: {name: limit, in: query, schema: {type: integer}}
""",
    "schemas/tree.yaml": """\
type: object
properties:
  children: {type: array, items: {$ref: tree.yaml}}
  example: {$ref: "tree.yaml#/properties/children"}
""",
}


def write(folder: Path, **changes: str) -> Path:
    """Write the files and return the path of the first one."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(changes.get(name.partition(".")[0], text), "utf-8")
    return folder / "openapi.yaml"


def test_parts_of_other_files_become_parts_of_the_document(tmp_path: Path) -> None:
    """Paths are written out, other parts get a home in the components, recursive ones once."""
    specification = read_specification(write(tmp_path))
    search, again = specification.operations.values()
    assert (search.id, search.path) == ("search", "/search")
    assert [parameter.name for parameter in search.parameters] == ["limit"]
    assert set(search.responses) == {"default", "200"}
    schema: Any = search.responses["200"].media["application/json"]
    assert schema == {"$ref": "#/components/schemas/tree"}
    assert again.body is not None
    assert again.body.schema == {"$ref": "#/components/schemas/inner"}
    components = specification.document["components"]
    tree = components["schemas"]["tree"]
    assert tree["properties"]["children"]["items"] == {"$ref": "#/components/schemas/tree"}
    assert tree["properties"]["example"] == {"$ref": "#/components/schemas/children"}
    assert components["schemas"]["Tree"] == {"type": "string"}, "a name that differs in case"
    assert components["schemas"]["Event"] == {"$ref": "#/components/schemas/tree"}
    content = specification.document["paths"]["/search"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["example"] == {"$ref": "no file"}, "a value is data"


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    """The part of another file does not hide the one of the document."""
    text = FILES["openapi.yaml"].replace("Tree: {type", "tree: {type")
    paths = FILES["paths/all.yaml"].replace("schemas/Tree", "schemas/tree")
    path = write(tmp_path, openapi=text)
    (tmp_path / "paths/all.yaml").write_text(paths, "utf-8")
    schemas = read_specification(path).document["components"]["schemas"]
    assert schemas["tree"] == {"type": "string"}
    assert schemas["tree_2"]["type"] == "object"


def test_a_document_of_one_file_is_read_as_it_is() -> None:
    """Nothing is copied."""
    path = Path(__file__).parents[1] / "acme/tree/specs/acme/openapi.yaml"
    assert bundle(path) == read_document(path)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("paths/search.yaml", "tree.yaml", "three.yaml", r"paths/search.yaml:13: the refer"
         r"ence names '../schemas/three.yaml': there is no such file; did you mean 'tree.yaml'\?"),
        ("paths/search.yaml", "#/failed", "#/fail", r"search.yaml:7: nothing found at the re"),
        ("paths/search.yaml", "get:", "gte:", r"paths/search.yaml:3: unknown key 'gte' in a path"),
        ("schemas/tree.yaml", "type: object", "typ: object", r"tree.yaml:1: unknown key 't"),
        ("schemas/tree.yaml", "type: object", "type: [", r"^[^\n]*/schemas/tree.yaml:3: [^\n]*$"),
        ("openapi.yaml", "paths/search.yaml", "https://a.example/b", r"openapi.yaml:5: the referen"
         r"ce .* names an address.*save it as a file"),
        ("paths/all.yaml", "../openapi.yaml#/components/schemas/Tree", "../openapi.yaml#/none",
         r"paths/all.yaml:10: nothing found at the reference"),
        ("openapi.yaml", '"paths/all.yaml#/again"', '"#/paths/~1again"', r"lead in a circle"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_file_in_which_it_stands(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    """Whichever file it is, the message has its name and line."""
    path = write(tmp_path)
    text = (tmp_path / file).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / file).write_text(text.replace(old, new), "utf-8")
    with pytest.raises((Problem, Problems)) as raised:
        read_specification(path)
    assert re.search(words, str(raised.value)), str(raised.value)
