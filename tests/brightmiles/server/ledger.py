"""The members of the server, their miles, and the transactions that moved them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.brightmiles.server.refusal import (
    INVALID,
    KNOWN_REQUEST,
    NO_MEMBER,
    NO_TRANSACTION,
    STOPPED,
    TOO_FEW_MILES,
    TOO_MANY_ROWS,
    VOIDED,
    Refusal,
    required,
)
from tests.brightmiles.server.settings import (
    BURN_MAX,
    EARN_MAX,
    REQUEST_ID_MAX,
    ROWS_MAX,
    STALE_READS,
    Settings,
)

UPDATE_SECONDS = 0.003

Value = dict[str, Any]


@dataclass(slots=True)
class Member:
    """A member, the miles there are, and those there were before the last change."""

    id: str
    miles: int = 0
    before: int = 0


@dataclass(slots=True)
class Transaction:
    """What a request moved; `miles` are negative where it took them."""

    member: str
    miles: int
    voided: bool = False


@dataclass(slots=True)
class Ledger:
    """Miles of enrolled members; a request id is known to all requests that move miles."""

    settings: Settings
    members: dict[str, Member] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    earner: str = ""
    reads: int = 0
    earns: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def guard(self) -> AbstractContextManager[object]:
        """Return what keeps requests apart; a server that loses updates has no such thing."""
        return nullcontext() if self._has("lost-update") else self.lock

    def enroll(self, body: Value) -> Value:
        """Make a member without miles."""
        required(body, "name", str)
        with self.lock:
            made = Member(f"BM{len(self.members) + 1:08}")
            self.members[made.id] = made
        return {"member": made.id}

    def balance(self, name: str) -> Value:
        """Return a member's miles."""
        with self.guard():
            found = self._member(name)
            self.reads += 1
            stale = self._has("stale-balance") and self.reads % STALE_READS == 0
            return {"member": found.id, "miles": found.before if stale else found.miles}

    def earn(self, body: Value) -> Value:
        """Add miles to a member."""
        return self._once(
            body, EARN_MAX, lambda member, miles: self._move(self._earner(member), miles)
        )

    def burn(self, body: Value) -> Value:
        """Take miles from a member."""
        return self._once(body, BURN_MAX, self._burn)

    def void(self, body: Value) -> Value:
        """Undo a transaction."""
        number = required(body, "transaction", str)
        with self.guard():
            found = self.transactions.get(number)
            if found is None:
                raise Refusal(NO_TRANSACTION, "there is no such transaction")
            if found.voided and not self._has("void-repays"):
                raise Refusal(VOIDED, "the transaction was voided before")
            value = self._move(self._member(found.member), -found.miles)
            found.voided = True
            return value

    def batch(self, body: Value) -> Value:
        """Do rows in their order, up to the first that is refused."""
        kind, rows = required(body, "type", str), required(body, "rows", list)
        if kind not in ("earn", "burn") or not rows:
            raise Refusal(INVALID, "expected the type earn or burn, and a row at least")
        if len(rows) > ROWS_MAX + self._has("batch-over-limit"):
            raise Refusal(TOO_MANY_ROWS, f"a batch has {ROWS_MAX} rows at most")
        do, stopped = (self.earn if kind == "earn" else self.burn), 0
        with self.guard():
            for number, row in enumerate(rows, 1):
                try:
                    if required(row, "miles", int) > EARN_MAX:
                        raise Refusal(INVALID, f"a row has {EARN_MAX} miles at most")
                    do(row)
                except Refusal as refusal:
                    stopped = stopped or number
                    why = refusal.code
                    if not self._has("batch-goes-on"):
                        break
        if stopped:
            raise Refusal(STOPPED, "a row was refused", failed_row=stopped, reason=why)
        return {"rows": len(rows)}

    def _once(self, body: Value, most: int, do: Callable[[Member, int], Value]) -> Value:
        key, miles = required(body, "request_id", str), required(body, "miles", int)
        name = required(body, "member", str)
        if not 1 <= len(key) <= REQUEST_ID_MAX or not 1 <= miles <= most:
            raise Refusal(INVALID, f"expected 1 to {most} miles and a short request id")
        if "note" in body:
            required(body, "note", str)
        with self.guard():
            member = self._member(name)
            if key in self.used and not self._has("no-dedupe"):
                raise Refusal(KNOWN_REQUEST, "the request id was used before")
            value = do(member, miles)
            self.used.add(key)
            return value

    def _burn(self, member: Member, miles: int) -> Value:
        if member.miles < miles:
            code = INVALID if self._has("wrong-code") else TOO_FEW_MILES
            if self._has("refusal-takes"):
                self._move(member, -member.miles)
            if not self._has("overdraft"):
                raise Refusal(code, "there are not enough miles")
        return self._move(member, -miles, floor=not self._has("overdraft"))

    def _earner(self, member: Member) -> Member:
        """Return who is credited: the member of the request, on a correct server."""
        self.earns += 1
        other, self.earner = self.earner, member.id
        wrong = self._has("other-member") and other and self.earns % 3 == 0
        return self.members[other] if wrong else member

    def _move(self, member: Member, miles: int, *, floor: bool = True) -> Value:
        before = member.miles
        if self._has("lost-update"):
            time.sleep(UPDATE_SECONDS)
        if floor and before + miles < 0:
            raise Refusal(TOO_FEW_MILES, "there are not enough miles")
        member.before, member.miles = before, before + miles
        count = len(self.transactions)
        number = f"T{count - count % 2 if self._has('same-number') else count}"
        self.transactions[number if number not in self.transactions else f"{number}+"] = (
            Transaction(member.id, miles)
        )
        return {"transaction": number, "miles": member.miles}

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise Refusal(NO_MEMBER, "there is no such member")
        return self.members[name]

    def _has(self, defect: str) -> bool:
        return defect in self.settings.defects
