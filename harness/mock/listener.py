"""The listening socket of a mock, which a network fault can close for a while."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

OUTAGE_SECONDS = 0.05


class Peer(Protocol):
    """A connection as the listener knows it."""

    def abort(self) -> None:
        """Drop the connection and whatever is under way on it."""


class Listener:
    """Accepts connections on a port of 127.0.0.1; `peers` are those that are open."""

    def __init__(self) -> None:
        self.peers: set[Peer] = set()
        self._server: asyncio.Server | None = None
        self._make: Callable[[], asyncio.Protocol] | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[object]] = set()

    async def open(self, make: Callable[[], asyncio.Protocol], port: int) -> int:
        """Listen on a port, any free one for 0, and return it."""
        self._make = make
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(make, "127.0.0.1", port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    def shut(self) -> None:
        """Refuse new connections for a while; open ones stay."""
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
        """Do some work after a while, even when the connection it came from has closed."""

        async def wait() -> object:
            await asyncio.sleep(seconds)
            return await work()

        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop listening and drop every open connection."""
        server = self._server
        for task in tuple(self._tasks):
            task.cancel()
        if server is not None:
            server.close()
        for peer in tuple(self.peers):
            peer.abort()
        if server is not None:
            await server.wait_closed()
