"""The same teller and the same answers, spoilt by whichever defects are on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.mock.flaws import Flaws
from harness.mock.ledger import BURN, EARN, Book, Entry, Limits, Order, Receipt
from harness.mock.message import Refused, Reply
from harness.mock.teller import CorrectTeller, Run, Teller

STALE_SECONDS = 0.25
EQUAL_SECONDS = 1.0


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
                receipts.append(await self.move(book, row(index)))
            except Refused as refusal:
                stopped = stopped or (index, refusal)
                if not flaws.has("bulk-continues-after-failure"):
                    break
        if stopped is None:
            return Run(tuple(receipts))
        for receipt in receipts:
            if receipt.repeated:
                continue
            if flaws.has("bulk-rolls-back"):
                book.cancel(receipt.entry)
                book.forget(receipt.entry)
            if flaws.has("bulk-resend-doubles-prefix"):
                book.forget(receipt.entry)
        shift = flaws.has("bulk-fail-at-off-by-one")
        return Run(tuple(receipts), stopped[0] + shift, stopped[1])

    def admit(self, book: Book, count: int) -> int:
        """Return how many of `count` rows to run; Refused when they are too many."""
        most = book.limits.rows_most
        if most is not None and self._flaws.has("bulk-limit-cuts-silently"):
            return min(count, most)
        return CorrectTeller().admit(book, count)

    def look(self, book: Book, account: str) -> int:
        """Return the balance a reader is shown."""
        balance = book.balance(account)
        entries = book.accounts[account].entries
        if self._flaws.has("stale-read") and entries:
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
        )
        return None if forgets else known

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
        entry = book.append(order)
        if flaws.has("lost-update"):
            book.accounts[order.account].balance = answered
        if flaws.strikes("double-apply-1-in-200", 200):
            book.append(replace(order, reference=None))
            return Receipt(entry, answered)
        if flaws.has("stale-answer-balance"):
            return Receipt(entry, before)
        return Receipt(entry, book.balance(order.account))

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
    """Return an answer as the defects that are on would send it."""
    refusal = reply.refusal
    if refusal is None:
        if flaws.has("balance-as-text"):
            for place in balance_places:
                _into_text(reply.value, place)
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


def _into_text(value: Any, place: Sequence[str]) -> None:
    """Turn the number at a place of a JSON value into text, where there is one."""
    key, rest = place[0], place[1:]
    if key == "*":
        for item in value if isinstance(value, list) else ():
            _into_text(item, rest)
    elif isinstance(value, Mapping) and key in value:
        if rest:
            _into_text(value[key], rest)
        elif isinstance(value, dict):
            value[key] = str(value[key])
