"""A server that does to each connection whatever a test says, with its bare socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Act = Callable[[socket.socket], None]
"""What is done to a connection, which is closed then."""

_PIECE = 65_536


@contextmanager
def playing(act: Act) -> Iterator[str]:
    """Do the act to every connection on a free local port; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def play(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            act(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=play, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def sends(head: bytes, *rest: bytes, again: bytes = b"", pause: float = 0.0) -> Act:
    """Return an act: send these bytes, then one more piece again and again, which may drip."""
    still = threading.Event()

    def act(connection: socket.socket) -> None:
        for data in (head, *rest):
            connection.sendall(data)
        many = again if pause else again * (_PIECE // max(1, len(again)) + 1)
        while again:
            still.wait(pause)
            connection.sendall(many)

    return act


def waits(connection: socket.socket) -> None:
    """Read until the client has closed the connection."""
    while connection.recv(_PIECE):
        pass
