"""How Loga's numbers are read from the text of a form."""

from __future__ import annotations

import re
from decimal import Decimal

from harness.mock.message import Refused

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_MONEY = re.compile(r"[0-9]{1,18}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?", re.ASCII)


def whole(text: str, name: str, least: int | None = None) -> int:
    """Read a whole number; Refused when the text is none or the number is below `least`."""
    if _WHOLE.fullmatch(text) is None:
        raise Refused("invalid", f"{name} must be a whole number")
    number = int(text)
    if least is not None and number < least:
        raise Refused("invalid", f"{name} must be at least {least}")
    return number


def money(text: str, name: str) -> Decimal:
    """Read an amount of money, zero or more; Refused when the text is none."""
    if _MONEY.fullmatch(text) is None:
        raise Refused("invalid", f"{name} must be an amount of money")
    return Decimal(text)
