"""Send one request once and return its response or the fault that prevented it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol

import httpx

from harness.model.exchange import Failure, Fault, Request, Response
from harness.wire.connection.cause import SLOW, UNDECODABLE, cause_of
from harness.wire.connection.route import Route
from harness.wire.message.encoding import (
    ACCEPTED,
    BODY_BYTES_MAX,
    UndecodableBody,
    decoded,
    encoded,
)

_CONNECTIONS_MAX = 64

Leave = Callable[[], None]
"""Called right before the bytes without which a server cannot act; returns when they may leave."""


class Sender(Protocol):
    """Anything that can send a request once: the transport here, or the load client."""

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send once, never again, and return what came of it."""
        ...


class Transport:
    """An httpx client that follows no redirect, repeats nothing and trusts only valid TLS.

    It keeps no cookies either: credentials are what a binding says, in every request anew.

    Thread-safe. `deadline_seconds` bounds connecting, each wait for bytes, and the whole exchange.
    """

    def __init__(self, route: Route, deadline_seconds: float) -> None:
        self._deadline = deadline_seconds
        self._base = route.base_url.rstrip("/")
        self._client = httpx.Client(
            timeout=deadline_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"accept-encoding": ACCEPTED},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            transport=httpx.HTTPTransport(
                verify=True if route.context is None else route.context,
                proxy=_httpx_proxy(route),
                retries=0,
                limits=httpx.Limits(
                    max_connections=_CONNECTIONS_MAX, max_keepalive_connections=_CONNECTIONS_MAX
                ),
            ),
        )

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send once; every network error becomes a Failure with its cause."""
        try:
            with self._client.stream(
                request.method,
                self._base + request.path,
                headers=list(request.headers),
                content=encoded(request),
                extensions={} if leave is None else {"trace": _before_the_last(request, leave)},
            ) as response:
                return self._read(response)
        except httpx.TransportError as error:
            return Failure(_fault_of(error), cause_of(error))

    def _read(self, received: httpx.Response) -> Response | Failure:
        # httpx bounds each wait for bytes; a response that drips is bounded here.
        until = time.monotonic() + self._deadline
        chunks, size = [], 0
        try:
            for chunk in received.iter_raw():
                chunks.append(chunk)
                size += len(chunk)
                if time.monotonic() > until:
                    return Failure(Fault.TIMEOUT, SLOW)
                if size > BODY_BYTES_MAX:
                    return Failure(Fault.TRUNCATED, f"more than {BODY_BYTES_MAX} bytes came")
        except httpx.TimeoutException:
            return Failure(Fault.TIMEOUT, SLOW)
        except httpx.TransportError as error:
            return Failure(Fault.TRUNCATED, cause_of(error))
        headers = headers_of(received.headers.multi_items())
        try:
            body = decoded(b"".join(chunks), headers.get("content-encoding", ""))
        except UndecodableBody:
            return Failure(Fault.TRUNCATED, UNDECODABLE)
        return Response(received.status_code, headers, body)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def headers_of(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their name in lower case; of one name, the values are joined."""
    headers: dict[str, str] = {}
    for name, value in lines:
        key = name.lower()
        headers[key] = f"{headers[key]}{separator(key)}{value}" if key in headers else value
    return headers


def separator(name: str) -> str:
    """Return what joins the values of a header: a cookie may hold commas (RFC 9110, 5.3)."""
    return "\n" if name == "set-cookie" else ", "


def _fault_of(error: httpx.TransportError) -> Fault:
    """Return what an error leaves open: one before the first byte of a request proves it unsent."""
    connecting = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    if isinstance(error, connecting):
        return Fault.UNSENT
    return Fault.TIMEOUT if isinstance(error, httpx.TimeoutException) else Fault.RESET


def _httpx_proxy(route: Route) -> httpx.Proxy | None:
    if (proxy := route.proxy) is None:
        return None
    login = {"proxy-authorization": proxy.authorization} if proxy.authorization else {}
    return httpx.Proxy(proxy.address, headers=login)


def _before_the_last(request: Request, leave: Leave) -> Callable[[str, Mapping[str, Any]], None]:
    """Return a listener that calls `leave` between the head and the body, or before a lone head."""
    last = f"http11.send_request_{'body' if request.body else 'headers'}.started"

    def listen(event: str, info: Mapping[str, Any]) -> None:
        # A proxy is asked for a tunnel first, by a request of its own.
        if event == last and info["request"].method != b"CONNECT":
            leave()

    return listen
