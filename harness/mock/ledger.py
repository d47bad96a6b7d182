"""A correct points ledger: accounts, entries, references and points that expire."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.mock.message import Refused

EARN = "earn"
BURN = "burn"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one order may move, and how many rows one bulk request may hold; None means no bound."""

    amount_least: int = 1
    amount_most: int | None = None
    rows_most: int | None = None
    floor: int | None = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A wish to move `amount` points, to the account (earn) or from it (burn).

    `reference` guards against repeats; `replace` asks that a repeat take the place of the first.
    `expires` is unix seconds. `batch` numbers the bulk request an order is a row of, 0 for none.
    """

    account: str
    kind: str
    amount: int
    reference: str | None = None
    replace: bool = False
    expires: int | None = None
    batch: int = 0
    note: str = ""

    @property
    def units(self) -> int:
        """The signed change: positive earns, negative burns."""
        return self.amount if self.kind == EARN else -self.amount


@dataclass(slots=True)
class Entry:
    """One applied order; `made_at` is unix seconds, `units` is signed."""

    id: int
    account: str
    kind: str
    units: int
    made_at: float
    reference: str | None = None
    expires: int | None = None
    batch: int = 0
    note: str = ""
    cancelled: bool = False


@dataclass(slots=True)
class Account:
    """One account: its balance, its entries, and the heap of points that will expire.

    A lot is [expires, entry id, points left]; burns take from the lot that expires first.
    `dated` says that some entry has an expiry, so that undoing one means counting all anew.
    """

    balance: int = 0
    entries: list[Entry] = field(default_factory=list)
    lots: list[list[int]] = field(default_factory=list)
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an order came to: its entry, the balance after it, and whether it was a repeat."""

    entry: Entry
    balance: int
    repeated: bool = False


class Book:
    """All accounts of one programme and the one namespace of references they share."""

    def __init__(
        self,
        accounts: Iterable[str],
        limits: Limits,
        *,
        first_entry: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self.accounts = {name: Account() for name in accounts}
        self.references: dict[str, Entry] = {}
        self._numbers = itertools.count(first_entry)
        self._clock = clock

    def open(self, account: str) -> None:
        """Open an account that is not there yet."""
        self.accounts.setdefault(account, Account())

    def balance(self, account: str) -> int:
        """Return the points that count now."""
        found = self.accounts[account]
        if found.lots:
            _drop_expired(found, self._clock())
        return found.balance

    def fit(self, order: Order) -> None:
        """Refuse an order whose account is unknown or whose amount is out of bounds."""
        if order.account not in self.accounts:
            raise Refused("unknown_member", "no such customer")
        least, most = self.limits.amount_least, self.limits.amount_most
        if order.amount < least or order.amount == 0:
            raise Refused("invalid", "the amount must be above zero")
        if most is not None and order.amount > most:
            raise Refused("invalid", f"the amount must not exceed {most}")

    def known(self, reference: str | None) -> Entry | None:
        """Return the entry stored under a reference."""
        return None if reference is None else self.references.get(reference)

    def afford(self, order: Order) -> None:
        """Refuse a burn that would take the account below the floor."""
        floor = self.limits.floor
        if floor is not None and self.balance(order.account) + order.units < floor:
            raise Refused("not_enough_points", "not enough points")

    def append(self, order: Order) -> Entry:
        """Apply an order without asking whether it may be; return its entry."""
        entry = self.draft(order)
        account = self.accounts[order.account]
        account.entries.append(entry)
        _apply(account, entry, entry.made_at)
        if order.reference is not None:
            self.references[order.reference] = entry
        return entry

    def draft(self, order: Order) -> Entry:
        """Return the numbered entry of an order, not yet part of any account."""
        return Entry(
            next(self._numbers),
            order.account,
            order.kind,
            order.units,
            self._clock(),
            order.reference,
            order.expires,
            order.batch,
            order.note,
        )

    def replace(self, entry: Entry, order: Order) -> None:
        """Let an order take the place of an entry, as if only the order had been sent.

        Refused when the entry is of another account or kind, or when too few points would remain.
        """
        if entry.account != order.account or entry.kind != order.kind or entry.cancelled:
            raise Refused("conflict", "the reference belongs to another transaction")
        floor = self.limits.floor
        left = self.balance(order.account) - entry.units + order.units
        if floor is not None and left < floor:
            raise Refused("not_enough_points", "not enough points")
        self.rewrite(entry, order)

    def rewrite(self, entry: Entry, order: Order) -> None:
        """Overwrite an entry with an order without asking whether it may be."""
        change = order.units - entry.units
        entry.units, entry.expires, entry.note = order.units, order.expires, order.note
        if order.expires is not None:
            self.accounts[entry.account].dated = True
        self._changed(entry.account, change)

    def cancel(self, entry: Entry) -> None:
        """Undo the effect of an entry; its reference stays known."""
        if not entry.cancelled:
            entry.cancelled = True
            self._changed(entry.account, -entry.units)

    def forget(self, entry: Entry) -> None:
        """Drop the reference of an entry, so that it can be used anew."""
        if entry.reference is not None and self.references.get(entry.reference) is entry:
            del self.references[entry.reference]

    def _changed(self, name: str, change: int) -> None:
        account = self.accounts[name]
        if not account.dated:
            account.balance += change
            return
        account.balance = 0
        account.lots.clear()
        for entry in account.entries:
            _drop_expired(account, entry.made_at)
            if not entry.cancelled:
                _apply(account, entry, entry.made_at)


def _apply(account: Account, entry: Entry, now: float) -> None:
    if entry.units > 0 and entry.expires is not None:
        account.dated = True
        if entry.expires <= now:
            return  # points that expired before they came never count
        heapq.heappush(account.lots, [entry.expires, entry.id, entry.units])
    account.balance += entry.units
    wanted = -entry.units
    while wanted > 0 and account.lots:
        lot = account.lots[0]
        taken = min(wanted, lot[2])
        lot[2] -= taken
        wanted -= taken
        if lot[2] == 0:
            heapq.heappop(account.lots)


def _drop_expired(account: Account, now: float) -> None:
    while account.lots and account.lots[0][0] <= now:
        account.balance -= heapq.heappop(account.lots)[2]
