"""The headers and the body of a response, no more of them than the limits of the target allow."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from harness.check.conformance import CSV
from harness.model.target import Limits
from harness.wire.message.encoding import BodyTooLong, Decoding
from harness.wire.message.nesting import is_deeper

_LARGE_BYTES = 2**18


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


def _is_json(body: bytes) -> bool:
    """Say whether a body is JSON, or may be and is too deep to tell."""
    try:
        orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return "limit" in str(error)
    return True
