"""How a server with seeded defects remembers references."""

from __future__ import annotations

import time
from dataclasses import replace

from harness.mock.defects.switches import Switches
from harness.mock.ledger import BURN, EARN, Book, Entry, Order, Receipt

EQUAL_SECONDS = 1.0
BLIND_SECONDS = 0.005
FORGET_SECONDS = 1.0
FORGET_CHANGES = 10_000


class DefectiveReferences:
    """References as remembered with the defects that are on; `newest` is the last entry's id."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.newest = 0

    def read(self, order: Order) -> Order:
        """Return an order with its reference as the server reads it."""
        reference = order.reference
        if reference is not None and self._switches.has("references-fold-case"):
            reference = reference.casefold()
        if reference is not None and self._switches.has("references-cut-short"):
            reference = reference[:20]
        return replace(order, reference=reference)

    def find(self, book: Book, order: Order) -> Entry | None:
        """Return the entry that a reference is taken to repeat, None for a new order."""
        switches = self._switches
        known = book.known(order.reference)
        if known is None:
            return self._equal(book, order) if switches.has("equal-requests-merged") else None
        forgets = (
            (order.kind == EARN and switches.has("no-dedupe"))
            or (order.kind == BURN and switches.has("no-dedupe-burn"))
            or (order.batch == known.batch > 0 and switches.has("no-dedupe-in-bulk"))
            or (order.batch > 0 == known.batch and switches.has("bulk-forgets-single-references"))
            or (order.units != known.units and switches.has("dedupe-needs-equal-amount"))
            or switches.strikes("dedupe-on-one-node", 2)
            or self._forgotten(known, order)
        )
        return None if forgets else known

    def _forgotten(self, known: Entry, order: Order) -> bool:
        switches, age = self._switches, time.time() - known.made_at
        blind = age < BLIND_SECONDS and not order.batch
        return (
            (blind and switches.has("dedupe-window-5ms"))
            or (age > FORGET_SECONDS and switches.has("reference-forgotten-after-1s"))
            or (
                self.newest - known.id >= FORGET_CHANGES
                and switches.has("reference-forgotten-after-10000")
            )
        )

    def _equal(self, book: Book, order: Order) -> Entry | None:
        entries = book.accounts[order.account].entries
        if order.reference is not None or order.batch or not entries:
            return None
        last = entries[-1]
        equal = (last.units, last.note, last.reference) == (order.units, order.note, None)
        return last if equal and time.time() - last.made_at < EQUAL_SECONDS else None

    def repeat(self, book: Book, known: Entry, order: Order) -> Receipt:
        """Return the receipt of an order that repeats a known entry."""
        switches = self._switches
        if order.replace and not switches.has("replace-duplicate-ignored"):
            if switches.has("replace-duplicate-adds"):
                return Receipt(book.append(order), book.balance(order.account))
            if switches.has("replace-ignores-balance"):
                book.rewrite(known, order)
            else:
                book.replace(known, order)
        return Receipt(known, book.balance(order.account), repeated=not order.replace)
