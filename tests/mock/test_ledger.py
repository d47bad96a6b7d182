"""The ledger by itself: expiry, replacement and cancelling against a plain recount."""

from __future__ import annotations

import random

import pytest

from harness.mock.ledger import BURN, EARN, Book, Entry, Limits, Order
from harness.mock.message import Refused

FAR = 1_000_000


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time it was set to."""
        return self.now


def recount(entries: list[Entry], now: float) -> int:
    """Count points the slow way: each burn takes, one by one, the point that expires first."""
    points: list[float] = []
    for entry in entries:
        if entry.cancelled:
            continue
        points = [expiry for expiry in points if expiry > entry.made_at]
        if entry.units > 0:
            points += [entry.expires or FAR] * entry.units
        else:
            points.sort()
            del points[: -entry.units]
    return sum(expiry > now for expiry in points)


@pytest.mark.parametrize("seed", range(60))
def test_balance_is_what_a_recount_gives(seed: int) -> None:
    """Any mix of earns, burns, expiries, replacements and cancellings agrees with a recount."""
    rng, clock = random.Random(seed), Clock()
    book = Book(["a"], Limits(), clock=clock)
    for number in range(40):
        clock.now += rng.choice((0, 1, 5))
        entries = book.accounts["a"].entries
        before = book.balance("a")
        act = rng.random()
        if act < 0.5:
            expires = rng.choice((None, int(clock.now) + rng.randrange(-5, 20)))
            book.append(Order("a", EARN, rng.randrange(1, 9), str(number), expires=expires))
        elif act < 0.8 and before:
            book.append(Order("a", BURN, rng.randrange(1, before + 1), str(number)))
        elif entries:
            # Undoing is only tried where it cannot have spent points that were never there.
            last = entries[-1]
            if act < 0.9 and last.kind == EARN and not last.cancelled:
                book.replace(last, Order("a", EARN, last.units + 2, expires=last.expires))
            else:
                book.cancel(last)
        assert book.balance("a") == recount(entries, clock.now)


def test_a_floor_may_be_absent() -> None:
    """Without a floor an account may go below zero."""
    book = Book(["a"], Limits(floor=None))
    book.afford(Order("a", BURN, 5))
    book.append(Order("a", BURN, 5))
    assert book.balance("a") == -5


def test_a_cancelled_entry_keeps_its_reference_until_it_is_forgotten() -> None:
    """Cancelling undoes once; the reference stays known; forgetting frees it."""
    book = Book(["a"], Limits())
    entry = book.append(Order("a", EARN, 5, "r"))
    book.cancel(entry)
    book.cancel(entry)
    assert book.balance("a") == 0
    assert book.known("r") is entry
    with pytest.raises(Refused):
        book.replace(entry, Order("a", EARN, 7, "r"))
    book.forget(entry)
    assert book.known("r") is None


def test_limits_hold_on_both_sides() -> None:
    """Amounts from the least to the most fit; anything else, and unknown accounts, do not."""
    book = Book(["a"], Limits(amount_least=2, amount_most=4))
    for amount in (2, 4):
        book.fit(Order("a", EARN, amount))
    for order in (Order("a", EARN, 1), Order("a", BURN, 5), Order("b", EARN, 3)):
        with pytest.raises(Refused):
            book.fit(order)
