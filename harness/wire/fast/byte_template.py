"""Bytes that were rendered once with placeholders, and the values that take their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

Encode = Callable[[bytes], bytes]
"""How a value in UTF-8 is written in its place."""

Values = Mapping[str, bytes]
"""Placeholder name (units, amount, reference, fresh, entry, member.<field>) to its value in UTF-8.

Letters and digits of ASCII need no encoding: they are written alike in every place.
"""


def as_path(value: bytes) -> bytes:
    """Write a value into a path."""
    return value if value.isalnum() else quote(value, safe="").encode()


def as_query(value: bytes) -> bytes:
    """Write a value into a query or a form."""
    return value if value.isalnum() else quote_plus(value).encode()


def as_json(value: bytes) -> bytes:
    """Write a value into a JSON text, between its quotation marks."""
    return value if value.isalnum() else orjson.dumps(value.decode())[1:-1]


def as_text(value: bytes) -> bytes:
    """Write a value as it is."""
    return value


def quoted(encode: Encode) -> Encode:
    """Return the encoding for a place that itself stands inside a JSON text."""
    return lambda value: as_json(encode(value))


@dataclass(frozen=True, slots=True)
class Placeholders:
    """Values that occur nowhere else, one for each value that changes from request to request.

    `names` leads from each, as it is rendered, to its name.
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
    return ByteTemplate(form, tuple(gaps), itemgetter(*picked) if picked else lambda _: ())
