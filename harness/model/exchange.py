"""One request sent once: what it means, and what came back or which fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from harness.model.verdict import Outcome


class Fault(Enum):
    """Why no complete response came.

    UNSENT proves that no byte reached the server; all others leave the effect open. After TRUNCATED
    and OVERSIZED the server did respond, with more than the limits of the target in OVERSIZED.
    """

    UNSENT = "unsent"
    TIMEOUT = "timeout"
    RESET = "reset"
    TRUNCATED = "truncated"
    OVERSIZED = "oversized"


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to send; `path` carries the query and stands below the base address.

    `encoding` is the one in which its body is sent, empty for none.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of a request without a complete response: the fault, and its cause in words."""

    fault: Fault
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One intended effect on one account.

    `units` is signed: positive earns, negative burns. `reference` is the caller's key against
    repeats, None when none was sent.
    """

    account: str
    units: int
    reference: str | None = None


UNPARSEABLE = "unparseable"
"""The entry of an intent that may move points of its account in a way no row describes."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a request means in loyalty terms, so that an invariant reads it without the vendor.

    `verb` is a verb of the binding, or None for a plain operation. `rows` are the effects it asks
    for, in order; a read has none. `account` is the one account it reads or moves, None if several.
    `entry` is the ledger entry or coupon that a void or a use names. `opaque` says that the request
    holds more than its verb binds, so that its rows may not be all it does: a scenario may count on
    them, the audit must not. `lasting` says that its effect may come at any later time too.
    """

    operation: str
    verb: str | None = None
    account: str | None = None
    rows: tuple[Row, ...] = ()
    entry: str | None = None
    opaque: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt on the wire with its intent and its classified outcome; the journal has the rest.

    `result` is a complete response, or the failure in its place. `seen` holds what the binding
    extracts from the response: balance, entry, fail_index, balances. `unread` says what stands
    where a balance is expected and is none. `throttled` counts how often the server has refused the
    request for now, without an effect, before this attempt.
    """

    id: str
    intent: Intent
    result: Response | Failure
    outcome: Outcome
    reason: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    unread: str = ""
    throttled: int = 0

    @property
    def response(self) -> Response | None:
        """The response, None where none came or not all of it."""
        return self.result if isinstance(self.result, Response) else None

    @property
    def fault(self) -> Fault | None:
        """Why no complete response came, None where one did."""
        return self.result.fault if isinstance(self.result, Failure) else None

    @property
    def cause(self) -> str:
        """The cause of the fault in words, empty where there is none."""
        return self.result.cause if isinstance(self.result, Failure) else ""
