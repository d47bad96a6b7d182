"""Characters and numbers as every rendering shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

_KEPT = frozenset("\n\t")
# Control, format (bidi overrides among them), surrogate and unassigned characters can rewrite a
# terminal line or break XML; they are shown as escapes.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})


def visible(text: object) -> str:
    """Return the text with every invisible character written as an escape."""
    string = str(text)
    if string.isascii() and string.isprintable():
        return string
    return "".join(_shown(character) for character in string)


def visible_document(value: Any) -> Any:
    """Return records, mappings, lists and values with every text in them made visible."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return visible(value)
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: visible_document(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **shown)
    if isinstance(value, Mapping):
        return {key: visible_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible_document(item) for item in value]
    return value


def one_line(text: object) -> str:
    """Return the text on one line, all white space single."""
    return " ".join(visible(text).split())


def milliseconds(value: float | None) -> str:
    """Return "12.4 ms", or a dash for a figure of too few samples."""
    if value is None:
        return "-"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


def number(value: float | None) -> str:
    """Return a figure with separated thousands and four digits at most, or a dash."""
    if value is None:
        return "-"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
