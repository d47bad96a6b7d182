"""Byte templates of a request: its head, its body, the rows of a bulk, its line in the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from harness.document.pointer import find
from harness.model.binding import Verb
from harness.model.exchange import Intent, Request
from harness.wire.attempt import BODY_CHARACTERS_MAX, Redact, body_text, invoke_line, journal_text
from harness.wire.message.body import FORM
from harness.wire.request import Draft, render, with_field

_ID, _DUE, _SENT = "zqjournalidqz", 73_200_000_019, 73_300_000_021
_STAMPS: Mapping[bytes, str] = {
    _ID.encode(): "id",
    str(_DUE).encode(): "due_ns",
    str(_SENT).encode(): "sent_ns",
}

Encode = Callable[[bytes], bytes]
"""How a value in UTF-8 is written in its place."""

Values = Mapping[str, bytes]
"""Placeholder name (units, amount, reference, fresh, entry, member.<field>) to its value in UTF-8.

Letters and digits of ASCII need no encoding: they are written alike in every place.
"""

Names = Mapping[bytes, str]
"""Placeholder, a value that occurs nowhere else, as it is rendered to its name."""


def _as_path(value: bytes) -> bytes:
    return value if value.isalnum() else quote(value, safe="").encode()


def _as_query(value: bytes) -> bytes:
    return value if value.isalnum() else quote_plus(value).encode()


def _as_json(value: bytes) -> bytes:
    return value if value.isalnum() else orjson.dumps(value.decode())[1:-1]


def _as_line(value: bytes) -> bytes:
    return value if value.isalnum() else journal_text(_as_json(value))


def _told(encode: Encode) -> Encode:
    """Return the encoding for a place that itself stands inside a journal line."""
    return lambda value: _as_line(encode(value))


@dataclass(frozen=True, slots=True)
class ByteTemplate:
    """Bytes with gaps: a `%` format and, for each gap, the name and encoding of its value.

    `pick` takes the values of the gaps from all values.
    """

    form: bytes
    gaps: tuple[tuple[str, Encode], ...]
    pick: Callable[[Values], Any]

    def fill(self, values: Values, plain: bool) -> bytes:
        """Return the bytes with the values in their places; `plain` ones need no encoding."""
        filled: bytes = self.form % (
            self.pick(values)
            if plain
            else tuple([encode(values[name]) for name, encode in self.gaps])
        )
        return filled


def byte_template(pieces: Iterable[tuple[bytes, Encode]], names: Names) -> ByteTemplate:
    """Return the template of rendered pieces, each with the encoding of what stands in it."""
    longest_first = sorted(names, key=len, reverse=True)
    finder = re.compile(b"(" + b"|".join(map(re.escape, longest_first)) + b")")
    form = b""
    gaps: list[tuple[str, Encode]] = []
    for data, encode in pieces:
        for number, part in enumerate(finder.split(data)):
            if number % 2:
                gaps.append((names[part], encode))
                form += b"%b"
            else:
                form += part.replace(b"%", b"%%")
    picked = [name for name, _ in gaps]
    return ByteTemplate(form, tuple(gaps), itemgetter(*picked) if picked else lambda _: ())


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
    draft: Draft, names: Names, bulk: Verb | None, head: Callable[[Request], bytes]
) -> RequestTemplate:
    """Return the template of a draft that was filled with placeholders.

    `bulk` is the verb of a bulk, whose draft holds one row of placeholders. `head` writes
    everything before the length of the body. Raises NoTemplate.
    """
    rows: dict[bytes, RowsTemplate] = {}
    if bulk is not None:
        draft, rows = _without_rows(draft, bulk, names)
    request = render(draft)
    if request.encoding:
        raise NoTemplate("an encoded body has no gaps")
    headers = {name.lower(): value for name, value in request.headers}
    encode = _body_encoding(headers.get("content-type", ""))
    parts: list[ByteTemplate | RowsTemplate] = []
    rest = request.body
    for token in sorted(rows, key=rest.find):
        before, found, rest = rest.partition(token)
        if not found or token in rest:
            raise NoTemplate("a column of the rows does not occur once in the body")
        parts += [byte_template([(before, encode)], names), rows[token]]
    parts.append(byte_template([(rest, encode)], names))
    first, end, lines = head(request).partition(b"\r\n")
    pieces = [*_target_pieces(first), (end + lines, bytes)]
    return RequestTemplate(byte_template(pieces, names), tuple(parts))


def _media_type(draft: Draft) -> str:
    return draft.operation.body.media_type if draft.operation.body else ""


def _body_encoding(media_type: str) -> Encode:
    """Return how values stand in a body of the media type; raises NoTemplate."""
    if media_type == FORM:
        return _as_query
    if "json" in media_type:
        return _as_json
    if media_type.startswith("multipart/"):
        raise NoTemplate("a multipart body has a new boundary in each request")
    return bytes


def _target_pieces(target: bytes) -> list[tuple[bytes, Encode]]:
    """Return the path and the query of a request target with their encodings."""
    path, mark, query = target.partition(b"?")
    return [(path, _as_path), (mark + query, _as_query)]


def _without_rows(
    draft: Draft, verb: Verb, names: Names
) -> tuple[Draft, dict[bytes, RowsTemplate]]:
    """Return the draft with a token for each list of rows, and the templates of the rows."""
    form = verb.rows
    if form is None or not isinstance(draft.body, dict):
        raise NoTemplate("rows without a body of fields")
    media_type = _media_type(draft)
    encode = _body_encoding(media_type)
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
        templates[place] = RowsTemplate(byte_template([(row, encode)], names), separator)
    return replace(draft, body=body), templates


def line_template(
    source: str, intent: Intent, plain: Draft, names: Names, redact: Redact
) -> ByteTemplate:
    """Return the template of `invoke_line` for a draft and an intent of placeholders.

    Its further values are `id`, `due_ns` and `sent_ns`. Raises NoTemplate, also where the journal
    cuts the body.
    """
    request = render(plain)
    line = invoke_line(_ID, source, intent, request, _DUE, _SENT, redact)
    text = body_text(request.body, redact)
    path, body = _as_line(redact(request.path).encode()), _as_line(text.encode())
    opening = b'"request":["%b","' % request.method.encode()
    target_and_body = b'%b","%b"]' % (path, body)
    before, _, rest = line.partition(opening)
    if len(text) > BODY_CHARACTERS_MAX or not rest.startswith(target_and_body):
        raise NoTemplate("the journal cuts the body")
    pieces: list[tuple[bytes, Encode]] = [(before + opening, _as_line)]
    pieces += [(part, _told(encode)) for part, encode in _target_pieces(path)]
    pieces.append((b'","', bytes))
    if body:
        pieces.append((body, _told(_body_encoding(_media_type(plain)))))
    pieces.append((b'"]' + rest[len(target_and_body) :], _as_line))
    return byte_template(pieces, {**names, **_STAMPS})
