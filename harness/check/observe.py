"""Read from an answer what the binding of its verb points at."""

from __future__ import annotations

from typing import Any

from harness.document.pointer import MISSING, find
from harness.model.binding import Verb


def observe(verb: Verb, value: Any) -> dict[str, Any]:
    """Return balance (int), entry (text), fail_index (int) and balances ({account: int}).

    A value that is missing or not of its kind is left out: its shape is the business of
    conformance, and an invariant must not read a number that is not there.
    """
    seen: dict[str, Any] = {}
    for name, pointer in verb.see.items():
        if name == "balances":
            seen.update(_balances(pointer, value, verb.unit))
            continue
        found = find(value, pointer, MISSING)
        if name in _NUMBERS:
            number = whole(found)
            if number is not None:
                seen[name] = number // verb.unit if name == "balance" else number
        elif isinstance(found, str | int) and not isinstance(found, bool):
            seen[name] = str(found)
    return seen


_NUMBERS = frozenset({"balance", "fail_index"})


def _balances(form: Any, value: Any, unit: int) -> dict[str, Any]:
    rows = find(value, form["list"], MISSING)
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        return {}
    balances = {}
    for row in rows:
        if not isinstance(row, dict):
            continue
        number = whole(row.get(form["balance"]))
        account = row.get(form["account"])
        if number is not None and isinstance(account, str | int):
            balances[str(account)] = number // unit
    return {"balances": balances} if balances else {}


def whole(value: Any) -> int | None:
    """Return a whole number given as number or text, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return None
