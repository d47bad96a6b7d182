"""The HTTP/1.1 server: each connection responds to its requests one after another."""

from __future__ import annotations

import asyncio

from harness.mock.faults import Faults
from harness.mock.listener import Listener
from harness.mock.request_reader import RequestReader
from harness.mock.responder import Responder
from harness.mock.router import Router

WAITING_MOST = 64
LINGER_SECONDS = 1.0


class Connection(asyncio.Protocol):
    """One client connection: reads requests as they come and responds in their order."""

    def __init__(self, router: Router, wire: Faults, listener: Listener) -> None:
        self._router = router
        self._wire = wire
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(self._invite_body)
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._responder = Responder(self._router, self._wire, self._listener, transport)
        self._listener.peers.add(self)

    def data_received(self, data: bytes) -> None:
        """Read requests; unparseable bytes get status 400 after the responses before them."""
        if self._reader.failure or self._reader.ended:
            return
        self._reader.feed(data)
        if len(self._reader.waiting) > WAITING_MOST:
            self._transport.pause_reading()
        if self._task is None and (self._reader.waiting or self._reader.failure):
            self._task = self._loop.create_task(self._work())

    def eof_received(self) -> bool:
        """Respond to what is still waiting when the client has stopped sending."""
        self._reader.ended = True
        self._responder.client_gone.set()
        return self._task is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Release everything that waits for this client."""
        self._listener.peers.discard(self)
        self._writable.set()
        self._reader.waiting.clear()
        self._responder.client_gone.set()

    def pause_writing(self) -> None:
        """Stop responding while the client does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on responding."""
        self._writable.set()

    def abort(self) -> None:
        """Drop the connection and whatever is under way on it."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _invite_body(self) -> None:
        if self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _work(self) -> None:
        reader, responder, transport = self._reader, self._responder, self._transport
        try:
            while reader.waiting and not transport.is_closing():
                request = reader.waiting.popleft()
                if not reader.waiting:
                    transport.resume_reading()
                await responder.respond(request)
                await self._writable.wait()
            if transport.is_closing():
                return
            if reader.failure:
                responder.refuse(reader.failure)
                # Closing immediately could reset the connection before the client has read the
                # response.
                self._loop.call_later(LINGER_SECONDS, transport.close)
            elif reader.ended:
                transport.close()
        finally:
            self._task = None


async def serve(
    router: Router, wire: Faults, *, port: int = 0, stop: asyncio.Event, ready: asyncio.Future[int]
) -> None:
    """Serve on 127.0.0.1 until `stop` is set; `ready` is given the port once it is bound."""
    listener = Listener()
    ready.set_result(await listener.open(lambda: Connection(router, wire, listener), port))
    try:
        await stop.wait()
    finally:
        await listener.close()
