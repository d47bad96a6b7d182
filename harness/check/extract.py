"""Extract the values of a response that the binding of its verb points at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.check.values import whole_number
from harness.document.pointer import MISSING, every, find
from harness.model.binding import Verb


def extract_values(verb: Verb, value: Any) -> dict[str, Any]:
    """Return the values of `extract` by name; `value` is the decoded body.

    `balance` is in units and `fail_index` a number, both int; `balances` maps accounts to units,
    `coupons` is a list of texts, and any other value is text. A value that is missing or of another
    type is left out: conformance reports it, and invariants must not read it.
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
        if name in ("balance", "fail_index"):
            number = whole_number(found)
            if number is not None:
                seen[name] = number // unit if name == "balance" else number
        elif _is_name(found):
            seen[name] = str(found)
    return seen


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _of_item(form: Mapping[str, Any], value: Any) -> Any:
    """Return the balance of the item that `where` selects, 0 if the list has no such item."""
    rows = _rows(form, value)
    if rows is None:
        return MISSING
    for row in rows:
        if all(str(row.get(name)) == wanted for name, wanted in form["where"].items()):
            return row.get(form["balance"], MISSING)
    return 0


def _balances(form: Mapping[str, Any], value: Any, unit: int) -> dict[str, Any]:
    """Return the balances of all accounts in a list, nothing if there is none."""
    balances = {}
    for row in _rows(form, value) or ():
        number = whole_number(row.get(form["balance"]))
        account = row.get(form["account"])
        if number is not None and isinstance(account, str | int):
            balances[str(account)] = number // unit
    return {"balances": balances} if balances else {}


def _rows(form: Mapping[str, Any], value: Any) -> list[dict[str, Any]] | None:
    """Return the objects of a list, None if there is no list; a lone object is a list of one."""
    rows = find(value, form["list"], MISSING)
    if isinstance(rows, dict):
        return [rows]
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None
