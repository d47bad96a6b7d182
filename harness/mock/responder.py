"""Handles the requests of one connection and writes their responses, with the network's faults."""

from __future__ import annotations

import asyncio
import contextlib
import http
import socket
import struct
import sys
import traceback

from harness.mock import faults
from harness.mock.faults import Faults
from harness.mock.listener import Listener
from harness.mock.message import Reply, Request, body_of
from harness.mock.router import Router

HANG_SECONDS = 30.0
SLOW_SECONDS = 0.2
DUPLICATE_SECONDS = 0.2

_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}
_GATEWAY = Reply(
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n",
    status=502,
    media="text/html",
)


class Responder:
    """Responds on one connection; `client_gone` is set when the client sends no more."""

    def __init__(
        self, router: Router, wire: Faults, listener: Listener, transport: asyncio.Transport
    ) -> None:
        self.client_gone = asyncio.Event()
        self._router = router
        self._wire = wire
        self._listener = listener
        self._transport = transport

    async def respond(self, request: Request) -> None:
        """Handle a request and send its response, or what a network fault leaves of it."""
        kind = self._wire.draw()
        if kind in (faults.RESET_BEFORE, faults.OUTAGE):
            if kind == faults.OUTAGE:
                self._listener.shut()
            self._reset()
            return
        if kind == faults.DUPLICATE:
            await self._handle(request)
        reply = await self._handle(request)
        if kind is not None:
            await self._send_with_fault(kind, request, reply)
        elif not self._transport.is_closing():
            self._send(request, reply)

    def refuse(self, status: int) -> None:
        """Send the last response of a connection whose bytes could not be read."""
        self._write(Reply(f"{status}\n", status, "text/plain"), last=True)

    async def _handle(self, request: Request) -> Reply:
        try:
            return await self._router.response(request)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return Reply("internal error\n", status=500, media="text/plain")

    async def _send_with_fault(self, kind: str, request: Request, reply: Reply) -> None:
        """Send a response under a network fault; the request has taken effect."""
        if kind == faults.RESET_AFTER:
            self._reset()
        elif kind == faults.HANG_AFTER:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.client_gone.wait(), HANG_SECONDS)
            self._reset()
        elif kind == faults.TRUNCATE:
            whole = _encode(reply, last=True)
            self._transport.write(whole[: len(whole) - max(1, len(body_of(reply)) // 2)])
            self._transport.close()
        elif kind == faults.GATEWAY_AFTER:
            self._send(request, _GATEWAY)
        elif kind in (faults.DUPLICATE, faults.DELAYED_DUPLICATE):
            self._send(request, reply)
            if kind == faults.DELAYED_DUPLICATE:
                self._listener.later(DUPLICATE_SECONDS, lambda: self._handle(request))
        else:
            await asyncio.sleep(SLOW_SECONDS)
            self._send(request, reply)

    def _send(self, request: Request, reply: Reply) -> None:
        last = not request.keep_alive
        self._write(reply, last=last, bodiless=request.method == "HEAD")
        if last:
            self._transport.close()

    def _write(self, reply: Reply, *, last: bool, bodiless: bool = False) -> None:
        if not self._transport.is_closing():
            self._transport.write(_encode(reply, last=last, bodiless=bodiless))

    def _reset(self) -> None:
        """Close so that the client sees a reset and not an orderly end."""
        if self._transport.is_closing():
            return
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def _encode(reply: Reply, *, last: bool, bodiless: bool = False) -> bytes:
    body = body_of(reply)
    head = f"content-type: {reply.media}\r\ncontent-length: {len(body)}\r\n"
    for name, value in reply.headers:
        head += f"{name}: {value}\r\n"
    head += "connection: close\r\n\r\n" if last else "\r\n"
    return _LINES[reply.status] + head.encode("latin-1") + (b"" if bodiless else body)
