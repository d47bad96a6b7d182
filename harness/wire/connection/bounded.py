"""Connections for httpx that are read no longer and no further than a response may take."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from harness.model.target import Limits
from harness.wire.connection.route import Route, open_connection
from harness.wire.message.response_body import Exceeded

_CONNECTIONS_MAX = 64
# Servers close idle connections after five seconds or more; one that is about to close is a risk
# that a fresh one is not.
_IDLE_SECONDS_MAX = 4.0
_TLS_ALERT = b"\x15\x03"


@dataclass(slots=True)
class Bounds:
    """What one exchange may take, and what its connection has seen.

    `until` is a moment of the monotonic clock. `begun`: the headers of the response are there;
    `sent`: bytes of the request may have left; `late`: the time was up; `ended`: the
    server closed the connection; `tls`: it speaks TLS where none is expected; `error`: what broke
    the connection.
    """

    until: float
    limits: Limits
    begun: bool = False
    sent: bool = False
    late: bool = False
    ended: bool = False
    tls: bool = False
    received: int = 0
    error: OSError | None = None

    def left(self) -> float:
        """Return the seconds that are left; raises TimeoutError without any."""
        left = self.until - time.monotonic()
        if left <= 0:
            self.late = True
            raise TimeoutError
        return left

    def require_room(self) -> None:
        """Raise Exceeded where more has come in than the limits allow."""
        limits = self.limits
        if not self.begun and self.received > limits.header_bytes:
            raise Exceeded("header_bytes")
        # Whatever surrounds the pieces of a body is no longer than they are.
        if self.received > limits.header_bytes + 2 * limits.body_bytes:
            raise Exceeded("body_bytes")

    def take(self, data: bytes) -> None:
        """Note what came in."""
        self.tls = self.tls or (not self.received and data.startswith(_TLS_ALERT))
        self.ended = not data
        self.received += len(data)


_CURRENT: ContextVar[Bounds] = ContextVar("bounds")


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Hold an exchange of this thread to its bounds."""
    token = _CURRENT.set(bounds)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class BoundedPool(httpx.BaseTransport):
    """A pool of keep-alive connections on one route, which takes HTTP from httpcore.

    The route makes the connections, through a proxy and with TLS where it has them.
    """

    def __init__(self, route: Route) -> None:
        self._pool = httpcore.ConnectionPool(
            max_connections=_CONNECTIONS_MAX,
            max_keepalive_connections=_CONNECTIONS_MAX,
            keepalive_expiry=_IDLE_SECONDS_MAX,
            retries=0,
            network_backend=_Backend(route),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request once; what breaks it is raised as it is."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Incoming(response.stream)
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Incoming(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, route: Route) -> None:
        self._route = route

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection on the route, whatever httpcore names as its host."""
        connection = open_connection(self._route, _CURRENT.get().left())
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(connection)


class _Stream(httpcore.NetworkStream):
    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._last = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, empty at the end.

        The last byte waits until more is asked for. Where it is not, something came in behind the
        response: such a connection is not used again, or it would be taken for the next response.
        """
        data, self._last = self._last, b""
        if data:
            return data
        bounds = _CURRENT.get()
        bounds.require_room()
        with self._timed(bounds):
            data = self._socket.recv(max_bytes)
        bounds.take(data)
        if len(data) > 1:
            data, self._last = data[:-1], data[-1:]
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all the bytes."""
        bounds = _CURRENT.get()
        try:
            while buffer:
                with self._timed(bounds):
                    bounds.sent = True
                    buffer = buffer[self._socket.send(buffer) :]
        except TimeoutError:
            raise
        except OSError as error:
            # A server may respond before it has read all: httpcore then reads what it says.
            raise httpcore.WriteError from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The route has TLS already where it has any."""
        raise NotImplementedError

    def get_extra_info(self, info: str) -> Any:
        """Say whether something has come in while the connection rested."""
        if info != "is_readable":
            return None
        if self._last or self._socket.fileno() < 0:
            return True
        # poll has no limit on descriptor numbers, unlike select.
        waiting = select.poll()
        waiting.register(self._socket.fileno(), select.POLLIN)
        return bool(waiting.poll(0))

    @contextmanager
    def _timed(self, bounds: Bounds) -> Iterator[None]:
        self._socket.settimeout(bounds.left())
        try:
            yield
        except TimeoutError:
            bounds.late = True
            raise
        except OSError as error:
            bounds.error = error
            raise
