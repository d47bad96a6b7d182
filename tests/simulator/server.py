"""A points server in simulated time, correct unless a defect is seeded in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from harness.model.binding import Promises
from harness.model.exchange import Row
from harness.model.verdict import Outcome

MS = 1_000_000
OK, REFUSED, UNKNOWN = Outcome.OK, Outcome.REFUSED, Outcome.UNKNOWN


@dataclass(frozen=True)
class Request:
    """What a client sends."""

    verb: str
    account: str | None
    rows: tuple[Row, ...] = ()
    entry: str | None = None


@dataclass(frozen=True)
class Response:
    """What the server returns."""

    outcome: Outcome
    reason: str | None = None
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One situation to simulate: what goes wrong, and how a correct server happens to behave."""

    seed: int
    defect: str = ""
    repeat: str = "same"
    faults: float = 0.03
    duplicates: float = 0.0  # share of the requests that are delivered again, some time later
    accounts: int = 10
    clients: int = 4
    steps: int = 15
    hides_balance: bool = False  # responses to changes show no balance
    remembers: bool = False  # a refusal is repeated under its reference
    units_max: int = 60
    start: int = 100

    @property
    def promises(self) -> Promises:
        """The promises that a correct server keeps in this situation."""
        return Promises(repeat=self.repeat)


class Server:
    """Keeps balances: `peek` is what it reads first, `serve` what it does a little later."""

    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self.setting = setting
        self.rng = rng
        self.balances: dict[str, int] = {}
        self.before: dict[str, tuple[int, int]] = {}  # the last balance, and when it ended
        self.now = 0
        self.stored: dict[str, tuple[Outcome, str | None, int, str]] = {}
        self.entries: dict[str, Row] = {}
        self.voided: set[str] = set()
        self.used: set[str] = set()

    def _broken(self, defect: str) -> bool:
        return self.setting.defect == defect

    def peek(self, request: Request) -> dict[str, Any]:
        """Return what a defective server acts upon without reading it again."""
        return {
            "balances": {row.account: self.balances[row.account] for row in request.rows},
            "known": {row.reference for row in request.rows if row.reference in self.stored},
            "voided": request.entry in self.voided,
            "used": request.entry in self.used,
        }

    def serve(self, request: Request, peeked: dict[str, Any]) -> Response:
        """Handle the request at one instant; only a defect acts on what was peeked."""
        if request.verb == "balance":
            return Response(OK, None, {"balance": self._balance(str(request.account))})
        if request.verb == "use_coupon":
            taken = peeked["used"] if self._broken("double coupon") else request.entry in self.used
            self.used.add(str(request.entry))
            return Response(REFUSED, "already_used") if taken else Response(OK)
        if request.verb == "void":
            return self._void(request, peeked)
        if len(request.rows) > 1:
            return self._bulk(request, peeked)
        outcome, reason, balance, entry = self._move(request.rows[0], peeked, bulk=False)
        if outcome is not OK:
            return Response(outcome, reason)
        return self._ok(balance=balance, entry=entry)

    def _ok(self, **seen: Any) -> Response:
        hidden = {"balance", "balances"} if self.setting.hides_balance else set()
        return Response(OK, None, {k: v for k, v in seen.items() if k not in hidden})

    def _balance(self, account: str) -> int:
        if account in self.before and self._broken("stale read"):
            old, until = self.before[account]
            if self.now - until < 30 * MS:
                return old
        return self.balances[account]

    def _void(self, request: Request, peeked: dict[str, Any]) -> Response:
        entry = str(request.entry)
        if peeked["voided"] if self._broken("double void") else entry in self.voided:
            return Response(REFUSED, "already_voided")
        row = self.entries[entry]
        if self.balances[row.account] < row.units:
            return Response(REFUSED, "not_enough_points")
        self.voided.add(entry)
        if self.setting.defect != "void without effect":
            self._set(row.account, self.balances[row.account] - row.units)
        return self._ok(balance=self.balances[row.account])

    def _bulk(self, request: Request, peeked: dict[str, Any]) -> Response:
        balances: dict[str, int] = {}
        stopped: tuple[int, str | None] | None = None
        for index, row in enumerate(request.rows):
            outcome, reason, balance, _ = self._move(row, peeked, bulk=True)
            if outcome is REFUSED and reason == "duplicate":
                outcome, balance = OK, self.balances[row.account]
            if outcome is OK:
                balances[row.account] = balance
            elif stopped is None:
                stopped = (index, reason)
                if not self._broken("bulk not prefix"):
                    break
        if stopped is not None:
            return Response(REFUSED, stopped[1], {"fail_index": stopped[0]})
        return self._ok(balances=balances)

    def _move(
        self, row: Row, peeked: dict[str, Any], *, bulk: bool
    ) -> tuple[Outcome, str | None, int, str]:
        known = self._known(row, peeked, bulk=bulk)
        if known is not None:
            return known
        balance = self.balances[row.account]
        if self._broken("lost update"):
            balance = peeked["balances"][row.account]
        funds = peeked["balances"][row.account] if self._broken("overdraft race") else balance
        lacking = funds + row.units < 0 and row.units < 0 and not self._broken("overdraft")
        if row.units < 0 and self.setting.defect == "spurious refusal" and self.rng.random() < 0.05:
            lacking = True
        if lacking:
            if self._broken("refused but applied"):
                self._set(row.account, balance + row.units)
            response = (REFUSED, "not_enough_points", balance, "")
            if self.setting.remembers and row.reference is not None:
                self.stored[row.reference] = response
            return response
        if not (self.setting.defect == "acked but lost" and self.rng.random() < 0.05):
            self._set(row.account, balance + row.units)
        return self._book(row, balance + row.units)

    def _known(
        self, row: Row, peeked: dict[str, Any], *, bulk: bool
    ) -> tuple[Outcome, str | None, int, str] | None:
        """Return the response to a reference that was seen before, None if it is new."""
        known = self.stored.get(row.reference) if row.reference is not None else None
        if known is None or self.setting.repeat == "none" or self._broken("no dedupe"):
            return None
        if self._broken("dedupe race") and row.reference not in peeked["known"]:
            return None
        if bulk and self._broken("bulk doubles on resend"):
            return None
        outcome, _, balance, entry = known
        if outcome is REFUSED:
            return known
        if self._broken("new entry on replay"):
            entry = f"e{len(self.entries) + 1}"
            self.entries[entry] = row
        how = self.setting.repeat
        if how == "unspecified":
            how = self.rng.choice(["same", "ignored", "refused", "odd"])
        if how == "refused":
            return REFUSED, "duplicate", balance, entry
        shown = {"same": balance, "odd": self.rng.randint(0, 500)}.get(
            how, self.balances[row.account]
        )
        return OK, None, shown, entry

    def _book(self, row: Row, balance: int) -> tuple[Outcome, str | None, int, str]:
        entry = f"e{len(self.entries) + 1}"
        if self.setting.defect == "shared entries" and self.rng.random() < 0.05 and self.entries:
            entry = self.rng.choice(list(self.entries))
        self.entries[entry] = row
        if row.reference is not None:
            self.stored[row.reference] = (OK, None, balance, entry)
        return OK, None, balance, entry

    def _set(self, account: str, balance: int) -> None:
        self.before[account] = (self.balances[account], self.now)
        self.balances[account] = balance
