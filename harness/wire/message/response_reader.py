"""Receive the responses of one connection, no more of each than the limits of the target allow."""

from __future__ import annotations

from collections.abc import Mapping

import httptools
import orjson

from harness.check.conformance import CSV
from harness.model.exchange import Failure, Fault, Response
from harness.model.target import Limits
from harness.wire.connection.cause import NOT_HTTP, TLS_PORT, UNDECODABLE, exceeded
from harness.wire.message.encoding import BodyTooLong, Decoding, UndecodableBody
from harness.wire.message.headers import add_header
from harness.wire.message.nesting import is_deeper

_LARGE_BYTES = 2**18
_TLS_ALERT = b"\x15\x03"


class Room:
    """What the bodies that one process receives at a time may hold, each and all together.

    Only large bodies are counted, from a quarter of a MiB on.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._taken: dict[int, int] = {}

    def take(self, owner: object, size: int) -> str:
        """Let a body grow to a size; return the limit that it exceeds, empty for none."""
        if size > self.limits.body_bytes:
            return "body_bytes"
        if size > _LARGE_BYTES:
            self._taken[id(owner)] = size
            if sum(list(self._taken.values())) > self.limits.together_bytes:
                return "together_bytes"
        return ""

    def leave(self, owner: object) -> None:
        """Give the room back that a body has taken."""
        self._taken.pop(id(owner), None)


class Exceeded(Exception):
    """A response exceeds a limit of the target; `limit` is its name."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class BodyReader:
    """The body of one response, decoded as it comes; raises UndecodableBody and Exceeded."""

    __slots__ = ("_csv", "_decoding", "_pieces", "_room", "_size")

    def __init__(self, room: Room, headers: Mapping[str, str]) -> None:
        self._room = room
        self._csv = headers.get("content-type", "").startswith(CSV)
        self._pieces: list[bytes] = []
        self._size = 0
        encodings = headers.get("content-encoding", "")
        self._decoding = Decoding(encodings, room.limits.body_bytes) if encodings else None

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._decoding is not None:
            try:
                data = self._decoding.decode(data)
            except BodyTooLong:
                raise Exceeded("body_bytes") from None
        self._size += len(data)
        if limit := self._room.take(self, self._size):
            raise Exceeded(limit)
        self._pieces.append(data)

    def whole(self) -> bytes:
        """Return the body, of which there is no more."""
        if self._decoding is not None:
            self._decoding.end()
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if limit := self._too_much(body):
            raise Exceeded(limit)
        return body

    def done(self) -> None:
        """Let go of what was collected."""
        self._pieces, self._decoding = [], None
        if self._size > _LARGE_BYTES:
            self._room.leave(self)

    def _too_much(self, body: bytes) -> str:
        """Return the limit that a whole body exceeds, empty for none."""
        limits = self._room.limits
        if self._csv:
            rows = max(body.count(b"\n"), body.count(b"\r"))
            return "csv_rows" if rows > limits.csv_rows else ""
        return "nesting" if is_deeper(body, limits.nesting) and _is_json(body) else ""


def header_limit(headers: Mapping[str, str], count: int, limits: Limits) -> str:
    """Return the limit that the headers of a response exceed, empty for none."""
    if count > limits.header_count:
        return "header_count"
    size = sum([len(key) + len(text) for key, text in headers.items()])
    return "header_bytes" if size > limits.header_bytes else ""


class _Stop(Exception):
    """Nothing more is to be parsed: the response is whole, or none."""


class _Collected:
    """One response at a time, as the parser calls back with its parts."""

    __slots__ = (
        *("begun", "complete", "failure", "headers", "interim", "keep", "status"),
        *("_body", "_count", "_count_max", "_parser", "_raw", "_room"),
    )

    def __init__(self, room: Room) -> None:
        self._room = room
        self._count_max = room.limits.header_count
        self._parser = httptools.HttpResponseParser(self)
        self.reset()

    def reset(self) -> None:
        """Expect the next response."""
        self.headers: dict[str, str] = {}
        self.failure: Failure | None = None
        self.begun = self.interim = self.complete = self.keep = False
        self.status = 0
        self._body: BodyReader | None = None
        self._raw = self._count = 0

    def broken(self, cause: str) -> Failure:
        """Return the failure of a response that broke off, or never began."""
        return Failure(Fault.TRUNCATED if self.begun else Fault.RESET, cause)

    def _exceed(self, limit: str) -> None:
        self.failure = Failure(Fault.OVERSIZED, exceeded(self._room.limits, limit))

    def on_message_begin(self) -> None:
        if self.complete:
            raise _Stop

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count += 1
        if self._count > self._count_max:
            self._exceed("header_count")
            raise _Stop
        if self.begun:  # behind the body headers say nothing about it
            return
        add_header(self.headers, name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.interim = 100 <= self.status < 200
        self.begun = not self.interim
        if limit := header_limit(self.headers, self._count, self._room.limits):
            self._exceed(limit)
            raise _Stop
        if self.begun:
            try:
                self._body = BodyReader(self._room, self.headers)
            except UndecodableBody:
                self.failure = self.broken(UNDECODABLE)
                raise _Stop from None

    def on_body(self, data: bytes) -> None:
        if self._body is None:  # an interim response has none
            return
        try:
            self._body.add(data)
        except Exceeded as error:
            self._exceed(error.limit)
            raise _Stop from None
        except UndecodableBody:
            self.failure = self.broken(UNDECODABLE)
            raise _Stop from None

    def on_message_complete(self) -> None:
        if self.interim:
            # Interim responses such as 100 Continue precede the final one.
            self.headers = {}
        else:
            self.complete = True
            # The parser tells this only now, before it turns to the next message.
            self.keep = self._parser.should_keep_alive()


class ResponseReader(_Collected):
    """The responses of one connection, one at a time.

    `begun`: the headers of the final response are there; `complete`: all of it is; `keep`: the
    server takes another request then. `failure` is why there is no response, as far as it is known.
    """

    __slots__ = ()

    def feed(self, data: bytes) -> bool:
        """Take the next bytes in; say whether more are needed."""
        limits, known = self._room.limits, self._raw
        self._raw += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # What comes behind a whole response is not part of it.
            self.keep = False
            if not self.complete and self.failure is None:
                tls = not known and data.startswith(_TLS_ALERT)
                self.failure = self.broken(TLS_PORT if tls else NOT_HTTP)
        if not self.complete and self.failure is None:
            if not self.begun and self._raw > limits.header_bytes:
                self._exceed("header_bytes")
            elif self._raw > limits.header_bytes + 2 * limits.body_bytes:
                # Whatever surrounds the pieces of a body is no longer than they are.
                self._exceed("body_bytes")
        return not self.complete and self.failure is None

    def end(self) -> bool:
        """Note that the connection has ended; say whether that completes the response."""
        # Without a length the end of the connection is the end of the body.
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.begun and not framed

    def response(self) -> Response | Failure:
        """Return the response, once it is whole."""
        try:
            body = b"" if self._body is None else self._body.whole()
        except Exceeded as error:
            return Failure(Fault.OVERSIZED, exceeded(self._room.limits, error.limit))
        except UndecodableBody:
            return self.broken(UNDECODABLE)
        return Response(self.status, self.headers, body)

    def done(self) -> None:
        """Let go of what was collected."""
        if self._body is not None:
            self._body.done()
            self._body = None


def _is_json(body: bytes) -> bool:
    """Say whether a body is JSON, or may be and is too deep to tell."""
    try:
        orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return "limit" in str(error)
    return True
