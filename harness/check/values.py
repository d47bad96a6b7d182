"""Values of responses: read as numbers, compared, and shown in reports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import orjson

from harness.document.pointer import MISSING

_WHOLE = re.compile(r"(-?[0-9]{1,19})(?:\.0+)?", re.ASCII)
_LARGEST = 2**63
_SHOWN_MAX = 120


def whole_number(value: Any) -> int | None:
    """Return a whole number given as number or text ("12", "12.00"), None for anything else."""
    if isinstance(value, str) and (written := _WHOLE.fullmatch(value)):
        value = int(written[1])
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return None
    # No ledger holds a larger number, and no journal could keep it.
    return int(value) if abs(value) < _LARGEST else None


def finite_number(value: Any) -> float | None:
    """Return a finite number given as number or text, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def same_value(seen: Any, wanted: Any) -> bool:
    """Return whether two values are equal; a number equals the same number written as text."""
    # A scenario that depends on how a number is written says so by the schema.
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    return seen == wanted or (seen is not MISSING and seen is not None and str(seen) == str(wanted))


def json_text(value: Any) -> str:
    """Return a value of a response as a report shows it: JSON text, cut where it is long."""
    if value is MISSING:
        return "missing"
    # As JSON, because the journal hides the personal fields of JSON text.
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def json_texts(values: Iterable[Any]) -> str:
    """Return values as a report lists them, `nothing` if there are none."""
    return ", ".join(map(json_text, values)) or "nothing"
