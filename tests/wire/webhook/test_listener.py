"""The server that takes a vendor's requests: every form of body, and every end of a connection."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from urllib.parse import urlsplit

import pytest

from harness.model.exchange import Request, Response
from harness.wire.webhook import listener as under_test
from harness.wire.webhook.listener import Listener


@dataclass
class Kept:
    """What a receiver was given; it raises `error` where there is one."""

    response: Response = field(
        default_factory=lambda: Response(202, {"content-type": "application/json"}, b"{}")
    )
    requests: list[tuple[Request, str]] = field(default_factory=list)
    lost: Event = field(default_factory=Event)
    error: Exception | None = None

    def take(self, request: Request, received_ns: int, unread: str) -> str:
        """Keep a request."""
        if self.error is not None:
            raise self.error
        self.requests.append((request, unread))
        return f"w{len(self.requests)}"

    def unresponded(self, name: str) -> None:
        """Keep that a response was lost."""
        self.lost.set()


@pytest.fixture
def kept() -> Kept:
    """Return a receiver."""
    return Kept()


@pytest.fixture(params=["127.0.0.1", "::1"])
def opened(request: pytest.FixtureRequest, kept: Kept) -> Iterator[Listener]:
    """Yield a listener that serves, on IPv4 and on IPv6."""
    try:
        listener = Listener(request.param, 0)
    except OSError:
        pytest.skip(f"no {request.param} on this machine")
    listener.open(kept)
    yield listener
    listener.close()


def connect(listener: Listener) -> socket.socket:
    """Return a connection to a listener."""
    at = urlsplit(listener.address)
    return socket.create_connection((at.hostname or "", at.port or 0), timeout=10)


def test_requests_of_one_connection_are_taken_and_responded_to(
    opened: Listener, kept: Kept
) -> None:
    """A length, chunks, an encoding, no body; the connection stays open."""
    at = urlsplit(opened.address)
    client = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
    for body, headers in (
        (b'{"a":1}', {"X-Sign": "s"}),
        (gzip.compress(b'{"b":2}'), {"Content-Encoding": "gzip"}),
        (b"", {}),
    ):
        client.request("POST", "/hook?x=1", body, headers)
        response = client.getresponse()
        assert (response.status, response.read()) == (202, b"{}")
    client.request("PUT", "/hook", iter([b'{"c', b'":3}']), encode_chunked=True)
    assert client.getresponse().read() == b"{}"
    client.close()
    bodies = [request.body for request, _ in kept.requests]
    assert bodies == [b'{"a":1}', b'{"b":2}', b"", b'{"c":3}']
    first, unread = kept.requests[0]
    assert (first.method, first.path, unread) == ("POST", "/hook?x=1", "")
    assert ("X-Sign", "s") in first.headers


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("Content-Length: 5\r\n\r\n{", "breaks off"),
        ("Content-Length: x\r\n\r\n", "has x bytes"),
        ("Content-Length: 999999999\r\n\r\n", "has 999999999 bytes"),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "chunks are malformed"),
        ("Transfer-Encoding: chunked\r\n\r\nffffff\r\n", "has more than"),
        ("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "encoding"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(
    opened: Listener, kept: Kept, head: str, says: str
) -> None:
    """It may have been an announcement, so it is never lost."""
    with connect(opened) as client:
        client.sendall(f"POST / HTTP/1.1\r\nHost: h\r\n{head}".encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    ((_, unread),) = kept.requests
    assert says in unread


def test_a_sender_that_goes_away_is_told(
    opened: Listener, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may send again what it does not know to have arrived."""

    def fail(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(under_test._Handler, "_respond", fail)
    with connect(opened) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        assert client.recv(4096) == b""
    assert kept.lost.wait(10)


def test_what_breaks_the_receiver_is_raised_at_the_end(kept: Kept) -> None:
    """A mistake of ours is no silence of the vendor."""
    listener = Listener("127.0.0.1", 0)
    kept.error = ZeroDivisionError("by design")
    listener.open(kept)
    with connect(listener) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        assert client.recv(4096) == b""
    with pytest.raises(ZeroDivisionError):
        listener.close()


def test_a_port_that_is_taken_is_an_error() -> None:
    """It is known before the run begins."""
    first = Listener("127.0.0.1", 0)
    port = urlsplit(first.address).port or 0
    with pytest.raises(OSError, match="in use"):
        Listener("127.0.0.1", port)
    first.close()
