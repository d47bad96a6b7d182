"""The progress of a run: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.report.terminal import is_plain
from harness.report.text import one_line


class Phase:
    """A stretch of work under way; `advance` may be called from any thread."""

    def __init__(self, title: str, total: int | None, show: Callable[[str], None]) -> None:
        self.title = title
        self.total = total
        self.done = 0
        self._show = show
        self._lock = Lock()

    def advance(self, count: int = 1, text: str = "") -> None:
        """Count work as done; `text` says what is being done."""
        with self._lock:
            self.done += count
            self._show(f"{self.line()}{': ' + one_line(text) if text else ''}")

    def line(self) -> str:
        """Return the title and how much is done."""
        if self.total is not None:
            return f"{self.title}, {self.done:,} of {self.total:,}"
        return f"{self.title}, {self.done:,}" if self.done else self.title


class Progress:
    """Shows the phases of a run, one after the other."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._plain = is_plain(console)

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[Phase]:
        """Show a phase from its start to its end, also when it ends by an exception."""
        title = one_line(title)
        started = self._clock()
        if self._plain:
            self._print(f"{title} ...")
            phase = Phase(title, total, lambda text: None)
            ending = "stopped"
            try:
                yield phase
                ending = "done"
            finally:
                self._print(f"{phase.line()} {ending} in {self._clock() - started:.1f} s")
            return
        with Status(Text(self._safe(title)), console=self._console, spinner="dots") as status:
            yield Phase(title, total, lambda text: status.update(Text(self._safe(text))))

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._print(one_line(text))

    def _print(self, text: str) -> None:
        self._console.print(
            self._safe(text), soft_wrap=True, highlight=False, markup=False, emoji=False
        )

    def _safe(self, text: str) -> str:
        encoding = self._console.encoding
        return text.encode(encoding, "backslashreplace").decode(encoding)
