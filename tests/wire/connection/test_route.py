"""The way to a target follows its keys, then the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.document.messages import Problem
from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.target import ClientCertificate, Target
from harness.wire.connection.route import Route, open_connection, route_of
from harness.wire.message.framing import request_head
from harness.wire.transport import Transport
from tests.engine.load.servers import OK, always, serving

PROXY = "http://jo:hunter2@proxy.example:3128"
SAID = "through the proxy http://proxy.example:3128 ({})"
GET = Request("GET", "/x?a=1", (), b"")


def target(base_url: str = "http://api.example/v1", kind: str = "staging", **more: Any) -> Target:
    """Return a target at an address."""
    return Target("ours", kind, base_url, place="targets.yaml:4", **more)


@pytest.mark.parametrize(
    ("base_url", "key", "environ", "origin"),
    [
        ("http://api.example", "", {}, None),
        ("http://api.example", "", {"http_proxy": PROXY}, "http_proxy"),
        ("http://api.example", "", {"HTTP_PROXY": PROXY}, "HTTP_PROXY"),
        ("http://api.example", "", {"HTTPS_PROXY": PROXY}, None),
        ("https://api.example", "", {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ("https://api.example", "", {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("http://api.example", "", {"http_proxy": "proxy.example:3128"}, "http_proxy"),
        ("http://api.example", "", {"HTTP_PROXY": PROXY, "NO_PROXY": "x, .example"}, None),
        ("http://api.example", "", {"HTTP_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ("http://api.example", "", {"HTTP_PROXY": PROXY, "NO_PROXY": "pi.example"}, "HTTP_PROXY"),
        ("http://api.example:81", "", {"HTTP_PROXY": PROXY, "NO_PROXY": "api.example:81"}, None),
        ("http://[::1]:81", "", {"HTTP_PROXY": PROXY, "NO_PROXY": "::1"}, None),
        ("http://api.example", "none", {"HTTP_PROXY": PROXY}, None),
        ("http://api.example", "env:OURS", {"OURS": PROXY}, "OURS"),
        ("http://api.example", "http://proxy.example:3128", {}, "proxy of the target ours"),
    ],
)
def test_a_proxy_is_found_as_everywhere_else(
    base_url: str, key: str, environ: dict[str, str], origin: str | None
) -> None:
    """The key of the target wins; NO_PROXY names hosts and domains; the login is never said."""
    route = route_of(target(base_url, proxy=key), environ)
    assert [text for text in route.said if "proxy" in text] == (
        [] if origin is None else [SAID.format(origin)]
    )
    assert "hunter2" not in repr(route)
    has_login = origin is not None and PROXY in (*environ.values(), key)
    assert route.secrets == (("jo", "hunter2") if has_login else ())


def test_the_mock_is_reached_directly() -> None:
    """It runs on this machine."""
    assert route_of(target("http://127.0.0.1:1", "mock"), {"http_proxy": PROXY}).proxy is None


@pytest.mark.parametrize("address", ["socks5://h:1", "https://h:1", "http://", "http://h:99999"])
def test_a_proxy_that_cannot_be_used_is_a_problem(address: str) -> None:
    """Its variable is named, and its login is not."""
    with pytest.raises(Problem, match=r"HTTP_PROXY: expected the address of a proxy") as raised:
        route_of(target(), {"HTTP_PROXY": address})
    assert raised.value.place == "targets.yaml:4"
    with pytest.raises(Problem, match="OURS is not set"):
        route_of(target(proxy="env:OURS"), {})


def test_certificates_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    """The variable or the key, the file and the reason are named."""
    secure = "https://api.example"
    missing = str(tmp_path / "none.pem")
    with pytest.raises(Problem, match=r"SSL_CERT_FILE: .*none.pem: no such file"):
        route_of(target(secure), {"SSL_CERT_FILE": missing})
    with pytest.raises(Problem, match=r"ca_file of the target ours: .*none.pem"):
        route_of(target(secure, ca_file=missing), {})
    (tmp_path / "text.pem").write_text("no certificate")
    own = ClientCertificate(str(tmp_path / "text.pem"))
    with pytest.raises(Problem, match="client_certificate of the target ours cannot be used"):
        route_of(target(secure, client_certificate=own), {})


def test_an_address_is_written_with_its_port() -> None:
    """An IPv6 address stands in brackets, and the port of the scheme is the usual one."""
    assert Route("https://api.example/v1").address == "api.example:443"
    assert Route("http://[::1]/v1").address == "[::1]:80"


def test_a_proxy_is_told_the_whole_address_and_the_login() -> None:
    """Both clients ask it to forward a request, and send it the login alone."""
    with serving(always(OK)) as seen:
        _, port = seen.base_url.split("/")[2].split(":")
        route = route_of(target(proxy="env:P"), {"P": f"http://jo:secret@127.0.0.1:{port}"})
        transport = Transport(route, 2.0)
        assert isinstance(transport.send(GET), Response)
        transport.close()
    login = b"proxy-authorization: basic am86c2vjcmv0"
    for head in (seen.requests[0].lower(), request_head(GET, route).lower()):
        assert head.startswith(b"get http://api.example")
        assert head.split(b" ")[1].endswith(b"/v1/x?a=1")
        assert login in head


@pytest.mark.parametrize(
    "status", [b"HTTP/1.1 407 Proxy Authentication Required", b"HTTP/1.1 502 X"]
)
def test_a_tunnel_that_is_refused_is_told(status: bytes) -> None:
    """Nothing was sent to the server, and the proxy's own words are kept."""
    with serving(always(status + b"\r\ncontent-length: 0\r\n\r\n", keep=False)) as seen:
        _, port = seen.base_url.split("/")[2].split(":")
        route = route_of(target("https://api.example", proxy=f"http://127.0.0.1:{port}"), {})
        with pytest.raises(OSError, match=status[9:].decode()):
            open_connection(route, 2.0)
        result = Transport(route, 2.0).send(GET)
    assert isinstance(result, Failure)
    assert result.fault is Fault.UNSENT
    assert result.cause == f"the proxy refused the connection: {status[9:].decode()}"
    assert seen.requests[0].startswith(b"CONNECT api.example:443 HTTP/1.1")
