"""The progress of a run, as reported to a listener."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

STARTED, RUNNING, DONE, STOPPED = "started", "running", "done", "stopped"


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a phase: units of work done, of `total` where that is known.

    A phase that ended by an exception is `stopped`. `text` says what is under way.
    """

    phase: str
    state: str
    done: int = 0
    total: int | None = None
    text: str = ""


OnProgress = Callable[[Progress], None]


class Phase:
    """A stretch of work under way; `advance` may be called from any thread."""

    def __init__(self, title: str, total: int | None, listener: OnProgress) -> None:
        self.title = title
        self.total = total
        self.done = 0
        self._listener = listener
        self._lock = Lock()

    def advance(self, count: int = 1, text: str = "") -> None:
        """Count work as done; `text` says what is under way now."""
        with self._lock:
            self.done += count
            self.tell(RUNNING, text)

    def tell(self, state: str, text: str = "") -> None:
        """Report the phase in a state."""
        self._listener(Progress(self.title, state, self.done, self.total, text))


@contextmanager
def phase_of(title: str, listener: OnProgress, total: int | None = None) -> Iterator[Phase]:
    """Report a phase from its start to its end, also when it ends by an exception."""
    phase = Phase(title, total, listener)
    phase.tell(STARTED)
    state = STOPPED
    try:
        yield phase
        state = DONE
    finally:
        phase.tell(state)
