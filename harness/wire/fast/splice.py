"""Requests written once with marks in the places that change, and cut there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from harness.document.pointer import split
from harness.model.binding import Verb
from harness.model.exchange import Request
from harness.wire.request import FORM, Draft, render

Encode = Callable[[str], bytes]
"""How a value is written in its place."""

Values = Mapping[str, str]
"""Names of what changes (units, reference, fresh, target, member.<field>) to this call's text."""


class NotSplicable(Exception):
    """The request cannot be cut at its marks and has to be written anew for each call."""


def as_path(text: str) -> bytes:
    """Write a value into a path."""
    return text.encode() if is_plain(text) else quote(text, safe="").encode()


def as_query(text: str) -> bytes:
    """Write a value into a query or a form."""
    return text.encode() if is_plain(text) else quote_plus(text).encode()


def as_json(text: str) -> bytes:
    """Write a value into a JSON text, between its quotation marks."""
    return text.encode() if is_plain(text) else orjson.dumps(text)[1:-1]


def as_text(text: str) -> bytes:
    """Write a value as it is."""
    return text.encode()


def quoted(encode: Encode) -> Encode:
    """Return the encoding for a place that itself stands inside a JSON text."""
    return lambda text: text.encode() if is_plain(text) else as_json(encode(text).decode())


@dataclass(frozen=True, slots=True)
class Marks:
    """Values that stand nowhere else, one for each thing that changes from call to call."""

    member: Mapping[str, str]
    units: int
    reference: str
    fresh: str
    target: str
    names: Mapping[bytes, str]


