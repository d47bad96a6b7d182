"""Let time pass in a scenario: by waiting for it, or on a server whose clock can be moved."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class ClockUnavailable(Exception):
    """Time cannot be made to pass here; the text says why, and what would let it."""


class Clock(Protocol):
    """What a scenario asks for when time has to pass on the server."""

    def advance(self, seconds: float) -> None:
        """Return when so much more time has passed there; raises ClockUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class NoClock:
    """A server whose clock nobody moves and for which nobody waits."""

    def advance(self, seconds: float) -> None:
        """Raise ClockUnavailable."""
        raise ClockUnavailable("time must pass and this target says no `clock: wait`")


@dataclass(frozen=True, slots=True)
class WaitingClock:
    """A server that is waited for, at most `patience_seconds` at a time."""

    patience_seconds: float

    def advance(self, seconds: float) -> None:
        """Sleep for the time; raises ClockUnavailable where it is longer than our patience."""
        if seconds > self.patience_seconds:
            raise ClockUnavailable(
                f"{seconds:g} s must pass and this target's patience_seconds is "
                f"{self.patience_seconds:g}"
            )
        time.sleep(seconds)


NO_CLOCK: Clock = NoClock()
