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


def equal(seen: Any, wanted: Any, *, text_as_number: bool = False) -> bool:
    """Return whether a value that was seen is the wanted one, of the same type, for outcome rules.

    With `text_as_number` (`equality` of a binding) a wanted number also matches the text that
    writes it: 200 matches "200" and neither "0200" nor "200.0". A wanted text matches itself alone.
    """
    # 1 == True in Python, but a body that says true has not said 1.
    if type(seen) is type(wanted):
        return bool(seen == wanted)
    written = text_as_number and type(wanted) in (int, float) and isinstance(seen, str)
    return written and bool(seen == str(wanted))


def same_value(seen: Any, wanted: Any) -> bool:
    """Return whether two values are equal, for expectations: a number also equals its text.

    References and extracted values are texts, and the schema says how a number is written.
    """
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
