"""Amounts of points, and how a vendor writes them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

Amount = int | Decimal
"""Points: whole, or exact decimals where the binding declares decimal places; never a float."""


def as_amount(value: object) -> Amount | None:
    """Return a value if it is an amount, None for anything else; a truth value is none."""
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class AmountFormat:
    """How responses write amounts and balances; requests are written as their schema says.

    `decimals`: the most decimal places.
    `thousands_separator`: what stands between groups of three digits of a text; empty for nothing.
    `decimal_separator`: what stands before the decimal places of a text.
    """

    decimals: int = 0
    thousands_separator: str = ""
    decimal_separator: str = "."


WHOLE = AmountFormat()
"""Whole numbers without separators, which is how amounts are written unless a binding says so."""
