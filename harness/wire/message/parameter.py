"""Styles of parameters: how lists and objects stand in a path, a query, a header or a cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import orjson

from harness.model.operation import Parameter

Encode = Callable[[str], str]
"""How a text is written in its place, so that it cannot be taken for what separates it."""

Pair = tuple[str, str]

# What separates exploded values, None where each is a pair of its own, and other values.
_SEPARATORS: Mapping[str, tuple[str | None, str]] = {
    "form": (None, ","),
    "spaceDelimited": (None, "%20"),
    "pipeDelimited": (None, "%7C"),
    "deepObject": (None, ","),
    "simple": (",", ","),
    "label": (".", ","),
    "matrix": (None, ","),
}
_COOKIE_SAFE = "!#$%&'()*+,-./:<=>?@[]^_`{|}~\""
# A reserved character that would end or split a query is encoded all the same.
_RESERVED_SAFE = ":/?@!$'()*,;[]"


def text_of(value: Any) -> str:
    """Return a value as text; lists and objects as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def as_path(text: str) -> str:
    """Return a text as it stands in a path."""
    return quote(text, safe="")


def as_cookie(text: str) -> str:
    """Return a text as it stands in a cookie: what a server has set stays as it is."""
    return quote(text, safe=_COOKIE_SAFE)


def path_text(parameter: Parameter, value: Any) -> str:
    """Return what takes the place of a parameter in the template of a path."""
    pairs = written(parameter, value, as_path)
    if parameter.style == "matrix":
        return "".join(f";{name}={text}" if text else f";{name}" for name, text in pairs)
    return ("." if parameter.style == "label" else "") + "".join(text for _, text in pairs)


def query_pairs(parameter: Parameter, value: Any) -> list[Pair]:
    """Return the pairs of a query, both encoded, that a value makes."""
    if not parameter.reserved:
        return written(parameter, value, quote_plus)
    return written(parameter, value, lambda text: quote(text, safe=_RESERVED_SAFE))


def written(parameter: Parameter, value: Any, encode: Encode) -> list[Pair]:
    """Return the pairs of name and text that a value makes in the style of its parameter."""
    name, style = encode(parameter.name), parameter.style
    if parameter.media_type:
        return [(name, encode(orjson.dumps(value).decode()))]
    if isinstance(value, Mapping) and style == "deepObject":
        return list(_deep(name, value, encode))
    exploded, separator = _SEPARATORS[style]
    if isinstance(value, Mapping):
        pairs = [(encode(str(key)), encode(text_of(item))) for key, item in value.items()]
        if not parameter.explode:
            return [(name, separator.join(text for pair in pairs for text in pair))]
        if exploded is None:
            return pairs
        return [(name, exploded.join(f"{key}={text}" for key, text in pairs))]
    if isinstance(value, list | tuple):
        texts = [encode(text_of(item)) for item in value]
        if parameter.explode and exploded is None:
            return [(name, text) for text in texts]
        return [(name, (exploded or separator if parameter.explode else separator).join(texts))]
    return [(name, encode(text_of(value)))]


def _deep(name: str, value: Any, encode: Encode) -> Iterator[Pair]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _deep(f"{name}{encode(f'[{key}]')}", item, encode)
    elif isinstance(value, list | tuple):
        yield from ((name, encode(text_of(item))) for item in value)
    else:
        yield name, encode(text_of(value))


Found = list[str] | Mapping[str, list[str]] | None
"""What stands for a parameter: its texts, those of each field of an object, or nothing."""


def found_in_pairs(
    parameter: Parameter, kinds: frozenset[str], pairs: Iterable[Pair], others: frozenset[str]
) -> Found:
    """Return what the decoded pairs of a query or of cookies hold for a parameter.

    `kinds` are the types that its schema names; `others` the names of the other parameters.
    """
    name = parameter.name
    if "object" in kinds and not parameter.media_type:
        if parameter.style == "deepObject":
            start = f"{name}["
            inner = [(key[len(start) : -1], text) for key, text in pairs if key.startswith(start)]
            return _by_name(inner)
        if parameter.explode:
            return _by_name(pair for pair in pairs if pair[0] not in others)
    texts = [text for key, text in pairs if key == name]
    if not texts or parameter.explode:
        return texts or None
    return _split(parameter, kinds, texts[-1], str)


def found_in_text(parameter: Parameter, kinds: frozenset[str], text: str) -> Found:
    """Return what a text of a path or a header holds for a parameter."""
    decode = unquote if parameter.place == "path" else str
    if parameter.style == "label":
        text = text.removeprefix(".")
    elif parameter.style == "matrix" and not parameter.explode:
        text = text.partition("=")[2]
    elif parameter.style == "matrix":
        pairs = [piece.partition("=")[::2] for piece in text.split(";")[1:]]
        plain = [(decode(key), decode(value)) for key, value in pairs]
        return found_in_pairs(parameter, kinds, plain, frozenset())
    return _split(parameter, kinds, text, decode)


def _split(
    parameter: Parameter, kinds: frozenset[str], text: str, decode: Callable[[str], str]
) -> Found:
    if parameter.media_type or not kinds & {"array", "object"}:
        return [decode(text)]
    exploded, separator = _SEPARATORS[parameter.style]
    if parameter.explode and exploded:
        separator = exploded
    parts = text.split(unquote(separator))
    if "object" not in kinds:
        return [decode(part) for part in parts]
    if parameter.explode:
        return _by_name(tuple(map(decode, part.partition("=")[::2])) for part in parts)  # type: ignore[misc]
    plain = list(map(decode, parts))
    return _by_name(zip(plain[::2], plain[1::2], strict=False))


def _by_name(pairs: Iterable[Pair]) -> Mapping[str, list[str]] | None:
    named: dict[str, list[str]] = {}
    for name, text in pairs:
        named.setdefault(name, []).append(text)
    return named or None
