"""One keep-alive connection, and an exchange over it: request out, response in, by a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from select import POLLIN
from typing import Any

from harness.model.exchange import Failure, Fault, Response
from harness.wire.connection.cause import CLOSED, CUT, SLOW, cause_of
from harness.wire.message.response_reader import ResponseReader, Room

_READ_BYTES = 65_536
_TURN_BYTES = 2**20
_EXACT_SECONDS = 0.01
"""A wait may be so much too long, as setting the time of each takes time itself."""
_HEAD = b"HEAD "

Leave = Callable[[], None]
"""Called right before the bytes without which a server cannot act; returns when they may leave."""


class Connection:
    """A connected socket with the response that comes in over it; for one request at a time.

    `keep` says whether the server will take another request on it, `rested` since when it waits for
    one. `poll` makes a poll of the operating system, which waits for no other thread or greenlet.
    """

    __slots__ = ("_allowed", "_poll", "_reader", "keep", "rested", "socket")

    def __init__(self, connected: Any, room: Room, poll: Callable[[], Any]) -> None:
        self.socket = connected
        self.keep = False
        self.rested = 0.0
        self._allowed = 0.0
        self._reader = ResponseReader(room)
        # poll has no limit on descriptor numbers, unlike select.
        self._poll = poll()
        self._poll.register(connected.fileno(), POLLIN)

    def quiet(self) -> bool:
        """Say whether nothing has come in since the last response: neither bytes nor the end."""
        return not self._poll.poll(0)

    def exchange(
        self, data: bytes, until: float, leave: Leave | None = None, held: int = 0
    ) -> Response | Failure:
        """Send the bytes of a request once and return what came of them.

        It ends at `until`, a moment of the monotonic clock, however slowly bytes come in. The last
        `held` bytes wait until `leave` returns, and the end waits as long.
        """
        self.keep = False
        self._reader.reset()
        try:
            if leave is not None:
                self._write(data[: len(data) - held], until)
                began = time.monotonic()
                leave()
                until += time.monotonic() - began
                self._write(data[len(data) - held :], until)
            else:
                self._write(data, until)
        except TimeoutError:
            return Failure(Fault.TIMEOUT, SLOW)
        except OSError:
            # A server may respond before it has read all, and close the connection then: what can
            # be read tells more.
            pass
        try:
            result = self._read(data.startswith(_HEAD), until)
        finally:
            self._reader.done()
        self.keep = self._reader.keep and isinstance(result, Response)
        return result

    def _write(self, data: bytes, until: float) -> None:
        if not data:
            return
        self._allow(until)
        sent = self.socket.send(data)
        if sent < len(data):
            self.socket.sendall(data[sent:])

    def _read(self, head_only: bool, until: float) -> Response | Failure:
        reader, receive = self._reader, self.socket.recv
        turn = 0
        try:
            more = True
            while more and not (head_only and reader.begun):
                self._allow(until)
                data = receive(_READ_BYTES)
                if not data:
                    if not reader.end():
                        return reader.broken(CUT if reader.begun else CLOSED)
                    break
                more = reader.feed(data)
                turn += len(data)
                if turn > _TURN_BYTES:
                    # A server that never pauses must not keep the others of this process waiting.
                    turn = 0
                    time.sleep(0)
        except TimeoutError:
            return Failure(Fault.TIMEOUT, SLOW)
        except OSError as error:
            return reader.broken(cause_of(error))
        return reader.failure or reader.response()

    def _allow(self, until: float) -> None:
        """Let the socket wait until a moment; raises TimeoutError where it has passed."""
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if abs(left - self._allowed) > _EXACT_SECONDS:
            self._allowed = left
            self.socket.settimeout(left)
