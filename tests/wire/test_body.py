"""Bodies are written in the media type and the encoding that are declared."""

from __future__ import annotations

import gzip
import zlib
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from harness.engine.property.mutation import put
from harness.model.exchange import Request
from harness.model.operation import Operation
from harness.spec.openapi import read_specification
from harness.wire.message.encoding import encoded
from harness.wire.request import draft, render

UPLOAD = """
              schema:
                type: object
                properties:
                  file: {type: string, contentMediaType: text/csv}
                  image: {type: string}
                  note: {type: string}
                  tags: {type: array, items: {type: string}}
                  meta: {type: object}
              encoding: {image: {contentType: "image/*, image/png"}}
"""
CODED = """
      parameters:
        - {name: Content-Encoding, in: header, schema: {enum: [gzip, deflate]}}
"""


def operation(tmp_path: Path, media_type: str, content: str, more: str = "") -> Operation:
    """Return the operation of a specification with this body."""
    tmp_path.joinpath("openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: X, version: '1'}\npaths:\n  /x:\n    post:\n"
        f"      operationId: x\n      x-source: made up\n{more}      requestBody:\n"
        f"        content:\n          {media_type}:\n{content}"
        "      responses: {'200': {description: fine}}\n"
    )
    return read_specification(tmp_path / "openapi.yaml").operations["x"]


def parts(request: Request) -> list[Message]:
    """Return the parts of a multipart body, as a mail reader reads them."""
    kind = dict(request.headers)["content-type"]
    whole = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    assert whole.is_multipart()
    return [part for part in whole.walk() if not part.is_multipart()]


def test_the_parts_of_a_form_have_names_and_types(tmp_path: Path) -> None:
    """A file has a name, and the type that the specification or the binding says."""
    found = operation(tmp_path, "multipart/form-data", UPLOAD)
    body = {
        "file": {"filename": 'a"b.csv', "content": "id\n1\n"},
        "image": {"filename": "a.gif", "base64": "R0lG", "type": "image/gif"},
        "note": "ä",
        "tags": ["a", "b"],
        "meta": {"n": 1},
    }
    read = parts(render(draft(found, {"body": body}, {})))
    told = [(part.get_param("name", header="content-disposition"), part) for part in read]
    assert [name for name, _ in told] == ["file", "image", "note", "tags", "tags", "meta"]
    file, image, note, first, second, meta = read
    assert (file.get_filename(), file.get_content_type()) == ("a%22b.csv", "text/csv")
    assert file.get_payload(decode=True) == b"id\n1\n"
    assert (image.get_filename(), image.get_content_type()) == ("a.gif", "image/gif")
    assert image.get_payload(decode=True) == b"GIF"
    assert (note.get_filename(), note["content-type"]) == (None, None)
    assert note.get_payload(decode=True) == "ä".encode()
    assert [one.get_payload() for one in (first, second)] == ["a", "b"]
    assert (meta.get_content_type(), meta.get_payload()) == ("application/json", '{"n":1}')


def test_a_text_has_its_declared_type_and_no_name(tmp_path: Path) -> None:
    """The type is the first of the specification's that is no range."""
    found = operation(tmp_path, "multipart/form-data", UPLOAD)
    file, image = parts(render(draft(found, {"body": {"file": "id\n", "image": b"PNG"}}, {})))
    assert (file.get_filename(), file.get_content_type()) == (None, "text/csv")
    assert (image.get_filename(), image.get_content_type()) == ("image", "image/png")


def test_a_file_keeps_its_name_when_its_content_changes() -> None:
    """So generated contents are files still."""
    file = {"filename": "a.csv", "base64": "aWQ=", "type": "text/csv"}
    changed = put({"body": {"file": file}}, ("body", "file"), "x")["body"]["file"]
    assert changed == {"filename": "a.csv", "type": "text/csv", "content": "x"}
    assert put({"file": {"a": 1}}, ("file",), "x")["file"] == "x"


def test_the_fields_of_a_form_have_their_styles(tmp_path: Path) -> None:
    """Those of `encoding`; without one an object is JSON, and a list repeats its field."""
    content = """
              schema: {type: object}
              encoding:
                ids: {style: form, explode: false}
                filter: {style: deepObject}
"""
    found = operation(tmp_path, "application/x-www-form-urlencoded", content)
    body: dict[str, Any] = {
        "ids": [1, 2],
        "filter": {"a": "x y"},
        "tags": ["p", "q"],
        "o": {"n": 1},
    }
    assert render(draft(found, {"body": body}, {})).body == (
        b"ids=1,2&filter%5Ba%5D=x+y&tags=p&tags=q&o=%7B%22n%22%3A1%7D"
    )


def test_a_body_is_sent_in_the_encoding_of_its_header(tmp_path: Path) -> None:
    """Where the specification declares the header; the journal keeps what was encoded."""
    content = "              schema: {type: object}\n"
    found = operation(tmp_path, "application/json", content, CODED)
    plain, gzipped, deflated, unknown = (
        render(draft(found, {"header": header, "body": {"n": 1}}, {}))
        for header in (
            {},
            {"content-encoding": "gzip"},
            {"Content-Encoding": "Deflate"},
            {"Content-Encoding": "none"},
        )
    )
    assert {plain.body, gzipped.body, deflated.body, unknown.body} == {b'{"n":1}'}
    assert encoded(plain) == encoded(unknown) == b'{"n":1}'
    assert gzip.decompress(encoded(gzipped)) == b'{"n":1}'
    assert zlib.decompress(encoded(deflated)) == b'{"n":1}'
    bare = operation(tmp_path, "application/json", content)
    assert (
        render(draft(bare, {"header": {"Content-Encoding": "gzip"}, "body": {}}, {})).encoding == ""
    )
