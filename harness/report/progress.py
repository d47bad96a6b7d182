"""The progress of a run: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.model.progress import RUNNING, STARTED, Progress
from harness.report.terminal import needs_plain_text, styled
from harness.report.text import one_line


class ProgressDisplay:
    """Shows the phases of a run, one after the other; pass `show` as its listener."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._plain = needs_plain_text(console)
        self._started = 0.0
        self._status: Status | None = None

    def show(self, progress: Progress) -> None:
        """Show one report."""
        if progress.state == STARTED:
            self._started = self._clock()
        if self._plain:
            self._print_state(progress)
        elif progress.state == STARTED:
            self._status = Status(self._text(_line(progress)), console=self._console)
            self._status.start()
        elif self._status is not None and progress.state == RUNNING:
            self._status.update(self._text(_line(progress)))
        elif self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._print(one_line(text))

    def _print_state(self, progress: Progress) -> None:
        if progress.state == STARTED:
            self._print(f"{one_line(progress.phase)} ...")
        elif progress.state != RUNNING:
            seconds = self._clock() - self._started
            self._print(f"{_line(progress)} {progress.state} in {seconds:.1f} s")

    def _print(self, text: str) -> None:
        self._console.print(self._text(text), soft_wrap=True)

    def _text(self, text: str) -> Text:
        return styled([(text, "")], self._console)


def _line(progress: Progress) -> str:
    """Return the title with how far the phase has come."""
    line = one_line(progress.phase)
    if progress.total is not None and progress.state != STARTED:
        line += f", {progress.done:,} of {progress.total:,}"
    elif progress.done:
        line += f", {progress.done:,}"
    return f"{line}: {one_line(progress.text)}" if progress.text else line
