"""Send one request once and return its response or the fault that prevented it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol

import httpcore
import httpx

from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.target import USUAL, Limits
from harness.wire.connection.bounded import BoundedPool, Bounds, bounded
from harness.wire.connection.cause import (
    CLOSED,
    CUT,
    NOT_HTTP,
    SLOW,
    TLS_PORT,
    UNDECODABLE,
    cause_of,
    exceeded,
)
from harness.wire.connection.route import Route
from harness.wire.message.encoding import ACCEPTED, UndecodableBody, encoded
from harness.wire.message.framing import USUAL_HEADERS, header_lines, request_target
from harness.wire.message.headers import headers_of
from harness.wire.message.response_body import BodyReader, Exceeded, Room, header_limit

Leave = Callable[[], None]
"""Called right before the bytes without which a server cannot act; returns when they may leave."""

_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)


class Sender(Protocol):
    """Anything that can send a request once: the transport here, or the load client."""

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send once, never again, and return what came of it."""
        ...


class Transport:
    """An httpx client that follows no redirect, repeats nothing and trusts only valid TLS.

    It keeps no cookies either: credentials are what a binding says, in every request anew.

    Thread-safe. `deadline_seconds` bounds connecting, sending and the complete response together,
    `limits` what is read of it.
    """

    def __init__(self, route: Route, deadline_seconds: float, limits: Limits = USUAL) -> None:
        self.route = route
        self._deadline = deadline_seconds
        self._room = Room(limits)
        self._client = httpx.Client(
            timeout=None,
            follow_redirects=False,
            trust_env=False,
            headers={**USUAL_HEADERS, "accept-encoding": ACCEPTED},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            transport=BoundedPool(route),
        )

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Send a request once; every network error becomes a Failure with its cause.

        What waits until it may `leave` is the body, or all of a request without one.
        """
        body = encoded(request)
        limits = self._room.limits
        bounds = Bounds(time.monotonic() + self._deadline, limits)
        try:
            headers = header_lines(request, self.route)
        except ValueError as error:
            return Failure(Fault.UNSENT, f"the request cannot be sent: {error}")
        extensions: dict[str, Any] = {"target": request_target(request, self.route).encode()}
        if leave is not None:
            extensions["trace"] = _before_the_last(bounds, bool(body), leave)
        try:
            with (
                bounded(bounds),
                self._client.stream(
                    request.method,
                    self.route.hop_url,
                    headers=headers,
                    content=body,
                    extensions=extensions,
                ) as received,
            ):
                bounds.begun = True
                return self._read(received)
        except Exceeded as error:
            return Failure(Fault.OVERSIZED, exceeded(limits, error.limit))
        except UndecodableBody:
            return Failure(Fault.TRUNCATED, UNDECODABLE)
        except (OSError, *_BROKEN) as error:
            return _failure(bounds, error)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _read(self, received: httpx.Response) -> Response:
        """Return the response, read as far as the limits allow."""
        lines = received.headers.multi_items()
        headers = headers_of(lines)
        if limit := header_limit(headers, len(lines), self._room.limits):
            raise Exceeded(limit)
        body = BodyReader(self._room, headers)
        try:
            for chunk in received.iter_raw():
                body.add(chunk)
            return Response(received.status_code, headers, body.whole())
        finally:
            body.done()


def _failure(bounds: Bounds, error: Exception) -> Failure:
    """Return what an error leaves open: one before the first byte of a request proves it unsent.

    What the connection has seen tells more than the words of a library.
    """
    if not bounds.sent:
        return Failure(Fault.UNSENT, cause_of(error))
    if bounds.late:
        return Failure(Fault.TIMEOUT, SLOW)
    fault = Fault.TRUNCATED if bounds.begun else Fault.RESET
    if isinstance(bounds.error, OSError):
        return Failure(fault, cause_of(bounds.error))
    if bounds.ended:
        return Failure(fault, CUT if bounds.begun else CLOSED)
    return Failure(fault, TLS_PORT if bounds.tls else NOT_HTTP)


def _before_the_last(
    bounds: Bounds, has_body: bool, leave: Leave
) -> Callable[[str, Mapping[str, Any]], None]:
    """Return a listener that calls `leave` between the head and the body, or before a lone head."""
    last = f"http11.send_request_{'body' if has_body else 'headers'}.started"

    def listen(event: str, info: Mapping[str, Any]) -> None:
        if event == last:
            began = time.monotonic()
            leave()
            bounds.until += time.monotonic() - began

    return listen
