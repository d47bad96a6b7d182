"""Starting the made-up vendor's server as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from tests.cli.running import ROOT

START_SECONDS = 60.0


@contextmanager
def served(*words: str, server: str = "tests.starpoints.server") -> Iterator[int]:
    """Run the server with these options, yield its port, and stop that process."""
    process = subprocess.Popen(
        [sys.executable, "-m", server, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    watchdog = Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline()
        watchdog.cancel()
        assert line, process.stderr.read()
        yield int(line)
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate(timeout=10)
