"""The time a mock goes by, which its starter may move forward."""

from __future__ import annotations

import time


class Clock:
    """Real time, and as much more as it was advanced by."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def now(self) -> float:
        """Return unix seconds."""
        return time.time() + self._ahead_seconds

    def steady(self) -> float:
        """Return seconds that no correction of the machine's clock touches."""
        return time.monotonic() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let time pass immediately; ValueError for a time that lies behind."""
        if not seconds >= 0:
            raise ValueError("time only passes forward")
        self._ahead_seconds += seconds
