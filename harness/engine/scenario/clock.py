"""Clocks of a target: time passes by waiting, or a server moves its own clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class ClockUnavailable(Exception):
    """Time cannot be made to pass here; the text says why, and what would allow it."""


class Clock(Protocol):
    """How a scenario lets time pass on the server."""

    def advance(self, seconds: float) -> None:
        """Return when so many seconds have passed there; raises ClockUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingClock:
    """A clock that waits for real time, at most `patience_seconds` for a step; None: not at all."""

    patience_seconds: float | None

    def advance(self, seconds: float) -> None:
        """Sleep for so many seconds; raises ClockUnavailable if they exceed the patience."""
        if self.patience_seconds is None:
            raise ClockUnavailable("time must pass; this target does not set `clock: wait`")
        if seconds > self.patience_seconds:
            raise ClockUnavailable(
                f"{seconds:g} s must pass; the patience_seconds of this target are "
                f"{self.patience_seconds:g}"
            )
        time.sleep(seconds)


NO_CLOCK: Clock = WaitingClock(None)
