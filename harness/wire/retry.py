"""Retry until the outcome is known: one frozen policy value for each use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.model.exchange import Exchange
from harness.model.verdict import Outcome


class OutcomeUnknown(Exception):
    """An outcome stayed unknown after all retries, so nothing can be concluded from it.

    `responded` says that a response came, although none that tells an outcome.
    """

    def __init__(self, reason: str, *, responded: bool) -> None:
        super().__init__(reason)
        self.responded = responded


def is_known(exchange: Exchange) -> bool:
    """Return whether the outcome of an exchange is known."""
    return exchange.outcome is not Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Retry:
    """How often to try, and when to give up earlier.

    `attempts` is the largest number of attempts, at least 1.
    `responses` gives up after so many attempts that got a response which settled nothing (see
    `Tries.unknown`): what a server does that often, it does always. None: never.
    `in_a_row` counts these attempts anew after one without a response.
    `pauses_seconds` are the pauses before the second attempt, the third and so on.
    """

    attempts: int
    responses: int | None = None
    in_a_row: bool = False
    pauses_seconds: tuple[float, ...] = ()

    def until_known(self, send: Callable[[], Exchange]) -> Exchange:
        """Send until the outcome is known and return the last exchange, whatever its outcome."""
        return self.until(is_known, send)

    def until(self, done: Callable[[Exchange], bool], send: Callable[[], Exchange]) -> Exchange:
        """Send until an exchange is `done` and return the last one, done or not."""
        for _ in self.tries():
            exchange = send()
            if done(exchange):
                break
        return exchange

    def tries(self) -> Tries:
        """Return the attempts of one use, to iterate over."""
        return Tries(self)


class Tries:
    """The attempts of one use of a policy; the loop over them ends when the policy gives up.

    `count` is the number of attempts begun.
    """

    def __init__(self, policy: Retry) -> None:
        self.policy = policy
        self.count = 0
        self._responses = 0

    def __iter__(self) -> Iterator[int]:
        """Yield the number of each attempt, from 0, after the pause before it."""
        for number in range(self.policy.attempts):
            if 0 < number <= len(self.policy.pauses_seconds):
                time.sleep(self.policy.pauses_seconds[number - 1])
            self.count = number + 1
            yield number
            if self.responses_spent:
                return

    def unknown(self, *, responded: bool) -> None:
        """Note that an attempt settled nothing, and whether it got a response."""
        if responded:
            self._responses += 1
        elif self.policy.in_a_row:
            self._responses = 0

    @property
    def is_last(self) -> bool:
        """Whether no further attempt is allowed."""
        return self.count == self.policy.attempts

    @property
    def responses_spent(self) -> bool:
        """Whether as many attempts got a response as the policy allows."""
        return self._responses == self.policy.responses


ONCE = Retry(attempts=1)
