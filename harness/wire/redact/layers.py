"""Take escapes out of a text, layer by layer, and know where each part stood before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from operator import itemgetter

from harness.wire.redact.needle import Span

_LAYERS_MAX = 16
"""So many forms of a text are searched: enough for JSON in JSON in a form, whatever comes."""

_JSON = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Escaping:
    """A way to write characters by others: `pattern` finds them, `plain` returns what they say.

    `is_in` says at little cost whether a text may hold any. Escapes of ASCII are found one by one,
    so that nothing is hidden with a secret that stands beside it.
    """

    is_in: Callable[[str], object]
    pattern: re.Pattern[str]
    plain: Callable[[str], str]


@dataclass(slots=True)
class Layer:
    """A text, made of the one `below` without its escapes; the original has none below."""

    text: str
    below: Layer | None = None
    escaping: Escaping | None = None
    _edges: list[tuple[int, int, int, int]] | None = None

    def without(self, escaping: Escaping) -> Layer:
        """Return the text without such escapes."""
        plain = escaping.plain
        text = escaping.pattern.sub(lambda found: plain(found[0]), self.text)
        return Layer(text, self, escaping)

    def origin(self, span: Span) -> Span:
        """Return where a part of this text stands in the original."""
        if self.below is None or self.escaping is None:
            return span
        if self._edges is None:
            self._edges = _edges(self.below.text, self.escaping)
        start, end = span
        first, _ = _below(self._edges, start)
        last = _below(self._edges, end - 1)[1] if end > start else first
        return self.below.origin((first, last))


def layers(text: str) -> Iterator[Layer]:
    """Yield a text, and each text that stands in it escaped once or more often."""
    found, known = [Layer(text)], {text}
    for layer in found:
        yield layer
        for escaping in ESCAPINGS:
            if len(found) < _LAYERS_MAX and escaping.is_in(layer.text):
                inner = layer.without(escaping)
                if inner.text not in known:
                    known.add(inner.text)
                    found.append(inner)


def unescaped(text: str) -> str:
    """Return a text with all its escapes taken out, those that come to light too."""
    layer = Layer(text)
    while (inner := layer.without(_MIXED)).text != layer.text:
        layer = inner
    return layer.text


def _edges(text: str, escaping: Escaping) -> list[tuple[int, int, int, int]]:
    """Return where each escape is: start and end without escapes, start and end in the text."""
    edges = []
    saved = 0
    for found in escaping.pattern.finditer(text):
        start, end = found.span()
        length = len(escaping.plain(found[0]))
        edges.append((start - saved, start - saved + length, start, end))
        saved += end - start - length
    return edges


def _below(edges: list[tuple[int, int, int, int]], at: int) -> Span:
    """Return where one character stands below: itself, or the escape that it is written as."""
    number = bisect_right(edges, at, key=itemgetter(0)) - 1
    if number < 0:
        return at, at + 1
    _, last, start, end = edges[number]
    return (start, end) if at < last else (at - last + end, at - last + end + 1)


@lru_cache(maxsize=4096)
def _mixed(escape: str) -> str:
    if escape[0] == "%":
        return _of_bytes(escape.replace("%", ""))
    if escape[0] == "&":
        return _entity(escape[1:-1])
    if escape[1] == "u" and len(escape) > 2:
        units = bytes.fromhex(escape.replace("\\u", ""))
        return units.decode("utf-16-be", errors="replace")
    return _JSON.get(escape[1], escape[1])


def _entity(name: str) -> str:
    if name[0] != "#":
        return html5.get(f"{name};", f"&{name};")
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else "\ufffd"


@lru_cache(maxsize=4096)
def _quoted(escape: str) -> str:
    return _of_bytes(escape.replace("=", ""))


def _of_bytes(digits: str) -> str:
    return bytes.fromhex(digits).decode(errors="replace")


_MIXED = Escaping(
    lambda text: "\\" in text or "%" in text or ("&" in text and ";" in text),
    re.compile(
        # A set of signs comes first, as the search for one is quick.
        r"[\\%&](?:"
        r"(?<=\\)(?:u00[0-7]HEX|u(?!00[0-7])HEX{4}(?:\\u(?!00[0-7])HEX{4})*|.)"
        r"|(?<=%)(?:[0-7]HEX|[89A-Fa-f]HEX(?:%[89A-Fa-f]HEX)*)"
        r"|(?<=&)(?:#[0-9]{1,7}|#[xX]HEX{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
        r")".replace("HEX", "[0-9A-Fa-f]"),
        re.DOTALL,
    ),
    _mixed,
)
"""JSON, URL and HTML: their signs differ, so that one pass takes out all three."""

ESCAPINGS = (
    _MIXED,
    # Quoted-printable has a sign of forms, so that its line ends and its bytes are passes apart.
    Escaping(lambda text: "=\n" in text or "=\r\n" in text, re.compile(r"=\r?\n"), lambda _: ""),
    Escaping(
        # What is always escaped, and bytes in a row, tell it from a field of a form.
        re.compile(r"=(?:3D|20|09|[0-9A-F]{2}=[0-9A-F]{2})").search,
        re.compile(r"=(?:[0-7][0-9A-F]|[89A-F][0-9A-F](?:=[89A-F][0-9A-F])*)"),
        _quoted,
    ),
)
