"""Reads the requests of one connection from the bytes as they come."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable

import httptools

from harness.mock.message import Request

BODY_BYTES_MOST = 8 * 1024 * 1024
HEAD_BYTES_MOST = 64 * 1024


class RequestReader:
    """The callbacks of an HTTP parser, which collect requests into the queue `waiting`.

    `failure` is the status that refuses what could not be read, 0 as long as all could.
    `ended` says that no more requests come. `invite` is called for a client that waits for leave
    to send a body.
    """

    def __init__(self, invite: Callable[[], None]) -> None:
        self.waiting: deque[Request] = deque()
        self.failure = 0
        self.ended = False
        self._invite = invite
        self._parser = httptools.HttpRequestParser(self)
        self.on_message_begin()

    def feed(self, data: bytes) -> None:
        """Read bytes: add requests to the queue, or set `failure` or `ended`."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request itself is whole and queued; what follows it is another protocol.
            self.ended = True
        except httptools.HttpParserError:
            self.failure = self.failure or 400

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Collect the target, which may come in pieces."""
        self._target += url
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header."""
        self._count_head(len(name) + len(value))
        self._headers[_lower(name)] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Ask for the body of a client that waits for leave to send it."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._invite()

    def on_body(self, body: bytes) -> None:
        """Collect the body, up to the limit."""
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MOST:
            self.failure = self.failure or 413
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Put the request into the queue."""
        if self.failure:
            return
        path, _, query = self._target.decode("latin-1").partition("?")
        self.waiting.append(
            Request(
                self._parser.get_method().decode("latin-1"),
                path,
                query,
                self._headers,
                b"".join(self._body),
                self._parser.should_keep_alive(),
            )
        )

    def _count_head(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > HEAD_BYTES_MOST:
            self.failure = self.failure or 431


@functools.lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()
