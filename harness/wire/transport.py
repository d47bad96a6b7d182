"""Send one request once and return its response or the fault that prevented it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol

import httpx

from harness.model.exchange import Fault, Request, Response
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

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Send once, never again, and return what came of it."""
        ...


class Transport:
    """An httpx client that follows no redirect, repeats nothing and trusts only valid TLS.

    It keeps no cookies either: credentials are what a binding says, in every request anew.

    Thread-safe. `deadline_seconds` bounds connecting, each wait for bytes, and the whole exchange.
    """

    def __init__(self, base_url: str, deadline_seconds: float) -> None:
        self._deadline = deadline_seconds
        self._base = base_url.rstrip("/")
        self._client = httpx.Client(
            timeout=deadline_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"accept-encoding": ACCEPTED},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            transport=httpx.HTTPTransport(
                retries=0,
                limits=httpx.Limits(
                    max_connections=_CONNECTIONS_MAX, max_keepalive_connections=_CONNECTIONS_MAX
                ),
            ),
        )

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Send once; every network error becomes a Fault."""
        try:
            with self._client.stream(
                request.method,
                self._base + request.path,
                headers=list(request.headers),
                content=encoded(request),
                extensions={} if leave is None else {"trace": _before_the_last(request, leave)},
            ) as response:
                return self._read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Fault.UNSENT
        except httpx.TimeoutException:
            return Fault.TIMEOUT
        except httpx.TransportError:
            return Fault.RESET

    def _read(self, received: httpx.Response) -> Response | Fault:
        # httpx bounds each wait for bytes; a response that drips is bounded here.
        until = time.monotonic() + self._deadline
        chunks, size = [], 0
        try:
            for chunk in received.iter_raw():
                chunks.append(chunk)
                size += len(chunk)
                if time.monotonic() > until:
                    return Fault.TIMEOUT
                if size > BODY_BYTES_MAX:
                    return Fault.TRUNCATED
        except httpx.TimeoutException:
            return Fault.TIMEOUT
        except httpx.TransportError:
            return Fault.TRUNCATED
        headers = headers_of(received.headers.multi_items())
        try:
            body = decoded(b"".join(chunks), headers.get("content-encoding", ""))
        except UndecodableBody:
            return Fault.TRUNCATED
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


def _before_the_last(request: Request, leave: Leave) -> Callable[[str, object], None]:
    """Return a listener that calls `leave` between the head and the body, or before a lone head."""
    last = f"http11.send_request_{'body' if request.body else 'headers'}.started"

    def listen(event: str, info: object) -> None:
        if event == last:
            leave()

    return listen
