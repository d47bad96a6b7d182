"""Characters and numbers as every rendering shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from harness.document.characters import visible


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
