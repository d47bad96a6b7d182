"""Values of responses: extracted, read as numbers, compared, and shown in reports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from harness.check.extraction import extracted
from harness.document.messages import counted
from harness.document.pointer import MISSING, every, find
from harness.model.binding import Verb
from harness.model.exchange import WHOLE, Amount, AmountFormat, Response

_WHOLE = re.compile(r"(-?[0-9]{1,19})(?:\.0+)?", re.ASCII)
_LARGEST = 2**63
_EXACT = 2**53
_SHOWN_MAX = 120
_LISTED_MAX = 20
_NAME_MAX = 1_000
"""No number of a receipt or a coupon is longer."""
ITEMS_MAX = 10_000
"""No bulk has more rows, and no member more accounts or coupons."""


def whole_number(value: Any) -> int | None:
    """Return a whole number given as number or text ("12", "12.00"), None for anything else."""
    if isinstance(value, str) and (written := _WHOLE.fullmatch(value)):
        value = int(written[1])
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return None
    # No ledger holds a larger number, and no journal could keep it.
    return int(value) if abs(value) < _LARGEST else None


def read_amount(value: Any, form: AmountFormat = WHOLE) -> Amount | None:
    """Return the exact amount that a number or text writes in this format, None for anything else.

    A value with more decimal places than the format has is not rounded: it does not fit. Without a
    declared separator a text such as "12.000" is no amount, since it may mean twelve thousand.
    """
    if type(value) is int:
        return value if abs(value) < _LARGEST else None
    if isinstance(value, str):
        written = _written(form).fullmatch(value)
        text = value.replace(form.thousands_separator, "") if form.thousands_separator else value
        exact = Decimal(text.replace(form.decimal_separator, ".")) if written else None
    elif isinstance(value, float) and math.isfinite(value):
        # The shortest text of a float is what its JSON said, as far as a float can tell it.
        told = abs(value) < _EXACT / 10**form.decimals
        exact = Decimal(repr(value)) if told or not form.decimals else None
    else:
        return None
    if exact is None or abs(exact) >= _LARGEST:
        return None
    whole = int(exact)
    if exact == whole:
        return whole
    places = -int(exact.normalize().as_tuple().exponent)
    return exact.normalize() if places <= form.decimals else None


@lru_cache(maxsize=64)
def _written(form: AmountFormat) -> re.Pattern[str]:
    """Return the texts that write an amount: its digits, alone or in groups, and decimal places."""
    grouped, point = re.escape(form.thousands_separator), re.escape(form.decimal_separator)
    digits = (
        rf"(?:[0-9]{{1,19}}|[0-9]{{1,3}}(?:{grouped}[0-9]{{3}})+)" if grouped else "[0-9]{1,19}"
    )
    doubtful = "" if grouped or form.decimals > 2 else rf"(?!{point}[0-9]{{3}}$)"
    return re.compile(rf"-?{digits}{doubtful}(?:{point}[0-9]{{1,19}})?", re.ASCII)


def why_no_amount(verb: Verb, value: Any, form: AmountFormat = WHOLE) -> str:
    """Return what stands where the verb expects a balance and is none, empty if it may be one."""
    pointer = verb.extract.get("balance")
    if not isinstance(pointer, str):
        return ""
    found = find(value, pointer)
    if found is MISSING:
        return f"nothing stands at {pointer or 'the whole body'}"
    if read_amount(found, form) is not None:
        return ""
    places = counted(form.decimals, "decimal place")
    kind = f"number with at most {places}" if form.decimals else "whole number"
    return f"{pointer} is {json_text(found)}, which is not a {kind}"


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
    listed = list(values)
    more = len(listed) - _LISTED_MAX
    texts = [*map(json_text, listed[:_LISTED_MAX]), *([f"{more:,} more"] if more > 0 else [])]
    return ", ".join(texts) or "nothing"


def extract_values(
    verb: Verb, response: Response, value: Any, form: AmountFormat = WHOLE
) -> dict[str, Any]:
    """Return the values of `extract` by name; `value` is the decoded body of the response.

    `balance` is in units and `fail_index` an int; `balances` maps accounts to units, `coupons` is a
    list of texts, and any other value is text. A value that is missing or of another type is left
    out: conformance reports it, and invariants must not read it. So is what no ledger has: a list
    of more than 10,000 items, a name of more than 1,000 characters or with invisible ones.
    """
    seen: dict[str, Any] = {}
    for name, pointer in verb.extract.items():
        if name == "balances":
            seen.update(_balances(pointer, value, verb, form))
            continue
        if name == "coupons":
            numbers = [str(number) for number in every(value, pointer) if _is_name(number)]
            if 0 < len(numbers) <= ITEMS_MAX:
                seen[name] = numbers
            continue
        if isinstance(pointer, dict):
            item = "list" in pointer
            found = _of_item(pointer, value) if item else extracted(pointer, response, value)
        else:
            found = find(value, pointer)
        if name in ("balance", "fail_index"):
            balance = _units(found, verb, form) if name == "balance" else whole_number(found)
            if balance is not None:
                seen[name] = balance
        elif _is_name(found):
            seen[name] = str(found)
    return seen


def _is_name(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _NAME_MAX and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool)


def _of_item(form: Mapping[str, Any], value: Any) -> Any:
    """Return the balance of the item that `where` selects, 0 if the list has no such item."""
    rows = _rows(form, value)
    if rows is None:
        return MISSING
    for row in rows:
        if all(str(row.get(name)) == wanted for name, wanted in form["where"].items()):
            return row.get(form["balance"], MISSING)
    return 0


def _units(value: Any, verb: Verb, form: AmountFormat) -> Amount | None:
    """Return the units of a balance: exact with decimal places, else whole ones, rounded down."""
    amount, unit = read_amount(value, form), verb.balance_unit or abs(verb.unit)
    if amount is None or unit == 1:
        return amount
    if not form.decimals:
        return amount // unit
    units = Decimal(amount) / unit
    if units * unit != amount:
        return None
    return int(units) if units == int(units) else units


def _balances(
    where: Mapping[str, Any], value: Any, verb: Verb, form: AmountFormat
) -> dict[str, Any]:
    """Return the balances of all accounts in a list, nothing if there is none."""
    balances = {}
    for row in _rows(where, value) or ():
        units = _units(row.get(where["balance"]), verb, form)
        account = row.get(where["account"])
        if units is not None and _is_name(account):
            balances[str(account)] = units
    return {"balances": balances} if 0 < len(balances) <= ITEMS_MAX else {}


def _rows(form: Mapping[str, Any], value: Any) -> list[dict[str, Any]] | None:
    """Return the objects of a list, None if there is no list; a lone object is a list of one."""
    rows = find(value, form["list"], MISSING)
    if isinstance(rows, dict):
        return [rows]
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None
