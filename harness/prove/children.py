"""The processes of the trials under way, which an interruption ends."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import CancelledError
from threading import Lock


class Children:
    """Runs commands, from any thread, until it is told to stop."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._lock = Lock()

    def run(self, command: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and return what it printed.

        Raises `subprocess.TimeoutExpired` when it takes more than the seconds, and
        `CancelledError` once `stop` was called.
        """
        with self._lock:
            self._refuse()
            # In a group of its own, so that Ctrl-C reaches it only through `stop`.
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                process_group=0,
            )
            self._running.add(child)
        with child:
            try:
                out, err = child.communicate(timeout=seconds)
            finally:
                child.kill()
                with self._lock:
                    self._running.discard(child)
        self._refuse()
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    def stop(self) -> None:
        """Interrupt the commands under way and refuse any other."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                child.terminate()

    def _refuse(self) -> None:
        if self._stopped:
            raise CancelledError
