"""The HTTP/1.1 server: one protocol on a parser, answers in order, and faults on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http
import socket
import struct
import sys
import traceback
from collections import deque
from collections.abc import Awaitable, Callable

import httptools

from harness.mock import faults
from harness.mock.faults import Faults
from harness.mock.message import Call, Reply, body_of
from harness.mock.router import Router

BODY_BYTES_MOST = 8 * 1024 * 1024
HEAD_BYTES_MOST = 64 * 1024
WAITING_MOST = 64
HANG_SECONDS = 30.0
SLOW_SECONDS = 0.2
LINGER_SECONDS = 1.0
COPY_SECONDS = 0.2
OUTAGE_SECONDS = 0.05

_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}
_GATEWAY = Reply(
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n",
    status=502,
    media="text/html",
)


class Connection(asyncio.Protocol):
    """One client connection: requests are read as they come and answered one after another."""

    def __init__(self, router: Router, wire: Faults, door: Door) -> None:
        self._router = router
        self._wire = wire
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Call] = deque()
        self._task: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._broken = 0
        self._ended = False
        self._begin()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.peers.add(self)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what it cannot read is answered 400 once earlier answers are out."""
        if self._broken or self._ended:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request itself is whole and queued; what follows it is another protocol.
            self._ended = True
        except httptools.HttpParserError:
            self._broken = self._broken or 400
        if len(self._waiting) > WAITING_MOST:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """Answer what is still waiting when the client has stopped sending."""
        self._ended = True
        self._gone.set()
        return self._task is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of whoever waits for this client."""
        self._door.peers.discard(self)
        self._writable.set()
        self._waiting.clear()
        self._gone.set()

    def pause_writing(self) -> None:
        """Stop answering while the client does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on answering."""
        self._writable.set()

    # What the parser calls.

    def _begin(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Collect the target, which may come in pieces."""
        self._target += url
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header."""
        self._count_head(len(name) + len(value))
        self._headers[_lower(name)] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Ask for the body of a client that waits for leave to send it."""
        if self._headers.get("expect", "").lower() == "100-continue" and self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Collect the body, up to the limit."""
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MOST:
            self._broken = self._broken or 413
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Put the request into the queue."""
        if self._broken:
            return
        path, _, query = self._target.decode("latin-1").partition("?")
        self._waiting.append(
            Call(
                self._parser.get_method().decode("latin-1"),
                path,
                query,
                self._headers,
                b"".join(self._body),
                self._parser.should_keep_alive(),
            )
        )

    def _count_head(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > HEAD_BYTES_MOST:
            self._broken = self._broken or 431

    # How requests are answered.

    def _wake(self) -> None:
        if self._task is None and (self._waiting or self._broken):
            self._task = self._loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting and not self._transport.is_closing():
                call = self._waiting.popleft()
                if not self._waiting:
                    self._transport.resume_reading()
                await self._serve(call)
                await self._writable.wait()
            if self._transport.is_closing():
                return
            if self._broken:
                self._send(Reply(f"{self._broken}\n", self._broken, "text/plain"), last=True)
                # Closing immediately could reset the connection before the client has read the
                # response.
                self._loop.call_later(LINGER_SECONDS, self._transport.close)
            elif self._ended:
                self._transport.close()
        finally:
            self._task = None

    async def _serve(self, call: Call) -> None:
        kind = self._wire.draw()
        if kind in (faults.RESET_BEFORE, faults.OUTAGE):
            if kind == faults.OUTAGE:
                self._door.shut()
            self._reset()
            return
        if kind == faults.DUPLICATE:
            await self._handled(call)
        reply = await self._handled(call)
        if kind is not None:
            await self._suffer(kind, call, reply)
        elif not self._transport.is_closing():
            self._reply(call, reply)

    async def _handled(self, call: Call) -> Reply:
        try:
            return await self._router.response(call)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return Reply("internal error\n", status=500, media="text/plain")

    async def _suffer(self, kind: str, call: Call, reply: Reply) -> None:
        """Send a response the way a fault would have it; the request has taken effect."""
        if kind == faults.RESET_AFTER:
            self._reset()
        elif kind == faults.HANG_AFTER:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._gone.wait(), HANG_SECONDS)
            self._reset()
        elif kind == faults.TRUNCATE:
            whole = _encode(reply, last=True)
            self._transport.write(whole[: len(whole) - max(1, len(body_of(reply)) // 2)])
            self._transport.close()
        elif kind == faults.GATEWAY_AFTER:
            self._reply(call, _GATEWAY)
        elif kind in (faults.DUPLICATE, faults.DELAYED_DUPLICATE):
            self._reply(call, reply)
            if kind == faults.DELAYED_DUPLICATE:
                self._door.later(COPY_SECONDS, lambda: self._handled(call))
        else:
            await asyncio.sleep(SLOW_SECONDS)
            self._reply(call, reply)

    def _reply(self, call: Call, reply: Reply) -> None:
        last = not call.keep_alive
        self._send(reply, last=last, bodiless=call.method == "HEAD")
        if last:
            self._transport.close()

    def _send(self, reply: Reply, *, last: bool, bodiless: bool = False) -> None:
        if not self._transport.is_closing():
            self._transport.write(_encode(reply, last=last, bodiless=bodiless))

    def _reset(self) -> None:
        """Close so that the client sees a reset and not an orderly end."""
        if self._transport.is_closing():
            return
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def abort(self) -> None:
        """Drop the connection and whatever is under way on it."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()


class Door:
    """Where connections come in: who is inside, and a listener that can be shut for a while."""

    def __init__(self) -> None:
        self.peers: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._make: Callable[[], Connection] | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[object]] = set()

    async def open(self, make: Callable[[], Connection], port: int) -> int:
        """Listen on a port of 127.0.0.1, any free one for 0, and return it."""
        self._make = make
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(make, "127.0.0.1", port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    def shut(self) -> None:
        """Refuse new connections for a while; those that are inside stay."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.later(OUTAGE_SECONDS, self._reopened)

    async def _reopened(self) -> None:
        assert self._make is not None
        while self._server is None:
            # For a moment the port may be in use by another process's outgoing connection.
            with contextlib.suppress(OSError):
                await self.open(self._make, self._port)
            await asyncio.sleep(0.01)

    def later(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Do something after a while, also when who asked for it has gone."""

        async def wait() -> object:
            await asyncio.sleep(seconds)
            return await work()

        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Shut for good and drop whoever is inside."""
        server = self._server
        for task in tuple(self._tasks):
            task.cancel()
        if server is not None:
            server.close()
        for peer in tuple(self.peers):
            peer.abort()
        if server is not None:
            await server.wait_closed()


@functools.lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _encode(reply: Reply, *, last: bool, bodiless: bool = False) -> bytes:
    body = body_of(reply)
    head = f"content-type: {reply.media}\r\ncontent-length: {len(body)}\r\n"
    for name, value in reply.headers:
        head += f"{name}: {value}\r\n"
    head += "connection: close\r\n\r\n" if last else "\r\n"
    return _LINES[reply.status] + head.encode("latin-1") + (b"" if bodiless else body)


async def serve(
    router: Router, wire: Faults, *, port: int = 0, stop: asyncio.Event, ready: asyncio.Future[int]
) -> None:
    """Serve on 127.0.0.1 until `stop` is set; `ready` is given the port once it is bound."""
    door = Door()
    ready.set_result(await door.open(lambda: Connection(router, wire, door), port))
    try:
        await stop.wait()
    finally:
        await door.close()
