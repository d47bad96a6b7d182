"""How a target is reached: its address, the proxy before it, the certificates on the way."""

from __future__ import annotations

import base64
import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import certifi

from harness.document.files import fault_of_file
from harness.document.messages import Problem
from harness.model.target import Target
from harness.wire.connection.cause import TunnelRefused

ENVIRONMENT = "env:"
NO_PROXY = "none"
_PORTS = {"http": 80, "https": 443}
_HEAD_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that is spoken to in plain HTTP; `authorization` is the value of its header."""

    host: str
    port: int
    origin: str
    authorization: str = field(default="", repr=False)

    @property
    def login(self) -> tuple[str, ...]:
        """The user and the password that it is given."""
        login = base64.b64decode(self.authorization.removeprefix("Basic ")).decode()
        return tuple(login.split(":", 1)) if login else ()

    @property
    def address(self) -> str:
        """The proxy's address without a login."""
        return f"http://{_joined(self.host, self.port)}"


@dataclass(frozen=True, slots=True)
class Route:
    """The way to one target.

    `context` is None without TLS. `said` is what a report tells of the way: nothing for a usual
    one.
    """

    base_url: str
    proxy: Proxy | None = None
    context: ssl.SSLContext | None = None
    said: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host of the target, an IPv6 address without brackets."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def port(self) -> int:
        """The port of the target."""
        parts = urlsplit(self.base_url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def address(self) -> str:
        """The target as HOST:PORT."""
        return _joined(self.host, self.port)

    @property
    def hop(self) -> tuple[str, int]:
        """Host and port that connections are made to: those of the proxy, if there is one."""
        proxy = self.proxy
        return (self.host, self.port) if proxy is None else (proxy.host, proxy.port)

    @property
    def hop_url(self) -> str:
        """The address that connections are made to, without path; a tunnel or TLS lies below it."""
        return f"http://{_joined(*self.hop)}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written down of the way: the login of its proxy."""
        return () if self.proxy is None else self.proxy.login

    @property
    def forwards(self) -> bool:
        """Whether requests are sent to a proxy, which forwards them: without TLS no tunnel."""
        return self.proxy is not None and self.context is None


def route_of(target: Target, environ: Mapping[str, str]) -> Route:
    """Return the way to a target, from its keys and the usual variables of the environment.

    A key of the target wins over a variable. The mock is reached directly. Raises Problem for a
    proxy or a certificate that cannot be used; a login in it is never shown.
    """
    if target.kind == "mock":
        return Route(target.base_url)
    parts = urlsplit(target.base_url)
    proxy = _proxy(target, parts, environ)
    said = [] if proxy is None else [f"through the proxy {proxy.address} ({proxy.origin})"]
    context = None
    if parts.scheme == "https":
        context, trusted = _context(target, environ)
        said += trusted
    return Route(target.base_url, proxy, context, tuple(said))


def open_connection(route: Route, seconds: float) -> socket.socket:
    """Return a connection over which requests can be sent; raises OSError."""
    until = time.monotonic() + seconds
    plain = socket.create_connection(route.hop, timeout=seconds)
    try:
        connection: socket.socket = secured(plain, route, until)
    except BaseException:
        plain.close()
        raise
    return connection


def secured(plain: Any, route: Route, until: float) -> Any:
    """Return a socket to the target from one to the first hop: tunnelled and with TLS if need be.

    `until` is the moment of the monotonic clock at which that must be done, however slowly bytes
    come in. Raises OSError; the socket stays open then.
    """
    if route.context is None:
        return plain
    # Each wait for bytes has the time of the socket; all of them together have a watchdog.
    twin = socket.socket(fileno=os.dup(plain.fileno()))
    watchdog = threading.Timer(max(0.0, until - time.monotonic()), partial(_shut, twin))
    watchdog.daemon = True
    watchdog.start()
    try:
        if route.proxy is not None:
            _tunnel(plain, route, route.proxy)
        wrapped: Any = route.context.wrap_socket(plain, server_hostname=route.host)
    except OSError:
        if time.monotonic() >= until:
            raise TimeoutError from None
        raise
    finally:
        watchdog.cancel()
        twin.close()
    return wrapped


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _tunnel(plain: Any, route: Route, proxy: Proxy) -> None:
    lines = [f"CONNECT {route.address} HTTP/1.1", f"host: {route.address}"]
    if proxy.authorization:
        lines.append(f"proxy-authorization: {proxy.authorization}")
    plain.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    head = b""
    # Byte by byte, because what follows the head belongs to TLS.
    while not head.endswith(b"\r\n\r\n") and len(head) < _HEAD_BYTES_MAX:
        data = plain.recv(1)
        if not data:
            raise TunnelRefused("it closed the connection")
        head += data
    status = head.split(b"\r\n", 1)[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        raise TunnelRefused(status.partition(" ")[2] or "its response is not HTTP")


def _proxy(target: Target, parts: SplitResult, environ: Mapping[str, str]) -> Proxy | None:
    origin, address = "", target.proxy
    if address.startswith(ENVIRONMENT):
        origin = address.removeprefix(ENVIRONMENT)
        address = environ.get(origin, "")
        if not address:
            message = f"{origin} is not set in the environment; the proxy is taken from there"
            raise Problem(message, target.place, f"export {origin}=…")
    elif address:
        origin = f"proxy of the target {target.name}"
    elif not _bypassed(parts, environ):
        names = (f"{parts.scheme}_proxy", "all_proxy")
        variables = [each for name in names for each in (name, name.upper())]
        origin = next((name for name in variables if environ.get(name)), "")
        address = environ.get(origin, "")
    if address in ("", NO_PROXY):
        return None
    return _proxy_at(address if "://" in address else f"http://{address}", origin, target.place)


def _bypassed(parts: SplitResult, environ: Mapping[str, str]) -> bool:
    """Say whether NO_PROXY names the host, by itself or by a domain that it is in."""
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    host = parts.hostname or ""
    address = _joined(host, parts.port or _PORTS[parts.scheme])
    for item in (item.strip().lower() for item in listed.split(",")):
        domain = item.removeprefix("*").removeprefix(".")
        named = domain in (host, f"[{host}]", address) or host.endswith(f".{domain}")
        if item == "*" or (domain and named):
            return True
    return False


def _proxy_at(address: str, origin: str, place: str) -> Proxy:
    parts = urlsplit(address)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port:
        message = f"{origin}: expected the address of a proxy such as http://proxy.example:3128"
        raise Problem(message, place, "a proxy behind TLS or SOCKS cannot be used")
    login = ""
    if parts.username is not None:
        text = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login = f"Basic {base64.b64encode(text.encode()).decode()}"
    return Proxy(parts.hostname, port, origin, login)


def _context(target: Target, environ: Mapping[str, str]) -> tuple[ssl.SSLContext, list[str]]:
    """Return the TLS context of a target and what is to be said about it.

    Without a word certificates are checked against those of the system and of certifi.
    """
    variables = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    origin = next((name for name in variables if environ.get(name)), "")
    source = target.ca_file or environ.get(origin, "")
    origin = f"ca_file of the target {target.name}" if target.ca_file else origin
    said = [f"certificates are checked against {source} ({origin})"] if source else []
    if not source:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
    else:
        where: dict[str, Any] = {"capath" if Path(source).is_dir() else "cafile": source}
        try:
            _require_file(source)
            context = ssl.create_default_context(**where)
        except OSError as error:
            message = f"{origin}: no certificates can be read from {source}: {_why(error)}"
            raise Problem(message, target.place, "expected certificates in PEM") from None
    context.set_alpn_protocols(["http/1.1"])
    if (own := target.client_certificate) is None:
        return context, said
    password = environ.get(own.password.removeprefix(ENVIRONMENT), "")
    try:
        _require_file(own.file)
        _require_file(own.key or own.file)
        # Without a password the library would ask for one at the terminal.
        context.load_cert_chain(own.file, own.key or None, lambda: password)
    except (OSError, ValueError) as error:
        message = f"client_certificate of the target {target.name} cannot be used: {_why(error)}"
        hint = "expected a certificate and its key in PEM, and the key's password if it has one"
        raise Problem(message, target.place, hint) from None
    return context, [*said, f"with the client certificate {own.file}"]


def _require_file(named: str) -> None:
    """Raise OSError for what is neither a file nor a folder, which OpenSSL would wait for."""
    path = Path(named)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, fault_of_file(path)[0])


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is no certificate").replace("_", " ").lower()
    return (getattr(error, "strerror", None) or str(error) or "it cannot be read").lower()


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
