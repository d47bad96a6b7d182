"""Read from a response what the binding of its verb points at."""

from __future__ import annotations

from typing import Any

from harness.check.values import whole_number
from harness.document.pointer import MISSING, every, find
from harness.model.binding import Verb


def observe(verb: Verb, value: Any) -> dict[str, Any]:
    """Return balance, fail_index (int), balances ({account: int}), coupons (texts), others as text.

    A value that is missing or not of its kind is left out: its shape is the business of
    conformance, and an invariant must not read a number that is not there.
    """
    seen: dict[str, Any] = {}
    unit = verb.balance_unit or verb.unit
    for name, pointer in verb.extract.items():
        if name == "balances":
            seen.update(_balances(pointer, value, unit))
            continue
        if name == "coupons":
            if numbers := [str(number) for number in every(value, pointer) if _is_name(number)]:
                seen[name] = numbers
            continue
        found = _of_item(pointer, value) if isinstance(pointer, dict) else find(value, pointer)
        if name in _NUMBERS:
            number = whole_number(found)
            if number is not None:
                seen[name] = number // unit if name == "balance" else number
        elif _is_name(found):
            seen[name] = str(found)
    return seen


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


_NUMBERS = frozenset({"balance", "fail_index"})


def _of_item(form: Any, value: Any) -> Any:
    """Return the balance of the item that is asked for; a list without it holds none of that."""
    rows = find(value, form["list"], MISSING)
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        return MISSING
    items = (
        row
        for row in rows
        if isinstance(row, dict)
        and all(str(row.get(name)) == wanted for name, wanted in form["where"].items())
    )
    return next(items, {form["balance"]: 0}).get(form["balance"], MISSING)


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
        number = whole_number(row.get(form["balance"]))
        account = row.get(form["account"])
        if number is not None and isinstance(account, str | int):
            balances[str(account)] = number // unit
    return {"balances": balances} if balances else {}
