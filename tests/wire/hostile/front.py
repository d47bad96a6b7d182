"""A front before a correct server, which meets some of the requests itself, and never well."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.engine.load.servers import read_request
from tests.wire.hostile.acts import Hostile
from tests.wire.hostile.server import playing


@contextmanager
def fronting(address: str, ways: Sequence[Hostile], first: int, every: int) -> Iterator[str]:
    """Stand before the server at an address; yield the front's own address.

    The first requests get through; then one of so `many` is met by the next of the ways.
    """
    numbers = itertools.count()
    turns = itertools.cycle(ways)
    upstream = urlsplit(address)

    def act(connection: socket.socket) -> None:
        with socket.create_connection((upstream.hostname, upstream.port)) as server:
            while (request := read_request(connection)) is not None:
                number = next(numbers)
                if number >= first and number % every == 0:
                    next(turns).act(connection)
                    return
                server.sendall(request)
                if not (response := _response(server)):
                    return
                connection.sendall(response)

    with playing(act) as front:
        yield front


def _response(server: socket.socket) -> bytes:
    """Return one response of the server, which says how long it is; nothing if it closes."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = server.recv(65_536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < left:
        body += server.recv(65_536)
    return head + b"\r\n\r\n" + body
