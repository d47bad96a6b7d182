"""An HTTP server that takes the requests of a vendor, on threads beside the run."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from harness.model.exchange import Request, Response
from harness.model.target import USUAL
from harness.wire.message.encoding import UndecodableBody, decoded
from harness.wire.message.nesting import is_deeper

BODY_BYTES_MAX = 1 << 20
_IDLE_SECONDS = 30.0
_TICK_NS = 50_000_000
_LINE_MAX = 1024


class Receiver(Protocol):
    """Who takes the requests; from any thread."""

    response: Response

    def take(self, request: Request, received_ns: int, unread: str) -> str:
        """Keep a request and return its id; `unread` says what keeps its body from being read."""
        ...

    def unresponded(self, name: str) -> None:
        """Learn that the sender of a request did not get the whole response."""
        ...


class Listener:
    """Holds a port from the start, and serves what comes there once it is opened.

    `port` 0 is any free one; `address` is what it became. `stalled_ns` is the longest time for
    which a busy machine kept the process from its work. Raises OSError where the port is taken.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (_Server6 if ":" in host else _Server)((host, port), _Handler)
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self._server.server_address[1]}"
        self.stalled_ns = 0
        self._closed = threading.Event()

    def open(self, receiver: Receiver) -> None:
        """Serve requests until the listener is closed."""
        self._server.receiver = receiver
        serve = partial(self._server.serve_forever, poll_interval=_TICK_NS / 1e9)
        for work in (serve, self._watch):
            threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Serve no more; raises what broke the receiver."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._server.receiver is not None:
            self._server.shutdown()
        self._server.server_close()
        if self._server.broken is not None:
            raise self._server.broken

    def _watch(self) -> None:
        began = time.monotonic_ns()
        while not self._closed.wait(_TICK_NS / 1e9):
            now = time.monotonic_ns()
            self.stalled_ns = max(self.stalled_ns, now - began - _TICK_NS)
            began = now


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    receiver: Receiver | None = None
    broken: BaseException | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what broke the receiver; a connection that ends is nobody's mistake."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.broken = self.broken or error


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Unreadable(Exception):
    """A body cannot be read; the text says why."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a vendor."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "loyalty-harness", ""
    timeout = _IDLE_SECONDS
    server: _Server

    def _take(self) -> None:
        received_ns, unread, body = time.monotonic_ns(), "", b""
        try:
            encodings = self.headers.get("content-encoding", "")
            body = decoded(b"".join(self._read()), encodings, BODY_BYTES_MAX)
            if is_deeper(body, USUAL.nesting):
                unread = f"its body is nested more than {USUAL.nesting} levels deep"
        except (_Unreadable, UndecodableBody) as error:
            unread, self.close_connection = str(error), True
        receiver = self.server.receiver
        assert receiver is not None
        request = Request(self.command, self.path, tuple(self.headers.items()), body)
        name = receiver.take(request, received_ns, unread)
        try:
            self._respond(receiver.response)
        except OSError:
            receiver.unresponded(name)
            raise

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815

    def _read(self) -> Iterator[bytes]:
        """Yield the body in parts; raises _Unreadable."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
            return
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            raise _Unreadable(f"its body has {length} bytes")
        yield self._exactly(int(length))

    def _chunks(self) -> Iterator[bytes]:
        left = BODY_BYTES_MAX
        while True:
            line = self.rfile.readline(_LINE_MAX).partition(b";")[0].strip()
            try:
                size = int(line, 16)
            except ValueError:
                raise _Unreadable("its chunks are malformed") from None
            left -= size
            if left < 0 or size < 0:
                raise _Unreadable(f"its body has more than {BODY_BYTES_MAX} bytes")
            if not size:
                break
            yield self._exactly(size)
            self.rfile.readline(_LINE_MAX)
        while self.rfile.readline(_LINE_MAX).strip():
            pass  # trailers

    def _exactly(self, count: int) -> bytes:
        data = self.rfile.read(count)
        if len(data) < count:
            raise _Unreadable("its body breaks off")
        return data

    def _respond(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
