"""A ledger processor with seeded defects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from harness.mock.defects.references import DefectiveReferences
from harness.mock.defects.switches import Switches
from harness.mock.ledger import BURN, Book, Entry, Limits, Order, Receipt
from harness.mock.message import Refused
from harness.mock.processor import CorrectProcessor, Processor, Run

STALE_SECONDS = 0.6
AFTER_SECONDS = 0.1
AGAIN_SECONDS = 1.0


def processor_for(switches: Switches) -> Processor:
    """Return the correct processor, or a defective one when any defect is on."""
    return DefectiveProcessor(switches) if switches.active else CorrectProcessor()


def limits_for(limits: Limits, switches: Switches) -> Limits:
    """Return the limits as the defects that are on would have them."""
    least, most, rows = limits.amount_least, limits.amount_most, limits.rows_most
    if most is not None:
        most += switches.has("cap-off-by-one") - switches.has("cap-at-999999")
    if switches.has("negative-accepted"):
        least = -(most or 1_000_000)
    if rows is not None:
        rows += switches.has("bulk-limit-1001-accepted") - switches.has("bulk-limit-999")
    return replace(limits, amount_least=least, amount_most=most, rows_most=rows)


class DefectiveProcessor:
    """A processor that takes the steps of the correct one with the defects that are on."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._first_balances: dict[tuple[int, str], int] = {}
        self._references = DefectiveReferences(switches)

    async def move(self, book: Book, order: Order) -> Receipt:
        """Apply one order, or return what it repeats; Refused when it may not be."""
        switches = self._switches
        order = self._references.read(order)
        try:
            book.fit(order)
            known = self._references.find(book, order)
            if order.reference is not None and switches.has("dedupe-race"):
                await switches.pause(order.batch)
            if known is not None:
                return self._references.repeat(book, known, order)
            return await self._apply(book, order)
        except Refused:
            if order.reference is not None and switches.has("reference-consumed-by-refusal"):
                blank = replace(order, amount=0)
                book.references.setdefault(order.reference, book.draft(blank))
            raise

    async def run(self, book: Book, count: int, row: Callable[[int], Order]) -> Run:
        """Apply `count` rows and stop, or not, at a refused one."""
        switches = self._switches
        self._first_balances.clear()
        order_of_rows = range(count)
        if switches.has("bulk-applies-out-of-order"):
            order_of_rows = order_of_rows[::-1]
        receipts: list[Receipt] = []
        stopped: tuple[int, Refused] | None = None
        for index in order_of_rows:
            try:
                order = row(index)
                if index + 1 == book.limits.rows_most and switches.has(
                    "bulk-loses-last-row-of-limit"
                ):
                    receipts.append(Receipt(book.draft(order), book.balance(order.account)))
                    continue
                receipts.append(await self.move(book, order))
            except Refused as refusal:
                stopped = stopped or (index, refusal)
                if not switches.has("bulk-continues-after-failure"):
                    break
        if stopped is None:
            return Run(tuple(receipts))
        fresh = [receipt.entry for receipt in receipts if not receipt.repeated]
        for entry in self._undone(fresh):
            book.cancel(entry)
            book.forget(entry)
        for entry in fresh if switches.has("bulk-resend-doubles-prefix") else ():
            book.forget(entry)
        shift = switches.has("bulk-fail-at-off-by-one")
        return Run(tuple(receipts), stopped[0] + shift, stopped[1])

    def _undone(self, entries: list[Entry]) -> list[Entry]:
        """Return which of the rows before a failing one are taken back."""
        switches = self._switches
        if switches.has("bulk-rolls-back"):
            return entries
        first = entries[:1] if switches.has("bulk-undoes-first-row") else []
        return first + (entries[-1:] if switches.has("bulk-undoes-row-before-failure") else [])

    def admit(self, book: Book, count: int) -> int:
        """Return how many of `count` rows to run; Refused when they are too many."""
        most = book.limits.rows_most
        if most is not None and self._switches.has("bulk-limit-cuts-silently"):
            return min(count, most)
        return CorrectProcessor().admit(book, count)

    def look(self, book: Book, account: str) -> int:
        """Return the balance a reader is shown."""
        balance = book.balance(account)
        switches, entries = self._switches, book.accounts[account].entries
        if switches.strikes("read-takes-point-1-in-50", 50):
            book.append(Order(account, BURN, 1))
        if entries and switches.strikes("stale-read-1-in-50", 50):
            return balance - entries[-1].units
        if switches.has("stale-read") and entries:
            last = entries[-1]
            if time.time() - last.made_at < STALE_SECONDS:
                return balance - last.units
        return balance

    async def _apply(self, book: Book, order: Order) -> Receipt:
        switches = self._switches
        before = book.balance(order.account)
        if order.kind == BURN:
            self._afford(book, order, before)
        if switches.has("lost-update") or (order.kind == BURN and switches.has("overdraft-race")):
            await switches.pause(order.batch)
        expected = before + order.units
        if switches.strikes("acked-not-applied", 300):
            return Receipt(book.draft(order), expected)
        if switches.strikes("wrong-member-credited", 300):
            return Receipt(book.append(replace(order, account=_neighbour(book, order))), expected)
        if switches.strikes("neighbour-credited-1-in-500", 500):
            return Receipt(book.append(replace(order, account=_neighbour(book, order))), expected)
        if switches.has("applied-after-response") and not order.batch:
            asyncio.get_running_loop().call_later(AFTER_SECONDS, book.append, order)
            return Receipt(book.draft(order), expected)
        entry = book.append(order)
        self._references.newest = entry.id
        self._shake(book, order)
        if switches.has("lost-update"):
            book.accounts[order.account].balance = expected
        if switches.strikes("double-apply-1-in-200", 200):
            book.append(replace(order, reference=None))
            return Receipt(entry, expected)
        if switches.has("stale-response-balance"):
            return Receipt(entry, before)
        return Receipt(entry, book.balance(order.account))

    def _shake(self, book: Book, order: Order) -> None:
        """Do what goes wrong right after a change was made."""
        switches, account = self._switches, book.accounts[order.account]
        most = book.limits.amount_most
        if most is not None and switches.has("balance-stops-at-cap"):
            account.balance = min(account.balance, most)
        if switches.strikes("delayed-duplicate-1-in-200", 200):
            again = replace(order, reference=None)
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, book.append, again)
        if order.kind == BURN and switches.strikes("refused-burn-applied-1-in-100", 100):
            raise Refused("not_enough_points", "not enough points")

    def _afford(self, book: Book, order: Order, before: int) -> None:
        switches = self._switches
        if switches.has("overdraft-allowed"):
            return
        if switches.strikes("spurious-refusal", 50):
            raise Refused("not_enough_points", "not enough points")
        if switches.has("bulk-burn-checks-first-balance") and order.batch:
            first = self._first_balances.setdefault((order.batch, order.account), before)
            if first >= order.amount:
                return
        if switches.has("exact-balance-refused") and before == order.amount:
            raise Refused("not_enough_points", "not enough points")
        try:
            book.afford(order)
        except Refused:
            if switches.has("refused-burn-applied"):
                book.append(replace(order, reference=None))
            raise


def _neighbour(book: Book, order: Order) -> str:
    names = list(book.accounts)
    return names[(names.index(order.account) + 1) % len(names)]
