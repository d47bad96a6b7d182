"""Treat a server as politely as its target asks: a rate and a budget of requests."""

from __future__ import annotations

from threading import Lock

from pyrate_limiter import Duration, Limiter, Rate


class BudgetSpent(Exception):
    """The run has sent as many requests as its target allows."""


class Pace:
    """Waits so that no more than `rate` requests leave in a second, and counts them.

    `rate` may be a fraction; None means no limit. `budget` is the most requests of the run.
    """

    def __init__(self, rate: float | None, budget: int | None) -> None:
        self._budget = budget
        self._lock = Lock()
        self._limiter = None if rate is None else Limiter(_rate(rate))
        self.sent = 0

    def take(self) -> None:
        """Wait for a place; raise BudgetSpent when the budget is used up."""
        with self._lock:
            if self._budget is not None and self.sent >= self._budget:
                raise BudgetSpent(f"the target's budget of {self._budget} requests is spent")
            self.sent += 1
        if self._limiter is not None:
            self._limiter.try_acquire("wire", blocking=True)


def _rate(rate: float) -> Rate:
    if rate >= 1:
        return Rate(max(1, int(rate)), Duration.SECOND)
    return Rate(1, int(1000 / rate))
