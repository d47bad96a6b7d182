"""Bytes that were rendered once with placeholders, and the values that take their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

Encode = Callable[[str], bytes]
"""How a value is written in its place."""

Texts = Mapping[str, str]
"""Placeholder name (units, amount, reference, fresh, entry, member.<field>) to its value."""

Encoded = Mapping[str, bytes]
"""The same with values that are written alike in every place, already encoded."""


def needs_no_encoding(text: str) -> bool:
    """Say whether a text is written alike in a path, a query, a form and JSON."""
    return text.isalnum() and text.isascii()


def as_path(text: str) -> bytes:
    """Write a value into a path."""
    return text.encode() if needs_no_encoding(text) else quote(text, safe="").encode()


def as_query(text: str) -> bytes:
    """Write a value into a query or a form."""
    return text.encode() if needs_no_encoding(text) else quote_plus(text).encode()


def as_json(text: str) -> bytes:
    """Write a value into a JSON text, between its quotation marks."""
    return text.encode() if needs_no_encoding(text) else orjson.dumps(text)[1:-1]


def as_text(text: str) -> bytes:
    """Write a value as it is."""
    return text.encode()


def quoted(encode: Encode) -> Encode:
    """Return the encoding for a place that itself stands inside a JSON text."""
    return lambda text: text.encode() if needs_no_encoding(text) else as_json(encode(text).decode())


@dataclass(frozen=True, slots=True)
class Placeholders:
    """Values that occur nowhere else, one for each value that changes from request to request.

    `names` tells each as it is rendered, to its name.
    """

    member: Mapping[str, str]
    units: int
    reference: str
    fresh: str
    entry: str
    names: Mapping[bytes, str]


def placeholders(fields: Iterable[str], unit: int) -> Placeholders:
    """Return the placeholders for members with these fields; `unit` is that of the verb."""
    member = {field: f"zqm{number:03}qz" for number, field in enumerate(sorted(fields))}
    units = 73_100_000_017
    reference, fresh, entry = (f"zq{kind}000qz" for kind in "rft")
    names = {text.encode(): f"member.{field}" for field, text in member.items()}
    names |= {reference.encode(): "reference", fresh.encode(): "fresh", entry.encode(): "entry"}
    # A request holds the vendor's units, a journal line ours.
    names |= {str(units).encode(): "amount", str(units * unit).encode(): "units"}
    return Placeholders(member, units, reference, fresh, entry, names)


@dataclass(frozen=True, slots=True)
class ByteTemplate:
    """Bytes with gaps: a `%` format and, for each gap, the name and encoding of its value.

    `pick` takes the values of the gaps from a mapping of encoded values.
    """

    form: bytes
    gaps: tuple[tuple[str, Encode], ...]
    pick: Callable[[Encoded], Any]

    def fill(self, values: Texts) -> bytes:
        """Return the bytes with the values in their places; KeyError when one is not given."""
        return self.form % tuple([encode(values[name]) for name, encode in self.gaps])

    def fill_encoded(self, values: Encoded) -> bytes:
        """Return the same, quickly, for values that need no encoding."""
        filled: bytes = self.form % self.pick(values)
        return filled


def byte_template(
    pieces: Iterable[tuple[bytes, Encode]], names: Mapping[bytes, str]
) -> ByteTemplate:
    """Return the template of rendered pieces, each with the encoding of what stands in it.

    `names` are those of the placeholders, by their rendered bytes.
    """
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
    return ByteTemplate(form, tuple(gaps), pick)


def _nothing(values: Encoded) -> tuple[()]:
    return ()
