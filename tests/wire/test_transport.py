from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from harness.model.exchange import Failure, Fault, Request, Response
from harness.wire.connection.cause import CLOSED, CUT, SLOW, UNDECODABLE
from harness.wire.connection.route import Route
from harness.wire.transport import Transport
from tests.wire.encodings import BROKEN, ENCODED, PLAIN, encoded

POST = Request("POST", "/earn", (("content-type", "text/plain"),), b"n=5")
GET = Request("GET", "/balance", (), b"")
Serve = Callable[[socket.socket], None]


def _read(connection: socket.socket) -> bytes:
    """Read one whole request of this test; closing with bytes unread would reset instead."""
    seen = b""
    while not seen.endswith(POST.body):
        more = connection.recv(65536)
        if not more:
            return b""
        seen += more
    return seen


class Server:
    """Accepts connections on a free port, hands each to `serve`, counts the requests it read."""

    def __init__(self, serve: Serve) -> None:
        self.requests = 0
        self.seen: list[bytes] = []
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if request := _read(connection):
                    self.requests += 1
                    self.seen.append(request)
                    self._serve(connection)

    def close(self) -> None:
        """Accept no more."""
        self._socket.close()


@contextmanager
def serving(serve: Serve, deadline_seconds: float = 2.0) -> Iterator[tuple[Server, Transport]]:
    """Yield a server that responses so, and a transport to it."""
    server = Server(serve)
    transport = Transport(Route(server.url), deadline_seconds)
    yield server, transport
    transport.close()
    server.close()


def drip(connection: socket.socket) -> None:
    """Respond in pieces, so that no single wait is long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
    for _ in range(30):
        time.sleep(0.1)
        try:
            connection.sendall(b"x")
        except OSError:
            return


@pytest.mark.parametrize(
    ("serve", "fault", "cause"),
    [
        (lambda connection: None, Fault.RESET, CLOSED),
        (
            lambda connection: connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
            ),
            Fault.TRUNCATED,
            CUT,
        ),
        (lambda connection: time.sleep(0.8), Fault.TIMEOUT, SLOW),
        (drip, Fault.TIMEOUT, SLOW),
    ],
    ids=["closed without a response", "cut in the body", "silent", "dripping"],
)
def test_each_way_to_fail_is_its_fault_and_nothing_is_sent_twice(
    serve: Serve, fault: Fault, cause: str
) -> None:
    """The server has read one request."""
    with serving(serve, deadline_seconds=0.5) as (server, transport):
        assert transport.send(POST) == Failure(fault, cause)
        assert server.requests == 1


def test_a_refused_connection_is_unsent() -> None:
    """No listener, no byte, no effect."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert Transport(Route(url), 1.0).send(POST) == Failure(Fault.UNSENT, "connection refused")


def test_redirects_are_responses_and_not_followed() -> None:
    """A redirected write would be a second request."""
    response = b"HTTP/1.1 307 Moved\r\nLocation: /else\r\ncontent-length: 0\r\n\r\n"
    with serving(lambda connection: connection.sendall(response)) as (server, transport):
        result = transport.send(POST)
        assert isinstance(result, Response)
        assert (result.status, result.headers["location"]) == (307, "/else")
        assert server.requests == 1


def test_cookies_are_not_sent_back() -> None:
    """A cookie would carry one request's credentials to the requests that are to have none."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nset-cookie: session=1; path=/\r\ncontent-length: 0\r\n"
            b"connection: close\r\n\r\n"
        )

    with serving(serve) as (server, transport):
        assert isinstance(transport.send(POST), Response)
        assert isinstance(transport.send(POST), Response)
    assert len(server.seen) == 2
    assert not any(b"cookie" in request.lower() for request in server.seen)


@pytest.mark.parametrize(("request_", "before"), [(POST, b"POST /earn "), (GET, b"")])
def test_a_request_of_a_race_has_its_connection_before_it_leaves(
    request_: Request, before: bytes
) -> None:
    """All that is still missing then is what the server cannot act without: the body, or a head."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        transport = Transport(Route(f"http://127.0.0.1:{listening.getsockname()[1]}"), 2.0)
        held: list[socket.socket] = []

        def leave() -> None:
            connection, _ = listening.accept()
            connection.settimeout(0.2)
            held.append(connection)
            with suppress(TimeoutError):
                while True:
                    came.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        response = transport.send(request_, leave)
        transport.close()
        held[0].close()
    assert isinstance(response, Response), (
        "the response waits in the socket until the rest has left"
    )
    assert bool(came) == bool(before)
    assert b"".join(came).startswith(before)
    assert POST.body not in b"".join(came)


@pytest.mark.parametrize("name", ENCODED)
def test_a_body_is_decoded_as_its_header_says(name: str) -> None:
    """Whatever was asked for: raw deflate, several members and several encodings too."""
    with serving(raw(encoded(name, ENCODED[name]))) as (_, transport):
        response = transport.send(POST)
    assert isinstance(response, Response)
    assert response.body.strip() == PLAIN


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_cannot_be_decoded_is_incomplete(name: str) -> None:
    """Cut, another encoding than it says, or an unknown one."""
    with serving(raw(encoded(name, BROKEN[name]))) as (_, transport):
        assert transport.send(POST) == Failure(Fault.TRUNCATED, UNDECODABLE)


def test_cookies_are_kept_apart() -> None:
    """A cookie may hold commas, and so its header is not joined by them."""
    cookies = "a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "b=2"
    head = "".join(f"Set-Cookie: {one}\r\n" for one in cookies) + "X: 1\r\nX: 2\r\n"
    with serving(raw(f"HTTP/1.1 204 None\r\n{head}\r\n".encode())) as (_, transport):
        response = transport.send(POST)
    assert isinstance(response, Response)
    assert response.headers["set-cookie"].split("\n") == list(cookies)
    assert response.headers["x"] == "1, 2"


def raw(data: bytes) -> Serve:
    """Return a server that sends these bytes."""
    return lambda connection: connection.sendall(data)
