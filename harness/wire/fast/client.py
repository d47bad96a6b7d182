"""A thin HTTP/1.1 client over gevent sockets that sends each request once and never again."""

from __future__ import annotations

import re
import time
from select import POLLIN
from typing import Any
from urllib.parse import urlsplit

import httptools
from gevent import Timeout, socket
from gevent.monkey import get_original

from harness.model.exchange import Failure, Fault, Request, Response
from harness.wire.connection.cause import (
    CLOSED,
    CUT,
    NOT_HTTP,
    SLOW,
    TLS_PORT,
    UNCONNECTED,
    UNDECODABLE,
    cause_of,
)
from harness.wire.connection.route import Route, secured
from harness.wire.message.encoding import UndecodableBody, decoded, encoded
from harness.wire.transport import Leave, separator

_READ_BYTES = 65_536
_ADDRESS_SECONDS = 30.0
# Servers close idle connections after five seconds or more; one that is about to close is a risk
# that a fresh one is not.
_IDLE_SECONDS_MAX = 4.0
_HEAD = b"HEAD "
_poll = get_original("select", "poll")
_BREAK = re.compile("[\r\n\0]")
_USUAL = {"user-agent": "loyalty-harness", "accept": "*/*", "accept-encoding": "identity"}
_TLS_ALERT = b"\x15\x03"
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class _Reply:
    """Collects the responses of one connection, one at a time, as the parser calls back."""

    __slots__ = ("begun", "body", "complete", "headers", "interim", "keep", "parser")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.begun = False
        self.interim = False
        self.complete = False
        self.keep = False
        self.parser = httptools.HttpResponseParser(self)

    def reset(self) -> None:
        self.headers, self.body = {}, []
        self.begun = self.interim = self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key in self.headers:
            text = f"{self.headers[key]}{separator(key)}{text}"
        self.headers[key] = text

    def on_headers_complete(self) -> None:
        self.interim = 100 <= self.parser.get_status_code() < 200
        self.begun = not self.interim

    def on_body(self, data: bytes) -> None:
        self.body.append(data)

    def on_message_complete(self) -> None:
        if self.interim:
            # Interim responses such as 100 Continue precede the final one.
            self.headers = {}
        else:
            self.complete = True
            # The parser tells this only now, before it turns to the next message.
            self.keep = self.parser.should_keep_alive()

    def framed(self) -> bool:
        """Say whether the headers tell where the body ends."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers

    def failure(self, cause: str) -> Failure:
        return Failure(Fault.TRUNCATED if self.begun else Fault.RESET, cause)

    def response(self) -> Response | Failure:
        body = self.body[0] if len(self.body) == 1 else b"".join(self.body)
        if "content-encoding" in self.headers:
            try:
                body = decoded(body, self.headers["content-encoding"])
            except UndecodableBody:
                return self.failure(UNDECODABLE)
        return Response(self.parser.get_status_code(), self.headers, body)


class _Connection:
    """One keep-alive connection; not shared between greenlets.

    `keep` says whether the server will take another request on it.
    """

    __slots__ = ("_poll", "_reply", "keep", "rested", "socket")

    def __init__(self, connected: Any) -> None:
        self.socket = connected
        self.keep = False
        self.rested = 0.0
        self._reply = _Reply()
        # poll has no limit on descriptor numbers, unlike select.
        self._poll = _poll()
        self._poll.register(connected.fileno(), POLLIN)

    def quiet(self) -> bool:
        """Say whether nothing has come in since the last response: neither bytes nor the end."""
        return not self._poll.poll(0)

    def write(self, data: bytes) -> None:
        sent = self.socket.send(data)
        if sent < len(data):
            self.socket.sendall(data[sent:])

    def read(self, sent: bytes) -> Response | Failure:
        self.keep = False
        reply = self._reply
        reply.reset()
        receive, feed = self.socket.recv, reply.parser.feed_data
        try:
            while not reply.complete:
                if reply.begun and sent.startswith(_HEAD):
                    # The headers tell of a body that does not come, and the parser waits for it.
                    return reply.response()
                data = receive(_READ_BYTES)
                if not data and reply.begun and not reply.framed():
                    # Without a length the end of the connection is the end of the body.
                    return reply.response()
                if not data:
                    return reply.failure(CUT if reply.begun else CLOSED)
                feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return reply.failure(TLS_PORT if data.startswith(_TLS_ALERT) else NOT_HTTP)
        except OSError as error:
            return reply.failure(cause_of(error))
        self.keep = reply.keep
        return reply.response()


class LoadClient:
    """A pool of keep-alive connections to one address; for one process of greenlets.

    `deadline_seconds` bounds connecting, sending and the complete response together. Certificates
    are verified. Redirects are not followed, cookies are ignored, and nothing is sent again.
    """

    def __init__(self, route: Route, deadline_seconds: float) -> None:
        self.route = route
        self._deadline = deadline_seconds
        self._idle: list[_Connection] = []
        self._addresses: list[Any] = []
        self._resolved = float("-inf")
        self.connects = 0

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send a request once and return what came of it."""
        data = framed(request_head(request, self.route), encoded(request))
        return self.exchange(data, leave)

    def exchange(self, data: bytes, leave: Leave | None = None) -> Response | Failure:
        """Send the bytes of a complete request once and return what came of them."""
        connection: _Connection | None = None
        result: Response | Failure = Failure(Fault.UNSENT, UNCONNECTED)
        timeout = Timeout.start_new(self._deadline)
        try:
            connection = self._connection()
            if leave is not None:
                leave()
            result = Failure(Fault.TIMEOUT, SLOW)
            connection.write(data)
            result = connection.read(data)
        except Timeout as passed:
            if passed is not timeout:
                raise
            # Before the first byte nothing has happened; after it everything may have.
        except OSError as error:
            sent = connection is not None
            result = Failure(Fault.RESET if sent else Fault.UNSENT, cause_of(error))
        finally:
            timeout.close()
            if connection is not None:
                self._put_back(connection)
        return result

    def close(self) -> None:
        """Close the connections that wait."""
        while self._idle:
            self._idle.pop().socket.close()

    def _put_back(self, connection: _Connection) -> None:
        if connection.keep:
            connection.rested = time.monotonic()
            self._idle.append(connection)
        else:
            connection.socket.close()

    def _connection(self) -> _Connection:
        now = time.monotonic()
        while self._idle:
            connection = self._idle.pop()
            if now - connection.rested < _IDLE_SECONDS_MAX and connection.quiet():
                connection.keep = False
                return connection
            connection.socket.close()
        return _Connection(self._connect(now))

    def _connect(self, now: float) -> Any:
        self.connects += 1
        if now - self._resolved > _ADDRESS_SECONDS:
            self._addresses = socket.getaddrinfo(*self.route.hop, 0, socket.SOCK_STREAM)
            self._resolved = now
        error: OSError | None = None
        for family, kind, protocol, _, address in self._addresses:
            plain = socket.socket(family, kind, protocol)
            try:
                plain.connect(address)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return secured(plain, self.route)
            except OSError as problem:
                plain.close()
                error = problem
            except BaseException:
                plain.close()
                raise
        self._resolved = float("-inf")
        raise error or OSError(f"{self.route.address} has no address")


