"""How the fields of a JSON request are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.mock.message import Refused


def text(fields: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there; Refused as missing or as not a text."""
    value = fields.get(name)
    if value is None or value == "":
        raise Refused("missing", f"{name} is required")
    if not isinstance(value, str):
        raise Refused("invalid", f"{name} must be a text")
    return value


def whole(fields: Mapping[str, Any], name: str, least: int = 1) -> int:
    """Return a whole number that must be there; Refused as missing or as no such number."""
    number = maybe_whole(fields, name, least)
    if number is None:
        raise Refused("missing", f"{name} is required")
    return number


def maybe_whole(fields: Mapping[str, Any], name: str, least: int = 1) -> int | None:
    """Return a whole number, None when it is absent; Refused when it is none or too low."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refused("invalid", f"{name} must be a whole number from {least}")
    return value


def maybe_text(fields: Mapping[str, Any], name: str) -> str | None:
    """Return a text, None when it is absent; Refused when it is something else."""
    return None if fields.get(name) in (None, "") else text(fields, name)
