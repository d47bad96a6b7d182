"""The accounts of the server and their events."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.starpoints.server.announcer import Announcer
from tests.starpoints.server.keys import Keys
from tests.starpoints.server.refusal import invalid, required
from tests.starpoints.server.settings import Settings

EARN_MAX = 100_000
REDEEM_MAX = 10_000_000
PAGE_MAX = 30
UPDATE_SECONDS = 0.003
LATE_SECONDS = 0.4
PRICES = {"coffee": 120, "cake": 275}
"""The points that each reward costs."""
SURCHARGE = 15

Value = dict[str, Any]


@dataclass(slots=True)
class Account:
    """An account and its points; `earlier` are balances with the moments until which they held."""

    id: str
    balance: int
    earlier: list[tuple[float, int]] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Points of any account whose id begins with `acc-`."""

    settings: Settings
    keys: Keys
    announcer: Announcer
    accounts: dict[str, Account] = field(default_factory=dict)
    events: list[Value] = field(default_factory=list)

    def create(self, path: str, body: Value) -> Value:
        """Make an account without points."""
        return self.keys.once(path, body, lambda: self._create(body))

    def read(self, name: str) -> Value:
        """Return an account."""
        with self.keys.guard():
            return {"loyalty_account": self._shown(self._account(name))}

    def change(self, page: str, name: str, path: str, body: Value) -> Value:
        """Return the response of one of the pages that change an account's points."""
        do = {
            "accumulate": self._accumulate,
            "adjust": self._adjust,
            "redeem": self._redeem,
            "rewards": self._buy,
        }[page]
        return self.keys.once(path, body, lambda: do(name, body))

    def search(self, body: Value) -> Value:
        """Return a page of an account's events; a cursor names where the next page begins."""
        wanted = required(body, "loyalty_account_id", str)
        limit = body.get("limit", PAGE_MAX)
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= PAGE_MAX:
            raise invalid("INVALID_VALUE", f"limit must be 1 to {PAGE_MAX}")
        cursor = body.get("cursor", "0")
        if not isinstance(cursor, str) or not cursor.isdecimal() or len(cursor) > 9:
            raise invalid("INVALID_CURSOR", "the server has made no such cursor")
        found = [event for event in self.events if event["loyalty_account_id"] == wanted]
        end = int(cursor) + limit
        more = {"cursor": str(end)} if end < len(found) else {}
        return {"events": found[int(cursor) : end], **more}

    def knows(self, name: str) -> bool:
        """Say whether there is an account of this name."""
        return name.startswith("acc-")

    def move(self, name: str, points: int, asked: Value, kind: str = "ADJUST_POINTS") -> Value:
        """Add points to an account, or take them, as asked for under a key; return the event."""
        account = self._account(name)
        before = account.balance
        if "loses-updates" in self.settings.defects:
            time.sleep(UPDATE_SECONDS)
        event = {
            "id": uuid.uuid4().hex,
            "type": kind,
            "loyalty_account_id": name,
            "created_at": "2026-01-02T03:04:05Z",
            "points": self._text(points),
        }
        if before + points < 0:
            if "announces-refusals" in self.settings.defects:
                self.announcer.announce(event, asked["idempotency_key"], before)
            raise invalid("INSUFFICIENT_POINTS", "there are not enough points")
        account.balance = before + points
        account.earlier.append((time.monotonic(), before))
        self.events.append(event)
        self.announcer.announce(event, asked["idempotency_key"], self._balance(account))
        return event

    def _create(self, body: Value) -> Value:
        mapping = required(required(body, "loyalty_account", dict), "mapping", dict)
        required(mapping, "phone_number", str)
        made = Account(f"acc-{uuid.uuid4().hex[:12]}", 0)
        self.accounts[made.id] = made
        return {"loyalty_account": self._shown(made)}

    def _accumulate(self, name: str, body: Value) -> Value:
        points = required(required(body, "accumulate_points", dict), "points", int)
        required(body, "location_id", str)
        if not 1 <= points <= EARN_MAX:
            raise invalid("INVALID_VALUE", f"points must be 1 to {EARN_MAX}")
        return {"events": [self.move(name, points, body, "ACCUMULATE_POINTS")]}

    def _adjust(self, name: str, body: Value) -> Value:
        inner = required(body, "adjust_points", dict)
        points = required(inner, "points", int)
        if "reason" in inner:
            required(inner, "reason", str)
        if not -EARN_MAX <= points <= EARN_MAX or points == 0:
            raise invalid("INVALID_VALUE", "points must not be zero")
        return {"event": self.move(name, points, body)}

    def _redeem(self, name: str, body: Value) -> Value:
        points = required(required(body, "redeem_points", dict), "points", int)
        if not 1 <= points <= REDEEM_MAX:
            raise invalid("INVALID_VALUE", f"points must be 1 to {REDEEM_MAX}")
        event = self.move(name, -points, body)
        return {"event": event, "balance": self._balance(self._account(name))}

    def _buy(self, name: str, body: Value) -> Value:
        reward = required(body, "reward", str)
        if reward not in PRICES:
            raise invalid("NOT_FOUND", "there is no such reward", 404)
        extra = SURCHARGE if "overcharges" in self.settings.defects else 0
        event = self.move(name, -PRICES[reward] - extra, body)
        return {"event": event, "balance": self._balance(self._account(name))}

    def _account(self, name: str) -> Account:
        if not self.knows(name):
            raise invalid("NOT_FOUND", "there is no such account", 404)
        return self.accounts.setdefault(name, Account(name, self.settings.initial_balance))

    def _shown(self, account: Account) -> Value:
        balance = self._text(self._late_balance(account) + self._half)
        return {"id": account.id, "balance": balance, "lifetime_points": balance}

    @property
    def _half(self) -> float:
        return 0.5 if "half-points" in self.settings.habits else 0

    def _late_balance(self, account: Account) -> int:
        """Return the balance that a page shows: that of a while ago where balances are late."""
        if "late-balance" not in self.settings.habits:
            return account.balance
        since = time.monotonic() - LATE_SECONDS
        return next((old for moment, old in account.earlier if moment > since), account.balance)

    def _balance(self, account: Account) -> float | str:
        return self._text(account.balance + self._half)

    def _text(self, number: float) -> float | str:
        return f"{number:,}" if "thousands" in self.settings.habits else number
