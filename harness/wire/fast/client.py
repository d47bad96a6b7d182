"""The transport of a load, in one process of greenlets: each request is sent once, never again."""

from __future__ import annotations

import time
from typing import Any

from gevent import socket
from gevent.monkey import get_original

from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.target import USUAL, Limits
from harness.wire.connection.cause import cause_of
from harness.wire.connection.route import Route, secured
from harness.wire.connection.stream import Connection, Leave
from harness.wire.message.encoding import encoded
from harness.wire.message.framing import framed, request_head
from harness.wire.message.response_reader import Room

_ADDRESS_SECONDS = 30.0
# Servers close idle connections after five seconds or more; one that is about to close is a risk
# that a fresh one is not.
_IDLE_SECONDS_MAX = 4.0
_poll = get_original("select", "poll")


class LoadClient:
    """A pool of keep-alive connections to one target, for any number of greenlets.

    It asks for bodies as they are: the server is measured, and no decoder.

    It follows no redirect, keeps no cookie, repeats nothing and trusts only valid certificates.
    `deadline_seconds` bounds connecting, sending and the complete response together, `limits` what
    is read of it. `connects` counts the connections made.
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
        while (connection := self._rested()) is not None:
            if now - connection.rested < _IDLE_SECONDS_MAX and connection.quiet():
                return connection
            connection.socket.close()
        return Connection(self._connect(until), self._room, _poll)

    def _rested(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

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
