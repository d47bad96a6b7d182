"""What the fields of a command may hold, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.message import Refused

_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)
_COLONS = "%Y-%m-%d %H:%M:%S"
_HYPHENS = "%Y-%m-%d %H-%M-%S"
_SENT = re.compile(r"(.{19})(\.\d{3})? WIB")


def text(fields: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there; Refused when it is missing, empty or something else."""
    value = _needed(fields, name)
    if not isinstance(value, str):
        raise Refused("invalid", f"{name} must be text")
    return value


def whole(fields: Mapping[str, Any], name: str, switches: Switches) -> int:
    """Return a whole number of at least 0, written as a number or as text."""
    value = _needed(fields, name)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        if switches.has("numeric-text-refused"):
            raise Refused("invalid", f"{name} must be a number")
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused("invalid", f"{name} must be a whole number")
    return value


def amount(fields: Mapping[str, Any], name: str, switches: Switches) -> Decimal:
    """Return an amount of at least 0, written as a number or as text."""
    value = _needed(fields, name)
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        if switches.has("numeric-text-refused"):
            raise Refused("invalid", f"{name} must be a number")
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Refused("invalid", f"{name} must be an amount")
    if value == 0 and switches.has("zero-amount-refused"):
        raise Refused("invalid", f"{name} must be above 0")
    return Decimal(str(value))


def moment(fields: Mapping[str, Any], name: str, switches: Switches) -> None:
    """Refuse a date that is neither empty nor written with colons or hyphens in its time."""
    value = fields.get(name)
    if value is None:
        raise Refused("missing", f"{name} is required")
    if value == "" and not switches.has("empty-date-refused"):
        return
    forms = [_COLONS] if switches.has("hyphened-time-refused") else [_COLONS, _HYPHENS]
    if not isinstance(value, str) or not any(_reads(value, form) for form in forms):
        raise Refused("invalid", f"{name} must be a date and time")


def sent_at(fields: Mapping[str, Any], name: str, switches: Switches) -> None:
    """Refuse the date of a request that is not in the platform's own form; it may be absent."""
    value = fields.get(name)
    if value is None:
        return
    form = _SENT.fullmatch(value) if isinstance(value, str) else None
    if form is None or not _reads(form[1], _COLONS) or switches.has("zone-name-refused"):
        raise Refused("invalid", f"{name} must be a date and time in WIB")


def _needed(fields: Mapping[str, Any], name: str) -> Any:
    value = fields.get(name)
    if value is None or value == "":
        raise Refused("missing", f"{name} is required")
    return value


def _reads(value: str, form: str) -> bool:
    try:
        return f"{datetime.strptime(value, form):{form}}" == value
    except ValueError:
        return False
