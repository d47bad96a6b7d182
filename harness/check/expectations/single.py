"""Expectations that hold the numbers and lists of one response against each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from harness.check.expectations.facts import (
    Facts,
    Played,
    Result,
    bodies_of,
    ids_of,
    number_of,
    said,
)
from harness.document.pointer import MISSING, every, find
from harness.document.template import fill

_ODD_SHOWN = 3
_SHOWN_MAX = 120


def _sums(played: Played, wanted: Mapping[str, str], facts: Facts) -> Result:
    return _totals(played, wanted, sum, "the sum of")


def _lowest(played: Played, wanted: Mapping[str, str], facts: Facts) -> Result:
    return _totals(played, wanted, _least, "the lowest of")


def _comes_to(
    one: float | None, total: Callable[[Sequence[Any]], Any], parts: Sequence[float | None]
) -> bool:
    if one is None or None in parts:
        return False
    whole = total(parts)
    return whole is not None and math.isclose(one, whole, abs_tol=1e-9)


def _least(parts: Sequence[Any]) -> Any:
    return min(parts, default=None)


def _totals(
    played: Played, wanted: Mapping[str, str], total: Callable[[Sequence[Any]], Any], words: str
) -> Result:
    """Hold numbers against what others come to; what is no number never holds."""
    odd = []
    for body in bodies_of(played):
        for pointer, pattern in wanted.items():
            one, parts = find(body, pointer, MISSING), every(body, pattern)
            if not _comes_to(number_of(one), total, [number_of(part) for part in parts]):
                odd.append(f"{pointer} is {shown(one)} and at {pattern} stands {_listed(parts)}")
    holds = ", ".join(f"{pointer} is {words} {pattern}" for pointer, pattern in wanted.items())
    return _in_response(played, odd, holds)


def _items(played: Played, wanted: Mapping[str, Sequence[Any]], facts: Facts) -> Result:
    filled = fill(wanted, facts.captures)
    odd = []
    for body in bodies_of(played):
        for pattern, values in filled.items():
            there = every(body, pattern)
            if sorted(map(shown, there)) != sorted(map(shown, values)):
                odd.append(f"at {pattern} stands {_listed(there)}")
    holds = ", ".join(
        f"at {pattern} stands {_listed(values)} in any order" for pattern, values in filled.items()
    )
    return _in_response(played, odd, holds)


def _in_response(played: Played, odd: Sequence[str], holds: str) -> Result:
    seen = "; ".join(odd[:_ODD_SHOWN]) or "so it was"
    return said(not odd, f"in the response of {played.name} {holds}", seen, ids_of(played))


def shown(value: Any) -> str:
    """Return a value of a response for the reader of a report."""
    if value is MISSING:
        return "missing"
    # As JSON, because the journal hides the personal fields of JSON text.
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(shown, values)) or "nothing"


WITHIN: Mapping[str, Callable[[Played, Any, Facts], Result]] = {
    "sums": _sums,
    "lowest": _lowest,
    "items": _items,
}
