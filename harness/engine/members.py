"""Lease members to stories one at a time, so that each story owns the balances it reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition

from harness.model.target import Member


class TooFewMembers(Exception):
    """A story needs more members at once than the target has."""


class Pool:
    """The members of a target; what is leased is nobody else's until it is given back."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._free = deque(members)
        self._size = len(members)
        self._condition = Condition()

    @contextmanager
    def lease(self, count: int) -> Iterator[tuple[Member, ...]]:
        """Lend `count` members, least recently used first; raises TooFewMembers at once."""
        if count > self._size:
            raise TooFewMembers(f"{count} members are needed and the target has {self._size}")
        with self._condition:
            while len(self._free) < count:
                self._condition.wait()
            taken = tuple(self._free.popleft() for _ in range(count))
        try:
            yield taken
        finally:
            with self._condition:
                self._free.extend(taken)
                self._condition.notify_all()
