"""The processor of a ledger: applies each order and each bulk request atomically."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.mock.ledger import BURN, Book, Order, Receipt
from harness.mock.message import Refused


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a bulk request: a receipt per row that ran, and where it stopped."""

    receipts: tuple[Receipt, ...]
    stopped_at: int | None = None
    refusal: Refused | None = None


class Processor(Protocol):
    """What a handler asks of what moves points; a defective processor takes the same requests.

    The methods are coroutines because a defective processor pauses in the wrong place. The correct
    one never waits, and so no other request can come between its steps.
    """

    async def move(self, book: Book, order: Order) -> Receipt:
        """Apply one order, or return what it repeats; Refused when it may not be."""

    async def run(self, book: Book, count: int, row: Callable[[int], Order]) -> Run:
        """Apply `count` rows in order and stop at the first refused one."""

    def admit(self, book: Book, count: int) -> int:
        """Return how many of `count` rows to run; Refused when they are too many."""

    def look(self, book: Book, account: str) -> int:
        """Return the balance a reader is shown."""


class CorrectProcessor:
    """The processor of a correct server."""

    async def move(self, book: Book, order: Order) -> Receipt:
        """Apply one order, or return what it repeats; Refused when it may not be."""
        book.fit(order)
        known = book.known(order.reference)
        if known is None:
            if order.kind == BURN:
                book.afford(order)
            entry = book.append(order)
            return Receipt(entry, book.balance(order.account))
        if order.replace:
            book.replace(known, order)
        return Receipt(known, book.balance(order.account), repeated=not order.replace)

    async def run(self, book: Book, count: int, row: Callable[[int], Order]) -> Run:
        """Apply `count` rows in order and stop at the first refused one."""
        receipts: list[Receipt] = []
        for index in range(count):
            try:
                receipts.append(await self.move(book, row(index)))
            except Refused as refusal:
                return Run(tuple(receipts), index, refusal)
        return Run(tuple(receipts))

    def admit(self, book: Book, count: int) -> int:
        """Return how many of `count` rows to run; Refused when they are too many."""
        most = book.limits.rows_most
        if most is not None and count > most:
            raise Refused("too_many_rows", f"at most {most} transactions in one request")
        return count

    def look(self, book: Book, account: str) -> int:
        """Return the balance a reader is shown."""
        return book.balance(account)
