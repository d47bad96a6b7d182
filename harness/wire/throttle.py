"""Leave a server alone for as long as it asks, and give up on one that asks for too long."""

from __future__ import annotations

import time
from threading import Lock

from harness.check.throttling import REMEDY, asked_seconds, is_throttled
from harness.document.messages import counted
from harness.model.exchange import Exchange, Response
from harness.model.verdict import Outcome
from harness.wire.retry import OutcomeUnknown

WAIT_SECONDS_MAX = 60.0
"""A server that asks for a longer pause is not waited for."""
UNSERVED_SECONDS_MAX = 120.0
"""So long a server may throttle without serving a single request."""
_PAUSES_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
_USUAL_SECONDS = 1.0


class Throttled(OutcomeUnknown):
    """The server refuses to serve for longer than a run waits; the text says what would help."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; {REMEDY}", responded=True)


class Throttle:
    """Until when a server asks to be left alone; one for all threads of a process.

    `count` is the number of responses that asked for it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()
        self._until = float("-inf")
        self._since = float("inf")
        self._row = 0

    def wait(self) -> None:
        """Return when the server may be asked again."""
        while (left := self._until - time.monotonic()) > 0:
            time.sleep(left)

    def note(self, operation: str, response: Response | None, outcome: Outcome) -> bool:
        """Note what came of a request and say whether the server has throttled it.

        It has not where the response tells a success. Raises Throttled where the pause that it
        asks for is too long, or where nothing was served for too long.
        """
        if response is None:
            return False
        if outcome is Outcome.OK or not is_throttled(response):
            self._since, self._row = float("inf"), 0
            return False
        asked = asked_seconds(response)
        with self._lock:
            now = time.monotonic()
            self.count += 1
            self._since = min(self._since, now)
            unserved = now - self._since
            least = _PAUSES_SECONDS[min(self._row, len(_PAUSES_SECONDS) - 1)]
            # Of several responses to requests under way together the first counts.
            self._row += now >= self._until
            pause = max(_USUAL_SECONDS if asked is None else asked, least)
            if pause <= WAIT_SECONDS_MAX and unserved <= UNSERVED_SECONDS_MAX:
                self._until = max(self._until, now + pause)
                return True
        text = f"the server throttles {operation} (status {response.status})"
        if pause > WAIT_SECONDS_MAX:
            limit = f"a run waits for {WAIT_SECONDS_MAX:.0f} s at most"
            raise Throttled(f"{text} and asks to wait {counted(round(pause), 'second')}; {limit}")
        raise Throttled(f"{text} and has served nothing for {unserved:.0f} s")


def is_refused_for_now(exchange: Exchange) -> bool:
    """Say whether a server has throttled a request without an effect, so that it may be repeated.

    A response that leaves the outcome unknown proves no such thing.
    """
    response = exchange.response
    return exchange.outcome is Outcome.REFUSED and response is not None and is_throttled(response)