def marks(fields: Iterable[str], unit: int, series: int = 0) -> Marks:
    """Return the marks of a verb for members with these fields; `unit` is the verb's."""
    member = {field: f"zq{series}m{number:03}qz" for number, field in enumerate(sorted(fields))}
    units = 73_100_000_017 + series
    reference, fresh, target = (f"zq{series}{kind}000qz" for kind in "rft")
    names = {text.encode(): f"member.{field}" for field, text in member.items()}
    names |= {reference.encode(): "reference", fresh.encode(): "fresh", target.encode(): "entry"}
    # On the wire stand the vendor's units; the journal tells ours.
    names |= {str(units).encode(): "amount", str(units * unit).encode(): "units"}
    return Marks(member, units, reference, fresh, target, names)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Bytes with gaps: a `%` format and, for each gap, the name and encoding of what fills it.

    `pick` takes the values of the gaps from a mapping of bytes, for values that need no encoding.
    """

    form: bytes
    gaps: tuple[tuple[str, Encode], ...]
    pick: Callable[[Mapping[str, bytes]], Any]

    def fill(self, values: Values) -> bytes:
        """Return the bytes with the values in their places; KeyError when one is not given."""
        return self.form % tuple([encode(values[name]) for name, encode in self.gaps])

    def fill_plain(self, values: Mapping[str, bytes]) -> bytes:
        """Return the same, quickly, for values that are plain in any place."""
        filled: bytes = self.form % self.pick(values)
        return filled


def is_plain(text: str) -> bool:
    """Say whether a text is written in the same way in every place."""
    return text.isalnum() and text.isascii()


def cut(pieces: Iterable[tuple[bytes, Encode]], names: Mapping[bytes, str]) -> Pattern:
    """Return the pattern of the pieces, cut at the marks; each piece has one encoding."""
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
    pick = itemgetter(*picked) if picked else _nothing
    return Pattern(form, tuple(gaps), pick)


def _nothing(values: Mapping[str, bytes]) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """A pattern that stands once for each row."""

    each: Pattern
    between: bytes

    def fill(self, rows: Sequence[Values]) -> bytes:
        """Return the rows written one after the other."""
        return self.between.join([self.each.fill(row) for row in rows])

    def fill_plain(self, rows: Sequence[Mapping[str, bytes]]) -> bytes:
        """Return the same, quickly, for plain values."""
        form, pick = self.each.form, self.each.pick
        return self.between.join([form % pick(row) for row in rows])


@dataclass(frozen=True, slots=True)
class Form:
    """A request with gaps, ready for the socket up to the length of its body."""

    head: Pattern
    body: tuple[Pattern | Repeated, ...]

    def fill(self, values: Values, rows: Sequence[Values] = ()) -> tuple[bytes, bytes]:
        """Return head and body of one call."""
        parts = [
            part.fill(values) if isinstance(part, Pattern) else part.fill(rows)
            for part in self.body
        ]
        return self.head.fill(values), b"".join(parts)

    def fill_plain(
        self, values: Mapping[str, bytes], rows: Sequence[Mapping[str, bytes]] = ()
    ) -> tuple[bytes, bytes]:
        """Return the same, quickly, for plain values."""
        parts = [
            part.fill_plain(values) if isinstance(part, Pattern) else part.fill_plain(rows)
            for part in self.body
        ]
        return self.head.fill_plain(values), b"".join(parts)


def form_of(
    draft: Draft, marked: Marks, bulk: Verb | None, head: Callable[[Request], bytes]
) -> Form:
    """Return the form of a draft that was filled with the marks.

    `bulk` is the verb of a bulk, whose draft holds one row of the marks. `head` writes everything
    before the length of the body. Raises NotSplicable.
    """
    holes: dict[bytes, Repeated] = {}
    if bulk is not None:
        draft = _with_holes(draft, bulk, marked, holes)
    request = render(draft)
    encode = _body_encoding(request)
    parts: list[Pattern | Repeated] = []
    rest = request.body
    for hole in sorted(holes, key=rest.find):
        before, found, rest = rest.partition(hole)
        if not found or hole in rest:
            raise NotSplicable("a column of the rows does not stand once in the body")
        parts += [cut([(before, encode)], marked.names), holes[hole]]
    parts.append(cut([(rest, encode)], marked.names))
    return Form(cut(_head_pieces(head(request), request), marked.names), tuple(parts))


def body_encoding(media_type: str) -> Encode:
    """Return how values stand in a body of the media type; raises NotSplicable."""
    if media_type == FORM:
        return as_query
    if "json" in media_type:
        return as_json
    if media_type.startswith("multipart/"):
        raise NotSplicable("the parts of a multipart body are divided anew for each call")
    return as_text


def target_pieces(target: bytes) -> list[tuple[bytes, Encode]]:
    """Return the path and the query of a request target with their encodings."""
    path, mark, query = target.partition(b"?")
    return [(path, as_path), (mark + query, as_query)]


def _head_pieces(head: bytes, request: Request) -> list[tuple[bytes, Encode]]:
    first, end, headers = head.partition(b"\r\n")
    return [*target_pieces(first), (end + headers, as_text)]


def _body_encoding(request: Request) -> Encode:
    names = {name.lower(): value for name, value in request.headers}
    return body_encoding(names.get("content-type", ""))


def _with_holes(draft: Draft, verb: Verb, marked: Marks, holes: dict[bytes, Repeated]) -> Draft:
    """Put a hole where the rows stand, and note what fills it."""
    form = verb.rows
    if form is None or not isinstance(draft.body, dict):
        raise NotSplicable("rows without a body of fields")
    media_type = draft.operation.body.media_type if draft.operation.body else ""
    encode = body_encoding(media_type)
    body: dict[str, Any] = dict(draft.body)
    columns = [form.at] if form.at else [name for name in form.columns if name in body]
    for number, column in enumerate(columns):
        steps = split(form.at) if form.at else (column,)
        hole = f"zqh{number:03}qz"
        body, items = _swapped(body, steps, [hole])
        if media_type == FORM:
            alone = render(_replaced(draft, {column: items})).body
            gap = render(_replaced(draft, {column: [hole]})).body
        else:
            alone, gap = orjson.dumps(items[0]), orjson.dumps(hole)
        between = b"&" if media_type == FORM else b","
        holes[gap] = Repeated(cut([(alone, encode)], marked.names), between)
    return _replaced(draft, body)


def _replaced(draft: Draft, body: Any) -> Draft:
    return Draft(draft.operation, draft.path, draft.query, draft.headers, body)


def _swapped(
    body: Mapping[str, Any], steps: tuple[str, ...], new: list[str]
) -> tuple[dict[str, Any], list[Any]]:
    """Return a copy with the list at the steps exchanged, and the list of one that stood there."""
    first, *rest = steps
    inner = body.get(first)
    if rest:
        if not isinstance(inner, Mapping):
            raise NotSplicable("no list of rows where the binding says")
        below, old = _swapped(inner, tuple(rest), new)
        return {**body, first: below}, old
    if not isinstance(inner, list) or len(inner) != 1:
        raise NotSplicable("no list of rows where the binding says")
    return {**body, first: new}, inner
