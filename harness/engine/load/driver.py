"""Start the load children, begin them together, pass on what they report, and see how they end."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.engine.load.job import SERVER_GONE, STOPPED, LoadJob, encode_job
from harness.engine.load.latency import combined
from harness.wire.connection.outage import ServerGone
from harness.wire.redact.redactor import Redactor

_CHILD = ("-P", "-m", "gevent.monkey", "--module", "harness.engine.load.child")
_LEAD_NS = 300_000_000
"""From the start signal to the first arrival: every worker must have received it by then."""
_STDERR_LINES = 30
_STOP_SECONDS = 30.0

OnProgress = Callable[[Mapping[str, Any]], None]


class LoadRefused(Exception):
    """The load may not or could not be run; nothing was measured."""


class LoadCrashed(Exception):
    """A load child ended in a way it should not; the message holds its last words."""


@dataclass
class _Child:
    """One child process and what is known of it."""

    number: int
    process: subprocess.Popen[bytes]
    failure: str = ""
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=_STDERR_LINES))
    threads: list[threading.Thread] = field(default_factory=list)


_Lines = queue.Queue[tuple[_Child, Mapping[str, Any] | None]]
"""What the children report; None at the end of one."""


def run_load(job: LoadJob, on_progress: OnProgress = lambda line: None) -> Mapping[str, Any]:
    """Run a workload, write its journal, and return the figures of all workers at its end.

    `on_progress` is called with each line that reports progress (`second` of `seconds`, counts,
    quantiles in milliseconds), those of several workers put together. Raises LoadRefused when the
    target allows no load or the run could not begin, ServerGone when the server stopped responding,
    LoadCrashed when a child crashed. On any other exception, KeyboardInterrupt too, the children
    are stopped and what they wrote stays.
    """
    if job.target.load == "refuse":
        raise LoadRefused(f"the target {job.target.name!r} refuses load")
    if job.target.load == "probe" and (job.target.rate is None or job.target.budget is None):
        raise LoadRefused(
            f"the target {job.target.name!r} may only be probed, within a rate and a budget, "
            "and it declares no such bounds"
        )
    redactor = Redactor(job.secrets.values(), ())
    lines: _Lines = queue.Queue()
    children: list[_Child] = []
    try:
        for number in range(job.workers):
            children.append(_start(job, number, lines, redactor))
        return _watch(children, lines, on_progress)
    finally:
        _stop(children)


def _start(job: LoadJob, number: int, lines: _Lines, redactor: Redactor) -> _Child:
    # The child must find this very package, and nothing of the folder it happens to start in.
    home = str(Path(__file__).resolve().parents[3])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, *_CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        process_group=0,  # Ctrl-C reaches the parent alone, which decides when its children stop
    )
    child = _Child(number, process)

    def read_output() -> None:
        for raw in process.stdout or ():
            with suppress(ValueError):
                lines.put((child, json.loads(raw)))
        lines.put((child, None))

    def read_errors() -> None:
        for raw in process.stderr or ():
            child.last_words.append(redactor.text(raw.decode(errors="replace").rstrip()))

    child.threads = [
        threading.Thread(target=work, daemon=True) for work in (read_output, read_errors)
    ]
    for thread in child.threads:
        thread.start()
    _send_line(child, encode_job(job, number))
    return child


def _send_line(child: _Child, line: str) -> None:
    stream = child.process.stdin
    with suppress(OSError):  # a child that is gone is reported by its exit code
        if stream is not None:
            stream.write(line.encode() + b"\n")
            stream.flush()


def _watch(children: list[_Child], lines: _Lines, on_progress: OnProgress) -> Mapping[str, Any]:
    ready, done = 0, []
    running = len(children)
    seconds: dict[int, list[dict[str, Any]]] = {}
    while running:
        child, line = lines.get()
        if line is None:
            running -= 1
            _refuse_bad_end(child)
            continue
        kind = line.get("event")
        if kind == "ready":
            ready += 1
            if ready == len(children):
                begin = json.dumps({"t0_ns": time.monotonic_ns() + _LEAD_NS})
                for each in children:
                    _send_line(each, begin)
        elif kind == "second":
            same = seconds.setdefault(line["second"], [])
            same.append(dict(line))
            if len(same) == len(children):
                on_progress(combined(seconds.pop(line["second"])))
        elif kind == "done":
            done.append(dict(line))
        else:
            if kind == "failed":
                child.failure = str(line["message"])
            on_progress(line)
    total = combined(done)
    arrivals = max(1, total.get("arrivals", 0))
    total["cpu_us_per_arrival"] = round(1e6 * total.get("cpu_seconds", 0.0) / arrivals, 1)
    on_progress(total)
    return total


def _refuse_bad_end(child: _Child) -> None:
    """Raise when a child that has closed its output did not end well."""
    code = child.process.wait()
    for thread in child.threads:
        if thread is not threading.current_thread():
            thread.join(1.0)
    if code == 0:
        return
    if code == SERVER_GONE:
        raise ServerGone(child.failure)
    if child.failure:
        raise LoadRefused(child.failure)
    if code == STOPPED:
        raise LoadRefused(f"load worker {child.number} was stopped before its end")
    words = "\n".join(child.last_words)
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    raise LoadCrashed(f"load worker {child.number} ended {how}:\n{words}".rstrip(":\n"))


def _stop(children: list[_Child]) -> None:
    """End the children that still run: first by closing their input, then by their number."""
    for child in children:
        if child.process.stdin is not None:
            with suppress(OSError):
                child.process.stdin.close()
    until = time.monotonic() + _STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        for thread in child.threads:
            thread.join(1.0)
        for stream in (child.process.stdout, child.process.stderr):
            if stream is not None:
                stream.close()
