"""The coats in which a secret may stand in a text: other spellings of it that are searched for."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from harness.wire.redact.needle import Needle, Span, alone, itself

_LONG = 8
"""A shorter secret may be an ordinary word or number: it is hidden only where it stands alone."""
_CORE_MIN = 4
_URL_SAFE = str.maketrans("+/", "-_")
_PARTIAL = re.compile(r"[A-Za-z0-9+/_-]?={0,2}")
_PADDING = re.compile(r"={0,2}")


def _plain(value: str) -> Iterator[Needle]:
    yield Needle(value, itself if len(value) >= _LONG else alone)


def _other_case(value: str) -> Iterator[Needle]:
    if len(value) >= _LONG:
        yield Needle(value.lower())
        yield Needle(value.upper())


def _form(value: str) -> Iterator[Needle]:
    yield from _plain(value.replace(" ", "+"))


def _hex(value: str) -> Iterator[Needle]:
    digits = value.encode().hex()
    yield Needle(digits)
    yield Needle(digits.upper())


def _base64(value: str) -> Iterator[Needle]:
    """Yield what the value makes of a base64 text, wherever among its groups of three it begins.

    Only the characters that it determines alone are searched for. A character that it shares with
    what stands before or behind it is hidden with them.
    """
    data = value.encode()
    for before in range(3):
        text = b64encode(bytes(before) + data).decode()
        first, last = -(-8 * before // 6), 8 * (before + len(data)) // 6
        shared = 8 * (before + len(data)) % 6 > 0
        if last - first >= _CORE_MIN:
            yield Needle(text[first:last], partial(_with_shared, before > 0, shared))


def _base64url(value: str) -> Iterator[Needle]:
    for needle in _base64(value):
        yield Needle(needle.text.translate(_URL_SAFE), needle.span)


def _with_shared(before: bool, after: bool, text: str, start: int, end: int) -> Span:
    if before and _PARTIAL.match(text, start - 1, start):
        start = max(0, start - 1)
    tail = (_PARTIAL if after else _PADDING).match(text, end)
    return start, tail.end() if tail is not None else end


COATS: Mapping[str, Callable[[str], Iterator[Needle]]] = {
    "plain": _plain,
    "other case": _other_case,
    "form": _form,
    "hex": _hex,
    "base64": _base64,
    "base64url": _base64url,
}
"""What to search for of a secret, by the name of the coat; `layers` takes off all other coats."""
