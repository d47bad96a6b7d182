"""Requests for a balance wait until every change before them must show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from harness.model.binding import reads_balance
from harness.model.exchange import Intent


class BalanceLag:
    """Knows the last change of each account, and for how long it may be missing; thread-safe."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._changed: dict[str, float] = {}

    def wait(self, intent: Intent) -> None:
        """Return when a request for a balance need not miss a change any more."""
        if not self._seconds or not reads_balance(intent.verb):
            return
        with self._lock:
            changed = self._changed.get(intent.account or "", float("-inf"))
        time.sleep(max(0.0, changed + self._seconds - time.monotonic()))

    def note(self, intent: Intent) -> None:
        """Remember that a request which may change accounts has got its response, or none."""
        if self._seconds:
            now = time.monotonic()
            with self._lock:
                self._changed.update((account, now) for account in _changed_by(intent))


def _changed_by(intent: Intent) -> Iterator[str]:
    yield from (row.account for row in intent.rows)
    if intent.account is not None and intent.entry is not None:
        yield intent.account
