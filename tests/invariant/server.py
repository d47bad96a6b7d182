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
class Ask:
    """What a client asks of the server."""

    verb: str
    account: str | None
    rows: tuple[Row, ...] = ()
    target: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

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
    copies: float = 0.0  # share of the requests that are delivered once more, some time later
    accounts: int = 10
    clients: int = 4
    steps: int = 15
    silent: bool = False  # writes answer no balance
    remembers: bool = False  # refusals are given again
    units_max: int = 60
    start: int = 100
    strength: float = 1.0

    @property
    def promises(self) -> Promises:
        """The promises that a correct server keeps in this situation."""
        return Promises(repeat=self.repeat)


class Server:
    """Keeps balances; `peek` is what it looks at first, `serve` what it does a little later."""

    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self.setting = setting
        self.rng = rng
        self.balances: dict[str, int] = {}
        self.before: dict[str, tuple[int, int]] = {}  # the last balance, and until when it was
        self.now = 0
        self.stored: dict[str, tuple[Outcome, str | None, int, str]] = {}
        self.entries: dict[str, Row] = {}
        self.voided: set[str] = set()
        self.used: set[str] = set()

    def _broken(self, defect: str) -> bool:
        return self.setting.defect == defect and self.rng.random() < self.setting.strength

    def peek(self, ask: Ask) -> dict[str, Any]:
        """Look at what racing defects will act upon without looking again."""
        return {
            "balances": {row.account: self.balances[row.account] for row in ask.rows},
            "known": {row.reference for row in ask.rows if row.reference in self.stored},
            "voided": ask.target in self.voided,
            "used": ask.target in self.used,
        }

    def serve(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        """Do what is asked at one instant; only a defect acts on what was peeked."""
        if ask.verb == "balance":
            assert ask.account is not None
            shown = None
            if ask.account in self.before and self._broken("stale read"):
                old, until = self.before[ask.account]
                shown = old if self.now - until < 30 * MS else None
            return Reply(
                OK, None, {"balance": self.balances[ask.account] if shown is None else shown}
            )
        if ask.verb == "use_coupon":
            taken = peeked["used"] if self._broken("double coupon") else ask.target in self.used
            self.used.add(str(ask.target))
            return Reply(REFUSED, "already_used") if taken else Reply(OK)
        if ask.verb == "void":
            return self._void(ask, peeked)
        if len(ask.rows) > 1:
            return self._bulk(ask, peeked)
        outcome, reason, balance, entry = self._move(ask.rows[0], peeked, bulk=False)
        if outcome is not OK:
            return Reply(outcome, reason)
        seen: dict[str, Any] = {"entry": entry}
        if not self.setting.silent:
            seen["balance"] = balance
        return Reply(OK, None, seen)

    def _void(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        target = str(ask.target)
        gone = peeked["voided"] if self._broken("double void") else target in self.voided
        if gone:
            return Reply(REFUSED, "already_voided")
        row = self.entries[target]
        if self.balances[row.account] < row.units:
            return Reply(REFUSED, "not_enough_points")
        self.voided.add(target)
        if self.setting.defect != "void without effect":
            self._set(row.account, self.balances[row.account] - row.units)
        return Reply(
            OK, None, {} if self.setting.silent else {"balance": self.balances[row.account]}
        )

    def _bulk(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        balances: dict[str, int] = {}
        stopped: tuple[int, str | None] | None = None
        for index, row in enumerate(ask.rows):
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
            return Reply(REFUSED, stopped[1], {"fail_index": stopped[0]})
        return Reply(OK, None, {} if self.setting.silent else {"balances": balances})

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
