"""Each way in which a connection fails is told in plain words, with a remedy."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from harness.model.exchange import Failure, Fault, Request
from harness.model.target import USUAL, ClientCertificate, Limits, Target
from harness.wire.connection import cause
from harness.wire.connection.cause import cause_of, remedy_of
from harness.wire.connection.route import open_connection, route_of
from harness.wire.transport import Transport
from tests.engine.load.servers import OK, always, serving

GET = Request("GET", "/x", (), b"")
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def target(base_url: str, **more: Any) -> Target:
    """Return a target at an address."""
    return Target("ours", "staging", base_url, **more)


def both(to: Target, environ: dict[str, str] | None = None) -> tuple[str, str]:
    """Return why a connection fails, and why a request does."""
    route = route_of(to, environ or {})
    try:
        open_connection(route, 20.0).close()
        told = ""
    except OSError as error:
        told = cause_of(error)
    transport = Transport(route, 20.0)
    result = transport.send(GET)
    transport.close()
    return told, result.cause if isinstance(result, Failure) else ""


@contextmanager
def tls(
    authority: trustme.CA, *names: str, change: Callable[[ssl.SSLContext], None] = lambda _: None
) -> Iterator[str]:
    """Serve with a certificate of the authority for these names; yield the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    change(context)
    with serving(always(OK), context) as seen:
        yield seen.base_url


def trusting(authority: trustme.CA, folder: Path) -> dict[str, str]:
    """Return an environment that trusts an authority."""
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return {"SSL_CERT_FILE": str(folder / "authority.pem")}


def closed_port() -> int:
    """Return a local port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_closed_port_and_an_unknown_host_are_told() -> None:
    """Nothing listens there, or there is no such name."""
    refused = "connection refused"
    assert both(target(f"http://127.0.0.1:{closed_port()}")) == (refused, refused)
    assert remedy_of(refused) == "is it running?"
    unknown = "the host name cannot be resolved"
    assert both(target("http://no-such-host.invalid")) == (unknown, unknown)


def test_a_certificate_is_told_from_another(tmp_path: Path) -> None:
    """Untrusted, for another host, expired; the same one is fine where it is trusted."""
    authority = trustme.CA()
    environ = trusting(authority, tmp_path)
    with tls(authority, "localhost") as address:
        untrusted = "the certificate is not trusted"
        assert both(target(address), trusting(trustme.CA(), tmp_path)) == (untrusted, untrusted)
        environ = trusting(authority, tmp_path)
        assert both(target(address), environ) == ("", "")
    with tls(authority, "other.example") as address:
        other = "the certificate is for another host"
        assert both(target(address), environ) == (other, other)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=YESTERDAY).configure_cert(context)
    with serving(always(OK), context) as seen:
        expired = "the certificate has expired"
        assert both(target(seen.base_url), environ) == (expired, expired)


def test_tls_on_a_plain_port_and_the_reverse_are_told(tmp_path: Path) -> None:
    """The address says https and the server does not, or the other way round."""
    plain = "the port does not speak TLS"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            for _ in range(2):
                with server.accept()[0] as connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        assert both(target(f"https://127.0.0.1:{server.getsockname()[1]}")) == (plain, plain)
        thread.join()
    authority = trustme.CA()
    with tls(authority, "localhost") as address:
        _, told = both(target(address.replace("https:", "http:")))
        assert told in (cause.TLS_PORT, cause.RESET, cause.CLOSED)


def test_a_client_certificate_is_asked_for_and_shown(tmp_path: Path) -> None:
    """Without one the server ends the connection; with the target's it responds."""
    authority = trustme.CA()
    environ = trusting(authority, tmp_path)

    def ask(context: ssl.SSLContext) -> None:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED

    own = authority.issue_cert("harness.example")
    own.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    with tls(authority, "localhost", change=ask) as address:
        assert "the server asks for a client certificate" in both(target(address), environ)
        shown = ClientCertificate(str(tmp_path / "own.pem"))
        assert both(target(address, client_certificate=shown), environ) == ("", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), cause.UNCONNECTED),
        (cause.TunnelRefused("407 Login"), "the proxy refused the connection: 407 Login"),
        (OSError(999, "something else"), "OSError: something else"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_error_has_the_words_of_its_line(error: Exception, words: str) -> None:
    """The first line of the table that fits decides; an unknown error keeps its own words."""
    assert cause_of(error).startswith(words)


def test_the_innermost_error_knows_most() -> None:
    """A library wraps the error of the system in its own."""
    outer = OSError("failed")
    outer.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert cause_of(outer) == "connection refused"


@pytest.mark.parametrize("limit", [field.name for field in fields(Limits)])
def test_an_exceeded_limit_has_a_remedy(limit: str) -> None:
    """The limit and its value are named, and how it is raised."""
    told = cause.exceeded(replace(USUAL, **{limit: 1234}), limit)
    assert "1,234" in told
    assert remedy_of(told) == f"raise `limits: {{{limit}: …}}` if the API really sends that much"


def test_a_fault_that_leaves_the_effect_open_is_not_unsent() -> None:
    """A proxy that refuses the tunnel proves that nothing arrived; a reset proves nothing."""
    with serving(lambda connection, seen: False) as seen:
        result = Transport(route_of(target(seen.base_url), {}), 20.0).send(GET)
    assert result == Failure(Fault.RESET, cause.CLOSED)
