"""The load client sends each request once and tells truly what came of it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.engine.load.servers import OK, Responding, always, serving
from tests.wire.encodings import BROKEN, ENCODED, PLAIN, encoded

Sent = tuple[str, str, str]


def send(
    base_url: str,
    *requests: Sent,
    deadline: float = 5.0,
    environment: dict[str, str] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Send the requests one after the other from a child process."""
    job = {"base_url": base_url, "deadline": deadline, "requests": requests, **extra}
    done = subprocess.run(
        [sys.executable, "-m", "gevent.monkey", "--module", "tests.engine.load.sender"],
        input=json.dumps(job) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def faults(report: dict[str, Any]) -> list[str]:
    """Return the faults of a run of the child."""
    return [result.get("fault", "") for result in report["results"]]


@pytest.mark.parametrize("response", [b"", b"HTTP/1.1 20"], ids=["nothing", "half a status"])
def test_a_close_before_the_response_is_a_reset_and_nothing_is_sent_again(response: bytes) -> None:
    """A server that reads and closes sees each request exactly once, whatever its method."""
    methods = ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "POST", "PATCH")
    with serving(always(response, keep=False)) as seen:
        report = send(seen.base_url, *((method, f"/{method}", "a=1") for method in methods))
    assert faults(report) == ["reset"] * len(methods)
    assert [request.split(b" ")[1].decode() for request in seen.requests] == [
        f"/api/{method}" for method in methods
    ]


def test_a_connection_closed_while_idle_is_replaced_before_anything_is_sent() -> None:
    """The server closes after each response; every request arrives once and gets its response."""
    with serving(always(OK, keep=False)) as seen:
        report = send(seen.base_url, *(("POST", f"/{n}", "") for n in range(5)), pause=0.05)
    assert [result.get("status") for result in report["results"]] == [200] * 5
    assert len(seen.requests) == 5
    assert seen.connections == 5


def test_a_kept_connection_is_used_again() -> None:
    """Ten requests one after the other need one connection."""
    with serving(always(OK)) as seen:
        send(seen.base_url, *(("POST", "/", "") for _ in range(10)))
    assert seen.connections == 1


def test_descriptors_beyond_1024_keep_their_connections() -> None:
    """A check of liveness by select would fail there and open a connection for each request."""
    with serving(always(OK)) as seen:
        report = send(seen.base_url, *(("POST", "/", "") for _ in range(20)), files=1100)
    assert report["files"] == 1100
    assert [result.get("status") for result in report["results"]] == [200] * 20
    assert seen.connections == 1


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    """Where nobody listens the fault is unsent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert faults(send(f"http://127.0.0.1:{port}", ("POST", "/", ""))) == ["unsent"]


def test_a_reset_connection_is_a_reset() -> None:
    """A connection closed with RST leaves the effect open."""

    def response(connection: socket.socket, request: bytes) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    with serving(response) as seen:
        assert faults(send(seen.base_url, ("POST", "/", "a=1"))) == ["reset"]
    assert len(seen.requests) == 1


def test_a_silent_server_is_a_timeout_at_the_deadline() -> None:
    """The deadline bounds the whole request, and the server saw it once."""

    def response(connection: socket.socket, request: bytes) -> bool:
        time.sleep(3)
        return False

    with serving(response) as seen:
        report = send(seen.base_url, ("POST", "/", "a=1"), deadline=0.4)
    assert faults(report) == ["timeout"]
    assert 0.35 < report["results"][0]["seconds"] < 1.0
    assert len(seen.requests) == 1


def test_a_dripping_response_is_a_timeout_too() -> None:
    """Bytes that keep coming do not extend the deadline."""

    def response(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _ in range(20):
            time.sleep(0.1)
            connection.sendall(b"x")
        return False

    with serving(response) as seen:
        report = send(seen.base_url, ("POST", "/", ""), deadline=0.5)
    assert faults(report) == ["timeout"]
    assert report["results"][0]["seconds"] < 1.2


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
    ],
    ids=["length", "chunk", "no chunk at all"],
)
def test_a_cut_body_is_truncated(data: bytes) -> None:
    """A response that began and did not end is no response."""
    with serving(always(data, keep=False)) as seen:
        assert faults(send(seen.base_url, ("POST", "/", ""))) == ["truncated"]


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            "abc",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", "x"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n", ""),
    ],
    ids=["chunked", "until the end", "continue", "no content", "redirect"],
)
def test_every_framing_of_a_whole_response_is_read(data: bytes, body: str) -> None:
    """Chunked, delimited by the end, announced, empty, and a redirect that is not followed."""
    with serving(always(data, keep=False)) as seen:
        result = send(seen.base_url, ("POST", "/", ""))["results"][0]
    assert result["body"] == body
    assert result["status"] == int(data.split(b"HTTP/1.1 ")[-1][:3])
    assert len(seen.requests) == 1


def test_a_latin_1_gateway_page_is_a_response() -> None:
    """A 502 whose body is no UTF-8 comes back as it is."""
    page = "<h1>Fehler: der Dienst ist gest\xf6rt</h1>".encode("latin-1")
    data = b"HTTP/1.1 502 Bad Gateway\r\nX-Note: caf\xe9\r\ncontent-length: %d\r\n\r\n" % len(page)
    with serving(always(data + page)) as seen:
        result = send(seen.base_url, ("POST", "/", ""))["results"][0]
    assert result["status"] == 502
    assert result["body"] == page.decode("latin-1")
    assert result["headers"]["x-note"] == "caf\xe9"


def test_garbage_is_a_reset() -> None:
    """What is not HTTP is no response."""
    with serving(always(b"SSH-2.0-OpenSSH\r\n", keep=False)) as seen:
        assert faults(send(seen.base_url, ("POST", "/", ""))) == ["reset"]


def test_the_request_is_whole_and_names_its_host() -> None:
    """Path below the base address, host, length and body are those asked for."""
    with serving(always(OK)) as seen:
        send(seen.base_url, ("POST", "/a?b=c", "x=\xe9"))
    head, _, body = seen.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /api/a?b=c HTTP/1.1"
    assert b"host: " + seen.base_url.split("/")[2].encode() in lines
    assert b"content-length: 3" in lines
    assert b"x-test: 1" in lines
    assert body == b"x=\xe9"


def test_a_large_body_arrives_whole() -> None:
    """More than a socket takes in one write is sent to its end, once."""
    body = "0123456789" * 300_000
    with serving(always(OK)) as seen:
        report = send(seen.base_url, ("POST", "/", body))
    assert report["results"][0].get("status") == 200
    assert [request.partition(b"\r\n\r\n")[2] for request in seen.requests] == [body.encode()]


def test_tls_is_verified(tmp_path: Path) -> None:
    """A certificate nobody vouches for is refused before anything is sent; a trusted one serves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with serving(always(OK), context) as seen:
        assert faults(send(seen.base_url, ("POST", "/", "a=1"))) == ["unsent"]
        assert not seen.requests
        trusted = {"SSL_CERT_FILE": str(tmp_path / "authority.pem")}
        report = send(seen.base_url, *[("POST", "/", "a=1")] * 3, environment=trusted)
    assert [result.get("status") for result in report["results"]] == [200] * 3
    assert len(seen.requests) == 3


