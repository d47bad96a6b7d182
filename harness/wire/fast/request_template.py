"""A request as byte templates: its head, its body, the rows of a bulk, its line in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from harness.document.pointer import find
from harness.model.binding import Verb
from harness.model.exchange import Intent, Request
from harness.wire.attempt import BODY_CHARACTERS_MAX, Redact, body_text, invoke_line
from harness.wire.fast.byte_template import (
    ByteTemplate,
    Encode,
    Placeholders,
    Values,
    as_json,
    as_path,
    as_query,
    as_text,
    byte_template,
    quoted,
)
from harness.wire.request import FORM, Draft, render, with_field

_ID, _DUE, _SENT = "zqjournalidqz", 73_200_000_019, 73_300_000_021
_STAMPS: Mapping[bytes, str] = {
    _ID.encode(): "id",
    str(_DUE).encode(): "due_ns",
    str(_SENT).encode(): "sent_ns",
}


class NoTemplate(Exception):
    """The request has no template, so that it must be rendered anew each time."""


@dataclass(frozen=True, slots=True)
class RowsTemplate:
    """A template that is repeated for each row."""

    row: ByteTemplate
    separator: bytes

    def fill(self, rows: Sequence[Values], plain: bool) -> bytes:
        """Return the rows one after the other; see ByteTemplate.fill."""
        fill = self.row.fill
        return self.separator.join([fill(row, plain) for row in rows])


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request with gaps, ready for the socket but for the length of its body."""

    head: ByteTemplate
    body: tuple[ByteTemplate | RowsTemplate, ...]

    def fill(self, values: Values, rows: Sequence[Values], plain: bool) -> tuple[bytes, bytes]:
        """Return head and body of one request; see ByteTemplate.fill."""
        parts = [
            part.fill(values, plain) if isinstance(part, ByteTemplate) else part.fill(rows, plain)
            for part in self.body
        ]
        return self.head.fill(values, plain), b"".join(parts)


def request_template(
    draft: Draft, known: Placeholders, bulk: Verb | None, head: Callable[[Request], bytes]
) -> RequestTemplate:
    """Return the template of a draft that was filled with placeholders.

    `bulk` is the verb of a bulk, whose draft holds one row of placeholders. `head` writes
    everything before the length of the body. Raises NoTemplate.
    """
    rows: dict[bytes, RowsTemplate] = {}
    if bulk is not None:
        draft, rows = _without_rows(draft, bulk, known)
    request = render(draft)
    headers = {name.lower(): value for name, value in request.headers}
    encode = body_encoding(headers.get("content-type", ""))
    parts: list[ByteTemplate | RowsTemplate] = []
    rest = request.body
    for token in sorted(rows, key=rest.find):
        before, found, rest = rest.partition(token)
        if not found or token in rest:
            raise NoTemplate("a column of the rows does not occur once in the body")
        parts += [byte_template([(before, encode)], known.names), rows[token]]
    parts.append(byte_template([(rest, encode)], known.names))
    first, end, lines = head(request).partition(b"\r\n")
    pieces = [*target_pieces(first), (end + lines, as_text)]
    return RequestTemplate(byte_template(pieces, known.names), tuple(parts))


def body_encoding(media_type: str) -> Encode:
    """Return how values stand in a body of the media type; raises NoTemplate."""
    if media_type == FORM:
        return as_query
    if "json" in media_type:
        return as_json
    if media_type.startswith("multipart/"):
        raise NoTemplate("a multipart body has a new boundary in each request")
    return as_text


def target_pieces(target: bytes) -> list[tuple[bytes, Encode]]:
    """Return the path and the query of a request target with their encodings."""
    path, mark, query = target.partition(b"?")
    return [(path, as_path), (mark + query, as_query)]


def _without_rows(
    draft: Draft, verb: Verb, known: Placeholders
) -> tuple[Draft, dict[bytes, RowsTemplate]]:
    """Return the draft with a token for each list of rows, and the templates of the rows."""
    form = verb.rows
    if form is None or not isinstance(draft.body, dict):
        raise NoTemplate("rows without a body of fields")
    media_type = draft.operation.body.media_type if draft.operation.body else ""
    encode = body_encoding(media_type)
    body: dict[str, Any] = dict(draft.body)
    templates: dict[bytes, RowsTemplate] = {}
    columns = [form.at] if form.at else [name for name in form.columns if name in body]
    for number, column in enumerate(columns):
        items = find(body, column, None) if form.at else body[column]
        if not isinstance(items, list) or len(items) != 1:
            raise NoTemplate("no list of rows where the binding says")
        token = f"zqh{number:03}qz"
        body = with_field(body, column, [token])
        if media_type == FORM:
            row = render(replace(draft, body={column: items})).body
            place = render(replace(draft, body={column: [token]})).body
        else:
            row, place = orjson.dumps(items[0]), orjson.dumps(token)
        separator = b"&" if media_type == FORM else b","
        templates[place] = RowsTemplate(byte_template([(row, encode)], known.names), separator)
    return replace(draft, body=body), templates


def line_template(
    source: str,
    intent: Intent,
    request: Request,
    media_type: str,
    names: Mapping[bytes, str],
    redact: Redact,
) -> ByteTemplate:
    """Return the template of `invoke_line` for a request and an intent of placeholders.

    Its further values are `id`, `due_ns` and `sent_ns`. Raises NoTemplate, also where the journal
    cuts the body.
    """
    line = invoke_line(_ID, source, intent, request, _DUE, _SENT, redact)
    text = body_text(request.body, redact)
    path, body = as_json(redact(request.path).encode()), as_json(text.encode())
    opening = b'"request":["%b","' % request.method.encode()
    target_and_body = b'%b","%b"]' % (path, body)
    before, _, rest = line.partition(opening)
    if len(text) > BODY_CHARACTERS_MAX or not rest.startswith(target_and_body):
        raise NoTemplate("the journal cuts the body")
    pieces: list[tuple[bytes, Encode]] = [(before + opening, as_json)]
    pieces += [(part, quoted(encode)) for part, encode in target_pieces(path)]
    pieces.append((b'","', as_text))
    if body:
        pieces.append((body, quoted(body_encoding(media_type))))
    pieces.append((b'"]' + rest[len(target_and_body) :], as_json))
    return byte_template(pieces, {**names, **_STAMPS})