def request_head(request: Request, route: Route) -> bytes:
    """Return everything before the number of the body's bytes.

    Raises ValueError for a header that would break out of its line.
    """
    parts = urlsplit(route.base_url)
    # A proxy that forwards requests is told the whole address.
    start = f"http://{route.address}" if route.forwards else ""
    lines = [
        f"{request.method} {start}{parts.path.rstrip('/')}{request.path} HTTP/1.1",
        f"host: {parts.netloc.rpartition('@')[2]}",
    ]
    usual = dict(_USUAL)
    if route.forwards and route.proxy is not None and route.proxy.authorization:
        lines.append(f"proxy-authorization: {route.proxy.authorization}")
    for name, value in request.headers:
        line, key = f"{name}: {value}", name.lower()
        if _BREAK.search(line):
            raise ValueError(f"the header {name!r} holds a line break")
        if key not in _OWN:
            lines.append(line)
            usual.pop(key, None)
    lines += [f"{name}: {value}" for name, value in usual.items()]
    # Header text is Latin-1 by tradition; what lies beyond goes as UTF-8, as other clients do.
    text = "\r\n".join([*lines, "content-length: "])
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def framed(head: bytes, body: bytes) -> bytes:
    """Return the bytes of a request from its head, which ends before the length, and its body."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)
