"""The client of a load, in one process of greenlets: each request is sent once, never again."""

from __future__ import annotations

import time
from select import POLLIN
from typing import Any

import httptools
from gevent import socket
from gevent.monkey import get_original

from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.target import USUAL, Limits
from harness.wire.connection.cause import (
    CLOSED,
    CUT,
    NOT_HTTP,
    SLOW,
    TLS_PORT,
    UNDECODABLE,
    cause_of,
    exceeded,
)
from harness.wire.connection.route import Route, secured
from harness.wire.message.encoding import UndecodableBody, encoded
from harness.wire.message.framing import framed, request_head
from harness.wire.message.headers import add_header
from harness.wire.message.response_body import BodyReader, Exceeded, Room, header_limit
from harness.wire.transport import Leave

_ADDRESS_SECONDS = 30.0
# Servers close idle connections after five seconds or more; one that is about to close is a risk
# that a fresh one is not.
_IDLE_SECONDS_MAX = 4.0
_poll = get_original("select", "poll")
_READ_BYTES = 65_536
_TURN_BYTES = 2**20
_EXACT_SECONDS = 0.01
"""A wait may be so much too long, as setting the time of each takes time itself."""
_HEAD = b"HEAD "
_TLS_ALERT = b"\x15\x03"


class LoadClient:
    """A pool of keep-alive connections to one target, for any number of greenlets.

    It asks for bodies as they are, follows no redirect, keeps no cookie, repeats nothing and trusts
    only valid certificates. `deadline_seconds` bounds connecting, sending and the complete response
    together, `limits` what is read of it. `connects` counts the connections made.
    """

    def __init__(self, route: Route, deadline_seconds: float, limits: Limits = USUAL) -> None:
        self.route = route
        self.connects = 0
        self._deadline = deadline_seconds
        self._room = Room(limits)
        self._idle: list[Connection] = []
        self._addresses: list[Any] = []
        self._resolved = float("-inf")

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send a request once; every network error becomes a Failure with its cause.

        What waits until it may `leave` is the body, or all of a request without one.
        """
        body = encoded(request)
        try:
            data = framed(request_head(request, self.route), body)
        except ValueError as error:
            return Failure(Fault.UNSENT, f"the request cannot be sent: {error}")
        return self.exchange(data, leave, len(body) or len(data))

    def exchange(
        self, data: bytes, leave: Leave | None = None, held: int | None = None
    ) -> Response | Failure:
        """Send the bytes of a complete request once and return what came of them.

        The last `held` of them, all by default, wait until they may `leave`.
        """
        until = time.monotonic() + self._deadline
        try:
            connection = self._connection(until)
        except OSError as error:
            return Failure(Fault.UNSENT, cause_of(error))
        try:
            return connection.exchange(data, until, leave, len(data) if held is None else held)
        finally:
            self._put_back(connection)

    def close(self) -> None:
        """Close the connections that wait."""
        while self._idle:
            self._idle.pop().socket.close()

    def _put_back(self, connection: Connection) -> None:
        if connection.keep:
            connection.rested = time.monotonic()
            self._idle.append(connection)
        else:
            connection.socket.close()

    def _connection(self, until: float) -> Connection:
        now = time.monotonic()
        while self._idle:
            connection = self._idle.pop()
            if now - connection.rested < _IDLE_SECONDS_MAX and connection.quiet():
                return connection
            connection.socket.close()
        return Connection(self._connect(until), self._room)

    def _connect(self, until: float) -> Any:
        self.connects += 1
        now = time.monotonic()
        if now - self._resolved > _ADDRESS_SECONDS:
            self._addresses = socket.getaddrinfo(*self.route.hop, 0, socket.SOCK_STREAM)
            self._resolved = now
        error: OSError | None = None
        for family, kind, protocol, _, address in self._addresses:
            plain = socket.socket(family, kind, protocol)
            try:
                plain.settimeout(max(0.001, until - time.monotonic()))
                plain.connect(address)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return secured(plain, self.route, until)
            except OSError as problem:
                plain.close()
                error = problem
            except BaseException:
                plain.close()
                raise
        self._resolved = float("-inf")
        raise error or OSError(f"{self.route.address} has no address")


class Connection:
    """A connected socket with the response that comes in over it; for one request at a time.

    `keep` says whether the server will take another request on it, `rested` since when it waits for
    one.
    """

    __slots__ = ("_allowed", "_poll", "_reader", "keep", "rested", "socket")

    def __init__(self, connected: Any, room: Room) -> None:
        self.socket = connected
        self.keep = False
        self.rested = 0.0
        self._allowed = 0.0
        self._reader = _Reader(room)
        # That of the system has no limit on descriptor numbers and waits for no other greenlet.
        self._poll = _poll()
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
            pass  # A server may respond before it has read all, and close: what it says tells more.
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


class _Stop(Exception):
    """Nothing more is to be parsed: the response is whole, or none."""


class _Reader:
    """The responses of one connection, one at a time, as the parser calls back with the parts.

    `begun`: the headers of the final response are there; `complete`: all of it is; `keep`: the
    server takes another request then. `failure` is why there is no response, as far as it is known.
    """

    __slots__ = (
        *("begun", "complete", "failure", "headers", "interim", "keep", "status"),
        *("_body", "_count", "_count_max", "_parser", "_raw", "_room"),
    )

    def __init__(self, room: Room) -> None:
        self._room = room
        self._count_max = room.limits.header_count
        self._parser = httptools.HttpResponseParser(self)
        self.reset()

    def reset(self) -> None:
        self.headers: dict[str, str] = {}
        self.failure: Failure | None = None
        self.begun = self.interim = self.complete = self.keep = False
        self.status = 0
        self._body: BodyReader | None = None
        self._raw = self._count = 0

    def broken(self, cause: str) -> Failure:
        return Failure(Fault.TRUNCATED if self.begun else Fault.RESET, cause)

    def _exceed(self, limit: str) -> None:
        self.failure = Failure(Fault.OVERSIZED, exceeded(self._room.limits, limit))

    def on_message_begin(self) -> None:
        if self.complete:
            raise _Stop

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count += 1
        if self._count > self._count_max:
            self._exceed("header_count")
            raise _Stop
        if not self.begun:  # behind the body headers say nothing about it
            add_header(self.headers, name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.interim = 100 <= self.status < 200
        self.begun = not self.interim
        if limit := header_limit(self.headers, self._count, self._room.limits):
            self._exceed(limit)
            raise _Stop
        if self.begun:
            try:
                self._body = BodyReader(self._room, self.headers)
            except UndecodableBody:
                self.failure = self.broken(UNDECODABLE)
                raise _Stop from None

    def on_body(self, data: bytes) -> None:
        if self._body is None:  # an interim response has none
            return
        try:
            self._body.add(data)
        except Exceeded as error:
            self._exceed(error.limit)
            raise _Stop from None
        except UndecodableBody:
            self.failure = self.broken(UNDECODABLE)
            raise _Stop from None

    def on_message_complete(self) -> None:
        if self.interim:  # such as 100 Continue, which precede the final one
            self.headers = {}
            return
        self.complete = True
        # The parser tells this only now, before it turns to the next message.
        self.keep = self._parser.should_keep_alive()

    def feed(self, data: bytes) -> bool:
        """Take the next bytes in; say whether more are needed."""
        limits, known = self._room.limits, self._raw
        self._raw += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # What comes behind a whole response is not part of it.
            self.keep = False
            if not self.complete and self.failure is None:
                tls = not known and data.startswith(_TLS_ALERT)
                self.failure = self.broken(TLS_PORT if tls else NOT_HTTP)
        if not self.complete and self.failure is None:
            if not self.begun and self._raw > limits.header_bytes:
                self._exceed("header_bytes")
            elif self._raw > limits.header_bytes + 2 * limits.body_bytes:
                # Whatever surrounds the pieces of a body is no longer than they are.
                self._exceed("body_bytes")
        return not self.complete and self.failure is None

    def end(self) -> bool:
        # Without a length the end of the connection is the end of the body.
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.begun and not framed

    def response(self) -> Response | Failure:
        try:
            body = b"" if self._body is None else self._body.whole()
        except Exceeded as error:
            return Failure(Fault.OVERSIZED, exceeded(self._room.limits, error.limit))
        except UndecodableBody:
            return self.broken(UNDECODABLE)
        return Response(self.status, self.headers, body)

    def done(self) -> None:
        if self._body is not None:
            self._body.done()
            self._body = None
