"""A barrier for concurrent requests: their last bytes leave together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from harness.engine.scenario.context import ScenarioInapplicable
from harness.model.exchange import Exchange
from harness.wire.channel import Gate

# A target with a low rate lets concurrent requests get ready one after another.
_READY_SECONDS_MAX = 60
# Requests without a connection by then are not waited for.
_CONNECTED_SECONDS_MAX = 0.5


class _Lane:
    """The gate of one concurrent request: it waits until all are ready, then until all can leave.

    The second time every request has its connection and lacks only its last bytes, so that they
    reach the server as close together as one machine can send them.
    """

    def __init__(self, ready: threading.Barrier, connected: threading.Barrier) -> None:
        self._ready, self._connected = ready, connected
        self.is_ready = False

    def ready(self) -> None:
        self.is_ready = True
        self._ready.wait(timeout=_READY_SECONDS_MAX)

    def leave(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._connected.wait(timeout=_CONNECTED_SECONDS_MAX)


def send_together(sends: Sequence[Callable[[Gate], Exchange]]) -> list[Exchange]:
    """Send concurrent requests, one thread each, and return their exchanges in order.

    If one raises before it is ready, the others stop waiting and its exception is raised. Raises
    ScenarioInapplicable if they are not all ready within 60 seconds.
    """
    ready, connected = threading.Barrier(len(sends)), threading.Barrier(len(sends))

    def run(send: Callable[[Gate], Exchange]) -> Exchange:
        lane = _Lane(ready, connected)
        try:
            return send(lane)
        except BaseException:
            if not lane.is_ready:
                ready.abort()
            raise

    with ThreadPoolExecutor(max_workers=len(sends)) as threads:
        jobs = [threads.submit(run, send) for send in sends]
    failed = [error for job in jobs if (error := job.exception()) is not None]
    for error in failed:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    if failed:
        raise ScenarioInapplicable(
            f"{len(sends)} concurrent requests were not ready within {_READY_SECONDS_MAX} seconds"
        )
    return [job.result() for job in jobs]
