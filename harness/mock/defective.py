"""The same teller and the same responses, spoilt by whichever defects are on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.mock.defect_switches import Flaws
from harness.mock.ledger import BURN, EARN, Book, Entry, Limits, Order, Receipt
from harness.mock.message import Refused, Reply
from harness.mock.processor import CorrectTeller, Run, Teller

STALE_SECONDS = 0.6
EQUAL_SECONDS = 1.0
BLIND_SECONDS = 0.005
FORGET_SECONDS = 1.0
FORGET_CHANGES = 10_000
AFTER_SECONDS = 0.1
AGAIN_SECONDS = 1.0


def teller_for(flaws: Flaws) -> Teller:
    """Return the correct teller, or a flawed one when any defect is on."""
    return FlawedTeller(flaws) if flaws.active else CorrectTeller()


def limits_for(limits: Limits, flaws: Flaws) -> Limits:
    """Return the limits as the defects that are on would have them."""
    least, most, rows = limits.amount_least, limits.amount_most, limits.rows_most
    if most is not None:
        most += flaws.has("cap-off-by-one") - flaws.has("cap-at-999999")
    if flaws.has("negative-accepted"):
        least = -(most or 1_000_000)
    if rows is not None:
        rows += flaws.has("bulk-limit-1001-accepted") - flaws.has("bulk-limit-999")
    return replace(limits, amount_least=least, amount_most=most, rows_most=rows)


class FlawedTeller:
    """A teller that takes the steps of the correct one with the defects that are on."""

    def __init__(self, flaws: Flaws) -> None:
        self._flaws = flaws
        self._first_balances: dict[tuple[int, str], int] = {}
        self._newest = 0

    async def move(self, book: Book, order: Order) -> Receipt:
        """Apply one order, or answer what it repeats; Refused when it may not be."""
        flaws = self._flaws
        order = self._misread(order)
        try:
            book.fit(order)
            known = self._recall(book, order)
            if order.reference is not None and flaws.has("dedupe-race"):
                await flaws.pause(order.batch)
            if known is not None:
                return self._repeat(book, known, order)
            return await self._apply(book, order)
        except Refused:
            if order.reference is not None and flaws.has("reference-consumed-by-refusal"):
                blank = replace(order, amount=0)
                book.references.setdefault(order.reference, book.draft(blank))
            raise

    async def run(self, book: Book, count: int, row: Callable[[int], Order]) -> Run:
        """Apply `count` rows and stop, or not, at a refused one."""
        flaws = self._flaws
        self._first_balances.clear()
        order_of_rows = range(count)
        if flaws.has("bulk-applies-out-of-order"):
            order_of_rows = order_of_rows[::-1]
        receipts: list[Receipt] = []
        stopped: tuple[int, Refused] | None = None
        for index in order_of_rows:
            try:
                order = row(index)
                if index + 1 == book.limits.rows_most and flaws.has("bulk-loses-last-row-of-limit"):
                    receipts.append(Receipt(book.draft(order), book.balance(order.account)))
                    continue
                receipts.append(await self.move(book, order))
            except Refused as refusal:
                stopped = stopped or (index, refusal)
                if not flaws.has("bulk-continues-after-failure"):
                    break
        if stopped is None:
            return Run(tuple(receipts))
        fresh = [receipt.entry for receipt in receipts if not receipt.repeated]
        for entry in self._undone(fresh):
            book.cancel(entry)
            book.forget(entry)
        for entry in fresh if flaws.has("bulk-resend-doubles-prefix") else ():
            book.forget(entry)
        shift = flaws.has("bulk-fail-at-off-by-one")
        return Run(tuple(receipts), stopped[0] + shift, stopped[1])

    def _undone(self, entries: list[Entry]) -> list[Entry]:
        """Return which of the rows before a failing one are taken back."""
        flaws = self._flaws
        if flaws.has("bulk-rolls-back"):
            return entries
        first = entries[:1] if flaws.has("bulk-undoes-first-row") else []
        return first + (entries[-1:] if flaws.has("bulk-undoes-row-before-failure") else [])

    def admit(self, book: Book, count: int) -> int:
        """Return how many of `count` rows to run; Refused when they are too many."""
        most = book.limits.rows_most
        if most is not None and self._flaws.has("bulk-limit-cuts-silently"):
            return min(count, most)
        return CorrectTeller().admit(book, count)

    def look(self, book: Book, account: str) -> int:
        """Return the balance a reader is shown."""
        balance = book.balance(account)
        flaws, entries = self._flaws, book.accounts[account].entries
        if flaws.strikes("read-takes-point-1-in-50", 50):
            book.append(Order(account, BURN, 1))
        if entries and flaws.strikes("stale-read-1-in-50", 50):
            return balance - entries[-1].units
        if flaws.has("stale-read") and entries:
            last = entries[-1]
            if time.time() - last.made_at < STALE_SECONDS:
                return balance - last.units
        return balance

    def _misread(self, order: Order) -> Order:
        reference = order.reference
        if reference is not None and self._flaws.has("references-fold-case"):
            reference = reference.casefold()
        if reference is not None and self._flaws.has("references-cut-short"):
            reference = reference[:20]
        return replace(order, reference=reference)

    def _recall(self, book: Book, order: Order) -> Entry | None:
        flaws = self._flaws
        known = book.known(order.reference)
        if known is None:
            return self._equal(book, order) if flaws.has("equal-requests-merged") else None
        forgets = (
            (order.kind == EARN and flaws.has("no-dedupe"))
            or (order.kind == BURN and flaws.has("no-dedupe-burn"))
            or (order.batch == known.batch > 0 and flaws.has("no-dedupe-in-bulk"))
            or (order.batch > 0 == known.batch and flaws.has("bulk-forgets-single-references"))
            or (order.units != known.units and flaws.has("dedupe-needs-equal-amount"))
            or flaws.strikes("dedupe-on-one-node", 2)
            or self._forgotten(known, order)
        )
        return None if forgets else known

    def _forgotten(self, known: Entry, order: Order) -> bool:
        flaws, age = self._flaws, time.time() - known.made_at
        blind = age < BLIND_SECONDS and not order.batch
        return (
            (blind and flaws.has("dedupe-window-5ms"))
            or (age > FORGET_SECONDS and flaws.has("reference-forgotten-after-1s"))
            or (
                self._newest - known.id >= FORGET_CHANGES
                and flaws.has("reference-forgotten-after-10000")
            )
        )

    def _equal(self, book: Book, order: Order) -> Entry | None:
        entries = book.accounts[order.account].entries
        if order.reference is not None or order.batch or not entries:
            return None
        last = entries[-1]
        equal = (last.units, last.note, last.reference) == (order.units, order.note, None)
        return last if equal and time.time() - last.made_at < EQUAL_SECONDS else None

    def _repeat(self, book: Book, known: Entry, order: Order) -> Receipt:
        flaws = self._flaws
        if order.replace and not flaws.has("replace-duplicate-ignored"):
            if flaws.has("replace-duplicate-adds"):
                return Receipt(book.append(order), book.balance(order.account))
            if flaws.has("replace-ignores-balance"):
                book.rewrite(known, order)
            else:
                book.replace(known, order)
        return Receipt(known, book.balance(order.account), repeated=not order.replace)

    async def _apply(self, book: Book, order: Order) -> Receipt:
        flaws = self._flaws
        before = book.balance(order.account)
        if order.kind == BURN:
            self._afford(book, order, before)
        if flaws.has("lost-update") or (order.kind == BURN and flaws.has("overdraft-race")):
            await flaws.pause(order.batch)
        answered = before + order.units
        if flaws.strikes("acked-not-applied", 300):
            return Receipt(book.draft(order), answered)
        if flaws.strikes("wrong-member-credited", 300):
            return Receipt(book.append(replace(order, account=_neighbour(book, order))), answered)
        if flaws.strikes("neighbour-credited-1-in-500", 500):
            return Receipt(book.append(replace(order, account=_neighbour(book, order))), answered)
        if flaws.has("applied-after-answer") and not order.batch:
            asyncio.get_running_loop().call_later(AFTER_SECONDS, book.append, order)
            return Receipt(book.draft(order), answered)
        entry = book.append(order)
        self._newest = entry.id
        self._shake(book, order)
        if flaws.has("lost-update"):
            book.accounts[order.account].balance = answered
        if flaws.strikes("double-apply-1-in-200", 200):
            book.append(replace(order, reference=None))
            return Receipt(entry, answered)
        if flaws.has("stale-answer-balance"):
            return Receipt(entry, before)
        return Receipt(entry, book.balance(order.account))

    def _shake(self, book: Book, order: Order) -> None:
        """Do what goes wrong right after a change was made."""
        flaws, account = self._flaws, book.accounts[order.account]
        most = book.limits.amount_most
        if most is not None and flaws.has("balance-stops-at-cap"):
            account.balance = min(account.balance, most)
        if flaws.strikes("doubled-later-1-in-200", 200):
            again = replace(order, reference=None)
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, book.append, again)
        if order.kind == BURN and flaws.strikes("refused-yet-applied-1-in-100", 100):
            raise Refused("not_enough_points", "not enough points")

    def _afford(self, book: Book, order: Order, before: int) -> None:
        flaws = self._flaws
        if flaws.has("overdraft-allowed"):
            return
        if flaws.strikes("spurious-refusal", 50):
            raise Refused("not_enough_points", "not enough points")
        if flaws.has("bulk-burn-checks-first-balance") and order.batch:
            first = self._first_balances.setdefault((order.batch, order.account), before)
            if first >= order.amount:
                return
        if flaws.has("exact-balance-refused") and before == order.amount:
            raise Refused("not_enough_points", "not enough points")
        try:
            book.afford(order)
        except Refused:
            if flaws.has("refused-burn-applied"):
                book.append(replace(order, reference=None))
            raise


def _neighbour(book: Book, order: Order) -> str:
    names = list(book.accounts)
    return names[(names.index(order.account) + 1) % len(names)]


def spoil(
    reply: Reply,
    flaws: Flaws,
    balance_places: Sequence[tuple[str, ...]],
    message_place: Sequence[str],
) -> Reply:
    """Return a response as the defects that are on would send it."""
    refusal = reply.refusal
    if refusal is None:
        spots = [spot for place in balance_places for spot in _spots(reply.value, place)]
        if spots:
            _misstate(spots, flaws)
        return reply
    if refusal.reason == "missing" and flaws.has("error-500-on-missing-field"):
        trace = f'Traceback (most recent call last):\nKeyError: "{refusal.message}"\n'
        return replace(reply, value=trace, status=500, media="text/plain")
    if flaws.has("wrong-envelope-on-error"):
        return replace(reply, value=f"ERROR: {refusal.message}\n", media="text/html")
    if flaws.has("refusal-without-message") and message_place:
        *parents, name = message_place
        holder = reply.value
        for key in parents:
            holder = holder[key]
        holder.pop(name, None)
    return reply


def _spots(value: Any, place: Sequence[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where a place of a JSON value holds something, as the object and its key."""
    key, rest = place[0], place[1:]
    if key == "*":
        for item in value if isinstance(value, list) else ():
            yield from _spots(item, rest)
    elif isinstance(value, Mapping) and key in value:
        if rest:
            yield from _spots(value[key], rest)
        elif isinstance(value, dict):
            yield value, key


def _misstate(spots: Sequence[tuple[dict[str, Any], str]], flaws: Flaws) -> None:
    """Spoil the balances of one response."""
    off = flaws.strikes("balance-wrong-1-in-50", 50) + flaws.strikes("balance-wrong-1-in-300", 300)
    text = flaws.has("balance-as-text") or flaws.strikes("balance-text-1-in-300", 300)
    for holder, key in spots:
        if off and isinstance(holder[key], int):
            holder[key] += off
        if text:
            holder[key] = str(holder[key])
