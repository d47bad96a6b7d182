"""A loyalty action bound to an operation, and what its responses mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """A line of the table from conditions on a response to its outcome; the first match decides."""

    when: Mapping[str, Any]
    then: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowsForm:
    """How the rows of a bulk are written: in `columns`, or as a list at `at`.

    `columns`: body fields that repeat row by row, each with its template.
    `at`: a pointer to the list of rows.
    `each`: the template of one row of that list.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    each: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowResults:
    """Where the response to a bulk says what came of each row.

    `list`: a pointer to the results, one for each row in the order of the request.
    `outcomes`: what a result means, the result standing for the body; the last rule always holds.
    """

    list: str
    outcomes: tuple[OutcomeRule, ...]


REFERENCE = "reference"
"""What a later request may name an entry by besides what a response shows: the caller's own key."""


@dataclass(frozen=True, slots=True)
class EntryKey:
    """Which entries a void or a use may name, and by what.

    `of`: the verbs that make such entries, the usual one first.
    `by`: REFERENCE, or a name of their `extract`.
    """

    of: tuple[str, ...]
    by: str


Effect = Literal["credit", "debit", "none"]
"""What a verb does to the balance of its account."""

_WHOLE = re.compile("-?[0-9]{1,18}", re.ASCII)

READING_VERBS = frozenset({"balance", "entries", "check_coupon"})
"""Verbs that change nothing, in any binding."""


def reads_balance(verb: str | None) -> bool:
    """Say whether a verb of this name reads a balance: of points, or of a wallet of its own."""
    return verb is not None and (verb == "balance" or verb.endswith("_balance"))


@dataclass(frozen=True, slots=True)
class Verb:
    """A loyalty action bound to an operation.

    `extract`: balance, entry, fail_index and so on, each with where it stands in the response; a
    balance may be a mapping that says which item of a list holds it.
    `unit`: how much one unit is in the request; negative where the sign says the effect.
    `balance_unit`: how much one unit is in a balance of the response; None for the size of `unit`.
    `entry`: what `${entry}` stands for; None where the verb names no entry.
    `wallet`: what the verb reads or moves besides points, such as one kind of credit.
    `unit_templates`: `unit` and `balance_unit` as far as values of the target give them, which
    `contract.inputs.units` puts in their place once a target is chosen.
    `row_results`: where the response says what came of each row; None where it does not.
    `price`: what every request costs where the vendor sets it, as a template; empty elsewhere.
    """

    name: str
    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Any]
    effect: Effect
    unit: int = 1
    rows: RowsForm | None = None
    balance_unit: int | None = None
    entry: EntryKey | None = None
    wallet: str = ""
    unit_templates: Mapping[str, str] = field(default_factory=dict)
    row_results: RowResults | None = None
    price: str = ""

    @property
    def sign(self) -> int:
        """The effect as a factor: 1, -1 or 0."""
        return {"credit": 1, "debit": -1, "none": 0}[self.effect]

    def units_of(self, amount: object) -> int | None:
        """Return the signed units of an amount in a request, None where the verb writes no such."""
        text = str(amount)
        units, rest = divmod(int(text), self.unit) if _WHOLE.fullmatch(text) else (-1, 0)
        return None if rest or units < 0 else self.sign * units

    def account_of(self, member_id: str) -> str:
        """Return the account of a member that the verb reads or moves; a wallet is one apart."""
        return f"{member_id}/{self.wallet}" if self.wallet else member_id

    @property
    def writes(self) -> bool:
        """Whether the verb moves points, or changes what an earlier request has made."""
        changes = self.entry is not None and self.name not in READING_VERBS
        return self.effect != "none" or changes

    @property
    def undoes(self) -> bool:
        """Whether the verb takes back what an earlier request did: void, void_earn and so on."""
        return self.name.split("_")[0] == "void"
