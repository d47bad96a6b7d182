"""Notice that a server is gone: nothing but failures and server errors has come back too long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from harness.model.exchange import Failure, Fault, Response
from harness.model.verdict import Outcome

_SERVER_ERROR = 500
_ROW_FREE = 20
"""After so many requests in a row that were not served, the next ones wait."""
_PAUSE_SECONDS, _PAUSE_SECONDS_MAX = 0.05, 1.0


class ServerGone(Exception):
    """The server has stopped responding, so nothing further can be tested."""


class Outage:
    """The time since which a server has served nothing; thread-safe.

    `seconds` is the longest that is put up with, at the `address` that the message names. It has
    passed when a connection cannot be made any more, or when several operations were not served:
    one operation alone may hang, or fail, while the server serves others.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self.seconds = seconds
        self._address = address
        self._lock = Lock()
        self._since = float("inf")
        self._operations: set[str] = set()
        self._unreachable = False
        self._row = 0

    def wait(self) -> None:
        """Pause before the next request, the longer the more in a row were not served."""
        if (beyond := self._row - _ROW_FREE) > 0 and self._is_general:
            time.sleep(min(_PAUSE_SECONDS_MAX, _PAUSE_SECONDS * beyond))

    def note(
        self, operation: str, sent_ns: int, result: Response | Failure, outcome: Outcome
    ) -> None:
        """Note what came of a request; raises ServerGone when the server is gone."""
        if _is_served(result, outcome):
            if self._operations:
                with self._lock:
                    self._since, self._unreachable, self._row = float("inf"), False, 0
                    self._operations.clear()
            return
        with self._lock:
            self._row += 1
            self._since = min(self._since, sent_ns / 1e9)
            self._operations.add(operation)
            if isinstance(result, Failure):
                self._unreachable = self._unreachable or result.fault is Fault.UNSENT
            passed = time.monotonic() - self._since
            general = self._is_general
        if passed >= self.seconds and general:
            raise ServerGone(self._message(passed, result))

    @property
    def _is_general(self) -> bool:
        """Whether the server is to blame, and not one operation alone."""
        return self._unreachable or len(self._operations) > 1

    def _message(self, passed: float, last: Response | Failure) -> str:
        since = f"{datetime.now(UTC) - timedelta(seconds=passed):%H:%M:%S} UTC, for {passed:.0f} s"
        if isinstance(last, Response):
            return (
                f"{self._address} has given nothing but server errors since {since}: "
                f"status {last.status}"
            )
        return f"{self._address} has not responded since {since}: {last.cause or last.fault.value}"


def _is_served(result: Response | Failure, outcome: Outcome) -> bool:
    """Say whether a server did its part: an error of its own that decides nothing is none."""
    if isinstance(result, Failure):
        return result.fault in (Fault.TRUNCATED, Fault.OVERSIZED)
    return result.status < _SERVER_ERROR or outcome is not Outcome.UNKNOWN
