"""How many requests may leave: no more than a rate in any second, nor than a budget in all."""

from __future__ import annotations

import math
import threading
import time
from collections import deque


class BudgetSpent(Exception):
    """The run has sent as many requests as its target allows."""


class Permit:
    """Lets one request leave, and counts it among those of its second.

    It counts from the beginning until a second after `leave`, or after the end of a `with` block:
    whenever the server receives the request meanwhile, there is room for it.
    """

    __slots__ = ("_open", "_pace")

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._open = True

    def __enter__(self) -> Permit:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Say that the request has left; only the first time counts."""
        self._close(left=True)

    def give_back(self) -> None:
        """Say that the request will not leave, unless it has."""
        self._close(left=False)

    def _close(self, left: bool) -> None:
        if self._open:
            self._open = False
            self._pace.close(left)


class Pace:
    """Lets at most `rate` requests leave in any second and `budget` in a run; thread-safe.

    A rate that is no whole number is kept as the next whole number of requests, `together`, in the
    time that these take: 1.5 a second are 2 in 1.33 seconds. None means no limit. What counts is a
    sliding window and no bucket, which would let twice the rate pass around the end of a second.
    `sent` counts the requests of the run, in whatever process.
    """

    def __init__(self, rate: float | None, budget: int | None) -> None:
        self.together = None if rate is None else math.ceil(rate)
        self.sent = 0
        self._budget = budget
        self._span = math.ceil(rate) / rate if rate is not None else 0.0
        self._under_way = 0
        self._left: deque[float] = deque()
        self._full_until = 0.0
        # One waits at a time, so that nobody takes the room that concurrent requests wait for.
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @property
    def free_at(self) -> float:
        """The moment of the monotonic clock from which no request that has left counts."""
        with self._changed:
            last = self._left[-1] + self._span if self._left else self._full_until
            return max(last, self._full_until)

    def follow(self, sent: int, full_until: float | None = None) -> None:
        """Go on where another process has stopped, with `sent` requests of the run so far.

        Until `full_until`, by default for as long as a request counts, none may leave.
        """
        with self._changed:
            self.sent = sent
            self._full_until = time.monotonic() + self._span if full_until is None else full_until

    def permit(self) -> Permit:
        """Wait until one request may leave; raises BudgetSpent."""
        return self.permits(1)[0]

    def permits(self, count: int, until: float = math.inf) -> tuple[Permit, ...]:
        """Wait until concurrent requests may leave, `together` at most; raises BudgetSpent.

        Return none where they may not all leave by `until`, a moment of the monotonic clock.
        """
        if self.together is not None and count > self.together:
            raise ValueError(f"{count} requests cannot leave together, only {self.together}")
        with self._changed:
            if self._budget is not None and self.sent + count > self._budget:
                raise BudgetSpent(f"the target's budget of {self._budget} requests is spent")
            self.sent += count
        if self.together is not None and not self._wait(count, until):
            with self._changed:
                self.sent -= count
            return ()
        return tuple(Permit(self) for _ in range(count))

    def close(self, left: bool) -> None:
        """Note that a request has left, or that it never will."""
        with self._changed:
            if not left:
                self.sent -= 1
            if self.together is not None:
                self._under_way -= 1
                if left:
                    self._left.append(time.monotonic())
                self._changed.notify()

    def _wait(self, count: int, until: float) -> bool:
        with self._turn, self._changed:
            while (missing := self._seconds_until_free(count)) > 0:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                pause = min(missing, left)
                self._changed.wait(None if pause == math.inf else pause)
            self._under_way += count
            return True

    def _seconds_until_free(self, count: int) -> float:
        """Return in how many seconds so many permits are free; infinite where nobody can know."""
        now, most = time.monotonic(), self.together or 0
        while self._left and self._left[0] + self._span <= now:
            self._left.popleft()
        missing = self._under_way + len(self._left) + count - most
        if missing > len(self._left):
            return math.inf
        last = self._left[missing - 1] + self._span if missing > 0 else now
        return max(last, self._full_until) - now
