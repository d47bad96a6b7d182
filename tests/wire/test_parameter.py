"""Parameters are written in their style, and read back as a server would."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from harness.model.operation import Operation
from harness.spec.openapi import read_specification
from harness.wire.message.parameter import found_in_pairs, found_in_text
from harness.wire.request import draft, render

ITEMS = ["blue", "b l,k"]
FIELDS = {"R": 100, "G": "a b"}


# Style, explode, value, and how RFC 6570 and the tables of OpenAPI 3.1 write the parameter `c`.
PATHS = [
    ("simple", False, ITEMS, "blue,b%20l%2Ck"),
    ("simple", False, FIELDS, "R,100,G,a%20b"),
    ("simple", True, FIELDS, "R=100,G=a%20b"),
    ("label", False, ITEMS, ".blue,b%20l%2Ck"),
    ("label", True, ITEMS, ".blue.b%20l%2Ck"),
    ("label", True, FIELDS, ".R=100.G=a%20b"),
    ("matrix", False, ITEMS, ";c=blue,b%20l%2Ck"),
    ("matrix", True, ITEMS, ";c=blue;c=b%20l%2Ck"),
    ("matrix", True, FIELDS, ";R=100;G=a%20b"),
]
QUERIES = [
    ("form", True, ITEMS, "c=blue&c=b+l%2Ck"),
    ("form", True, FIELDS, "R=100&G=a+b"),
    ("form", False, FIELDS, "c=R,100,G,a+b"),
    ("spaceDelimited", False, ["x", "y"], "c=x%20y"),
    ("pipeDelimited", False, ["x", "y"], "c=x%7Cy"),
    ("deepObject", True, FIELDS, "c%5BR%5D=100&c%5BG%5D=a+b"),
]


def specification(tmp_path: Path, *parameters: str, path: str = "/x") -> Operation:
    """Return the operation of a specification with these parameters."""
    listed = "".join(f"        - {one}\n" for one in parameters)
    tmp_path.joinpath("openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: X, version: '1'}\npaths:\n"
        f"  {path}:\n    get:\n      operationId: x\n      x-source: made up\n      parameters:\n"
        f"{listed}      responses: {{'200': {{description: fine}}}}\n"
    )
    return read_specification(tmp_path / "openapi.yaml").operations["x"]


def declared(place: str, style: str, explode: bool, value: Any) -> str:
    """Return the line of the parameter `c` in a specification."""
    kind = "array" if isinstance(value, list) else "object"
    more = f"in: {place}, required: true, style: {style}, explode: {str(explode).lower()}"
    return f"{{name: c, {more}, schema: {{type: {kind}}}}}"


def texts(value: Any) -> Any:
    """Return lists and objects as they are read back: as texts."""
    return value if isinstance(value, list) else {name: [str(one)] for name, one in value.items()}


@pytest.mark.parametrize(("style", "explode", "value", "text"), PATHS)
def test_a_path_is_written_in_its_style(
    tmp_path: Path, style: str, explode: bool, value: Any, text: str
) -> None:
    """And read back, what separates values apart from what they hold."""
    operation = specification(tmp_path, declared("path", style, explode, value), path="/x/{c}/y")
    request = render(draft(operation, {"path": {"c": value}}, {}))
    assert request.path == f"/x/{text}/y"
    (parameter,) = operation.parameters
    kinds = frozenset({"array" if isinstance(value, list) else "object"})
    assert found_in_text(parameter, kinds, text) == texts(value)


@pytest.mark.parametrize(("style", "explode", "value", "text"), QUERIES)
def test_a_query_is_written_in_its_style(
    tmp_path: Path, style: str, explode: bool, value: Any, text: str
) -> None:
    """And read back."""
    plain = "{name: n, in: query, schema: {type: string}}"
    operation = specification(tmp_path, declared("query", style, explode, value), plain)
    request = render(draft(operation, {"query": {"c": value, "n": "a,b"}}, {}))
    assert request.path == f"/x?{text}&n=a%2Cb"
    kinds = frozenset({"array" if isinstance(value, list) else "object"})
    pairs = parse_qsl(request.path.partition("?")[2])
    assert found_in_pairs(operation.parameters[0], kinds, pairs, frozenset("n")) == texts(value)


def test_a_value_may_be_json_or_keep_reserved_characters(tmp_path: Path) -> None:
    """A parameter with `content` is one JSON text; `allowReserved` leaves slashes as they are."""
    operation = specification(
        tmp_path,
        "{name: j, in: query, content: {application/json: {schema: {type: object}}}}",
        "{name: r, in: query, allowReserved: true, schema: {type: string}}",
    )
    send = {"query": {"j": {"a": [1]}, "r": "/a:b&c"}}
    path = render(draft(operation, send, {})).path
    assert path == "/x?j=%7B%22a%22%3A%5B1%5D%7D&r=/a:b%26c"


def test_headers_and_cookies_are_written_in_their_style(tmp_path: Path) -> None:
    """All cookies share a header; what a server has set goes back as it came."""
    operation = specification(
        tmp_path,
        "{name: X-Ids, in: header, schema: {type: array, items: {type: integer}}}",
        "{name: ids, in: cookie, explode: false, schema: {type: array}}",
        "{name: shop, in: cookie, schema: {type: string}}",
    )
    cookies = {"ids": ["1", "a,b"], "shop": "a;b ä", "session": 'a%2F"b"='}
    send = {"header": {"x-ids": [1, 2]}, "cookie": cookies}
    headers = dict(render(draft(operation, send, {})).headers)
    assert headers["x-ids"] == "1,2"
    assert headers["cookie"] == 'ids=1,a%2Cb; shop=a%3Bb%20%C3%A4; session=a%2F"b"='


def test_parameters_of_plain_text_need_no_style(tmp_path: Path) -> None:
    """They are written as ever, without a look at what the specification says of them."""
    plain = "{name: n, in: query, schema: {type: [string, 'null']}}"
    scalar = "{name: m, in: query, schema: {type: integer}}"
    assert list(specification(tmp_path, plain, scalar).styled) == [("query", "n")]
    label = "{name: c, in: path, required: true, style: label, schema: {type: string}}"
    operation = specification(tmp_path, label, path="/x{c}")
    assert render(draft(operation, {"path": {"c": "a/b"}}, {})).path == "/x.a%2Fb"


def test_a_style_that_the_place_does_not_have_is_named(tmp_path: Path) -> None:
    """With what it may be."""
    with pytest.raises(Exception, match="a query parameter has no style 'form2'; expected form,"):
        specification(tmp_path, "{name: n, in: query, style: form2, schema: {type: string}}")
