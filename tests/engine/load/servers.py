"""Small servers that misbehave in one way each, and count what they saw."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Seen:
    """What a server saw: whole requests, and connections."""

    base_url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


Responding = Callable[[socket.socket, bytes], bool]
"""Respond to one request; false closes the connection."""


def read_request(connection: socket.socket) -> bytes | None:
    """Return one whole request, None at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(response: Responding, context: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """Serve on a free local port until the block ends."""
    seen = Seen()
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "http" if context is None else "https"
    host = "127.0.0.1" if context is None else "localhost"
    seen.base_url = f"{scheme}://{host}:{listener.getsockname()[1]}/api"

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            connection = plain
            if context is not None:
                connection = context.wrap_socket(plain, server_side=True)
            with connection:
                while (request := read_request(connection)) is not None:
                    seen.requests.append(request)
                    if not response(connection, request):
                        break

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                seen.connections += 1
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield seen
    finally:
        listener.close()


def always(data: bytes, keep: bool = True) -> Responding:
    """Return a responder that always sends these bytes."""

    def response(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(data)
        return keep

    return response
