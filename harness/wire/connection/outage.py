"""Notice that a server is gone: nothing but failures has come back for too long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from harness.model.exchange import Failure, Fault, Response


class ServerGone(Exception):
    """The server has stopped responding, so nothing further can be tested."""


class Outage:
    """The time since which a server has given no response; thread-safe.

    `seconds` is the longest that is put up with, at the `address` that the message names. It has
    passed when a connection cannot be made any more, or when several operations got no response:
    one operation alone may hang while the server responds to others.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self.seconds = seconds
        self._address = address
        self._lock = Lock()
        self._since = float("inf")
        self._operations: set[str] = set()
        self._unreachable = False

    def note(self, operation: str, sent_ns: int, result: Response | Failure) -> None:
        """Note what came of a request; raises ServerGone when the server is gone."""
        if isinstance(result, Response) or result.fault is Fault.TRUNCATED:
            if self._operations:
                with self._lock:
                    self._since, self._unreachable = float("inf"), False
                    self._operations.clear()
            return
        with self._lock:
            self._since = min(self._since, sent_ns / 1e9)
            self._operations.add(operation)
            self._unreachable = self._unreachable or result.fault is Fault.UNSENT
            passed = time.monotonic() - self._since
            several = self._unreachable or len(self._operations) > 1
        if passed >= self.seconds and several:
            raise ServerGone(self._message(passed, result))

    def _message(self, passed: float, last: Failure) -> str:
        since = datetime.now(UTC) - timedelta(seconds=passed)
        return (
            f"{self._address} has not responded since {since:%H:%M:%S} UTC, "
            f"for {passed:.0f} s: {last.cause or last.fault.value}"
        )
