"""The made-up vendor's points ledger, with defects that a test can seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.acme.declarations import SECRETS

POINTS_MAX = 1000
ROWS_MAX = 3
NONEXISTENT = "nobody"
PASSWORD = hashlib.md5(SECRETS["password"].encode()).hexdigest()
DEFECTS = frozenset(
    {
        "accepts-any-token",
        "accepts-one-too-many",
        "accepts-text-amounts",
        "crashes-on-unicode",
        "fails-now-and-then",
        "forgets-references",
        "needs-no-remark",
        "refuses-most",
        "voids-again",
    }
)


@dataclass(frozen=True)
class Received:
    """One request as the vendor reads it: the operation, its fields, its headers in lower case."""

    operation: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """The status and the JSON value of a response."""

    status: int
    value: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A movement of points that can be voided."""

    account: str
    points: int


class Ledger:
    """Balances of any account but `nobody`, and the tokens that open them."""

    def __init__(self, defects: frozenset[str]) -> None:
        assert defects <= DEFECTS, defects - DEFECTS
        self.defects = defects
        self.balances: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.stored: dict[str, int] = {}
        self.entries: dict[str, Entry] = {}
        self.coupons: set[str] = set()
        self.numbers = 0
        self.earns = 0

    def reply(self, received: Received) -> Reply:
        """Handle one request, guarded by the token of its device."""
        if received.operation not in ("login", "read_hours") and not self._admits(received.headers):
            return refuse(402, "no such token")
        reply: Reply = getattr(self, f"_{received.operation}")(received)
        return reply

    def _admits(self, headers: Mapping[str, str]) -> bool:
        device = self.tokens.get(headers.get("x-token", ""))
        open_to_all = "accepts-any-token" in self.defects
        return open_to_all or (device is not None and device == headers.get("x-device"))

    def _login(self, received: Received) -> Reply:
        user, password = received.fields.get("user"), received.fields.get("pass")
        device = received.fields.get("device")
        if not isinstance(user, str) or password != PASSWORD:
            return refuse(403, "no such user")
        if not device or not isinstance(device, str):
            return refuse(403, "no device")
        self.numbers += 1
        token = f"token-{device}-{self.numbers}"
        self.tokens[token] = device
        return Reply(200, {"code": 200, "data": {"token": token}})

    def _logout(self, received: Received) -> Reply:
        self.tokens.pop(received.headers.get("x-token", ""), None)
        return accept(0)

    def _read_hours(self, received: Received) -> Reply:
        return accept(24)

    def _read_account(self, received: Received) -> Reply:
        limit = received.fields.get("limit", "1")
        if not limit.isdigit() or int(limit) < 1 or not self._knows(received.fields["account"]):
            return refuse(404, "no such account")
        return accept(self.balances.get(received.fields["account"], 0))

    def _add_points(self, received: Received) -> Reply:
        fields = received.fields
        self.earns += 1
        remark, reference = fields.get("remark"), fields.get("reference", "")
        if "fails-now-and-then" in self.defects and self.earns % 7 == 0:
            return Reply(500, {"ok": False})
        if "crashes-on-unicode" in self.defects and not str(remark or "").isascii():
            return Reply(500, {"ok": False})
        if not (isinstance(remark, str) and remark) and "needs-no-remark" not in self.defects:
            return refuse(400, "no remark")
        if not isinstance(reference, str) or not isinstance(fields.get("card", "-"), str):
            return refuse(400, "no text")
        if "refuses-most" in self.defects and fields.get("amount") == POINTS_MAX:
            return refuse(400, "too much")
        most = POINTS_MAX + ("accepts-one-too-many" in self.defects)
        return self._move(fields.get("who"), fields.get("amount"), 1, reference, most)

    def _use_points(self, received: Received) -> Reply:
        detail, key = received.fields.get("detail"), received.headers.get("x-key", "")
        if not isinstance(detail, dict) or not isinstance(detail.get("note", ""), str):
            return refuse(400, "no detail")
        if len(key) < 3:
            return refuse(400, "no key")
        amount = detail.get("amount")
        if isinstance(amount, str) and "accepts-text-amounts" in self.defects:
            amount = 1
        return self._move(received.fields["account"], amount, -1, key)

    def _add_many(self, received: Received) -> Reply:
        accounts, amounts = received.fields.get("who[]", []), received.fields.get("amount[]", [])
        references = received.fields.get("reference[]", [""] * len(accounts))
        if not 1 <= len(accounts) == len(amounts) == len(references) <= ROWS_MAX:
            return refuse(400, "no rows")
        for index, (who, amount, key) in enumerate(zip(accounts, amounts, references, strict=True)):
            amount = int(amount) if amount.isdigit() else None
            if self._move(who, amount, 1, key).value["code"] != 200:
                data = {"fail_at": index}
                return Reply(200, {"code": 503, "msg": "stopped", "data": data})
        return accept(0)

    def _void_points(self, received: Received) -> Reply:
        name = received.fields.get("entry", "")
        entry = self.entries.get(name)
        if entry is None or self.balances[entry.account] < entry.points:
            return refuse(404, "no such entry")
        self.balances[entry.account] -= entry.points
        if "voids-again" not in self.defects:
            self.entries = {key: one for key, one in self.entries.items() if one is not entry}
        return accept(self.balances[entry.account])

    def _use_coupon(self, received: Received) -> Reply:
        coupon = received.fields.get("coupon")
        if coupon not in self.coupons:
            return refuse(409, "used")
        self.coupons.discard(coupon)
        return accept(0)

    def _move(
        self, account: Any, amount: Any, sign: int, reference: str, most: int = POINTS_MAX
    ) -> Reply:
        if not self._knows(account) or type(amount) is not int or not 1 <= amount <= most:
            return refuse(400, "no")
        balance, units = self.balances.get(account, 0), sign * amount
        if reference in self.stored and "forgets-references" not in self.defects:
            return accept(self.stored[reference])
        if balance + units < 0:
            return refuse(409, "not enough points")
        self.balances[account] = balance = balance + units
        self.numbers += 1
        names = {f"e{self.numbers}", reference} - {""}
        self.entries |= dict.fromkeys(names, Entry(account, units))
        if reference:
            self.stored[reference] = balance
        shown: dict[str, Any] = {"now": balance, "entry": f"e{self.numbers}"}
        if sign < 0:
            shown["coupon"] = f"c-{reference}"
            self.coupons.add(shown["coupon"])
        return Reply(200, {"code": 200, "data": shown})

    def _knows(self, account: Any) -> bool:
        return isinstance(account, str) and account not in ("", NONEXISTENT)


def accept(now: int) -> Reply:
    """Return a response that shows a balance."""
    return Reply(200, {"code": 200, "data": {"now": now}})


def refuse(code: int, message: str) -> Reply:
    """Return a refusal, which the vendor sends under status 200."""
    return Reply(200, {"code": code, "msg": message})