def test_bodies_are_decoded_as_their_headers_say() -> None:
    """As the other engine does, although the load asks for no encoding."""
    responses = [encoded(name, body) for name, body in (*ENCODED.items(), *BROKEN.items())]
    with serving(one_by_one(responses)) as seen:
        report = send(seen.base_url, *(("POST", "/", "") for _ in responses))
    good, bad = report["results"][: len(ENCODED)], report["results"][len(ENCODED) :]
    assert [result["body"].strip().encode() for result in good] == [PLAIN] * len(ENCODED)
    assert [result["fault"] for result in bad] == ["truncated"] * len(BROKEN)
    # After a body that cannot be decoded the next request gets a new connection.
    assert seen.connections == len(BROKEN)


def test_cookies_are_kept_apart() -> None:
    """A cookie may hold commas, and so its header is not joined by them."""
    head = b"Set-Cookie: a=1; Expires=Thu, 01 Jan 2099\r\nSet-Cookie: b=2\r\nX: 1\r\nX: 2\r\n"
    with serving(always(b"HTTP/1.1 204 None\r\n" + head + b"\r\n")) as seen:
        (result,) = send(seen.base_url, ("POST", "/", ""))["results"]
    assert result["headers"]["set-cookie"] == "a=1; Expires=Thu, 01 Jan 2099\nb=2"
    assert result["headers"]["x"] == "1, 2"


def test_a_response_to_head_ends_with_its_headers() -> None:
    """They tell of a body that does not come; the same holds of 204 and 304."""
    bare = [b"HTTP/1.1 304 Same\r\ncontent-length: 9\r\n\r\n", b"HTTP/1.1 204 None\r\n\r\n"]
    told = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"
    with serving(one_by_one([told, *bare, told.replace(b"9", b"0"), OK])) as seen:
        methods = ("HEAD", "GET", "DELETE", "HEAD", "GET")
        report = send(seen.base_url, *((method, "/", "") for method in methods), deadline=2.0)
    assert [result.get("status") for result in report["results"]] == [200, 304, 204, 200, 200]
    assert [result["body"] for result in report["results"]] == ["", "", "", "", "ok"]
    assert seen.connections == 2


def one_by_one(responses: list[bytes]) -> Responding:
    """Return a responder that sends one of these after the other."""
    rest = iter(responses)

    def response(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(next(rest))
        return True

    return response
