"""Everything a hostile or broken server may send, and what must come of it."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import zlib
from dataclasses import dataclass
from functools import cache

import brotli

from harness.model.exchange import Fault
from harness.wire.connection.cause import CLOSED, CUT, NOT_HTTP, SLOW, TLS_PORT, UNDECODABLE
from tests.engine.load.servers import read_request
from tests.wire.hostile.server import Act, sends, waits

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"content-type: application/json\r\n"
CHUNKED = JSON + b"transfer-encoding: chunked\r\n\r\n"
_CHUNK = b"1000\r\n" + b" " * 4096 + b"\r\n"
_X = b"x-one: 1\r\n"
_COOKIE = b"set-cookie: a=1; path=/\r\n"
_INTERIM = b"HTTP/1.1 100 Go on\r\n\r\n"
_LENGTH = b"content-length: 1000000000000\r\n\r\n"


@dataclass(frozen=True)
class Hostile:
    """One way to be hostile.

    `act` is done when the request has been read, or before that if it is `early`.
    `fault` and `cause` are what a client must make of it; no fault: it is a response with `body`.
    `limit` is the one that it exceeds. `by_library` is what the client of scenarios and properties
    makes of it where its library is another than that of the load: a fault, and a cause or a limit.
    """

    name: str
    act: Act
    fault: Fault | None = None
    cause: str = ""
    limit: str = ""
    body: bytes = b""
    early: bool = False
    by_library: tuple[Fault, str] | None = None

    def play(self, connection: socket.socket) -> None:
        """Read the request if it is to be read, and do the act."""
        if not self.early:
            read_request(connection)
        self.act(connection)


def whole(body: bytes, *headers: bytes, kind: bytes = b"application/json") -> bytes:
    """Return a response with a body and these headers."""
    lines = (b"HTTP/1.1 200 OK", b"content-type: " + kind, b"content-length: %d" % len(body))
    return b"\r\n".join((*lines, *headers, b"", body))


def oversized(
    name: str, act: Act, limit: str, by_library: tuple[Fault, str] | None = None
) -> Hostile:
    """Return a way that exceeds a limit."""
    return Hostile(name, act, Fault.OVERSIZED, limit=limit, by_library=by_library)


@cache
def bombs() -> dict[str, bytes]:
    """Return bodies that inflate to a GiB, or to 32 MiB, by their Content-Encoding."""
    one, many = b" " * 2**20, b" " * 2**25
    gzipped = gzip.compress(one) * 1024
    return {
        "gzip": gzipped,
        "deflate": zlib.compress(many, 1),
        "br": brotli.compress(many, quality=1),
        "zstd": zstd.compress(one) * 1024,
        "gzip, gzip": gzip.compress(gzipped, 1),
    }


def _bomb(name: str) -> Act:
    def act(connection: socket.socket) -> None:
        header = b"content-encoding: " + name.encode()
        sends(whole(bombs()[name], header))(connection)

    return act


def _early(connection: socket.socket) -> None:
    """Respond before anything is read, and never read it."""
    connection.sendall(whole(b'{"early": 1}'))
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(5)
    waits(connection)


def _half_closed(data: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        waits(connection)

    return act


def _kept_open(connection: socket.socket) -> None:
    connection.sendall(_LONG)
    waits(connection)


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


_LONG = whole(b"{}").replace(b": 2", b": 9")
_OBJECTS = b'{"data":' * 500 + b"1" + b"}" * 500
_ROWS = b"[" + b'{"id":1},' * 1_000_000 + b'{"id":1}]'
_CSV = b"id\n" + b"1\n" * 4000

BOMBS = [
    oversized(f"bomb {name}", _bomb(name), "body_bytes")
    for name in ("gzip", "deflate", "br", "zstd", "gzip, gzip")
]
LONG_BODY = (Fault.OVERSIZED, "body_bytes")
LONG_HEAD = (Fault.OVERSIZED, "header_bytes")
ENDLESS = [
    oversized("endless chunks", sends(CHUNKED, again=_CHUNK), "body_bytes"),
    oversized("endless tiny chunks", sends(CHUNKED, again=b"1\r\n \r\n"), "body_bytes"),
    oversized("endless without a length", sends(JSON + b"\r\n", again=b" "), "body_bytes"),
    oversized("endless by its length", sends(JSON + _LENGTH, again=b" "), "body_bytes"),
    oversized("endless in one chunk", sends(CHUNKED, b"ffffffffff\r\n", again=b" "), "body_bytes"),
    oversized("endless name of a chunk", sends(CHUNKED, b"1;", again=b"x"), "body_bytes"),
    oversized("endless trailers", sends(CHUNKED, b"0\r\n", again=_X), "header_count", LONG_BODY),
    oversized("endless status line", sends(b"HTTP/1.1 200 ", again=b"O"), "header_bytes"),
    oversized("endless header", sends(OK + b"x-long: ", again=b"x"), "header_bytes"),
    oversized("header flood", sends(OK, again=_X), "header_count", LONG_HEAD),
    oversized("cookie flood", sends(OK, again=_COOKIE), "header_count", LONG_HEAD),
    oversized("many headers", sends(OK + 300 * b"x: 1\r\n" + b"\r\n"), "header_count"),
    oversized("interim flood", sends(_INTERIM, again=_INTERIM), "header_bytes"),
]
SLOW_ONES = [
    Hostile("dripping head", sends(OK, again=b"x", pause=0.05), Fault.TIMEOUT, SLOW),
    Hostile(
        "dripping body",
        sends(JSON + b"content-length: 1000\r\n\r\n", again=b" ", pause=0.05),
        Fault.TIMEOUT,
        SLOW,
    ),
    Hostile(
        "dripping chunks", sends(CHUNKED, again=b"1\r\n \r\n", pause=0.05), Fault.TIMEOUT, SLOW
    ),
    Hostile("never responded", waits, Fault.TIMEOUT, SLOW),
    Hostile("length too long, kept open", _kept_open, Fault.TIMEOUT, SLOW),
]
LENGTHS = [
    Hostile("length too long", sends(_LONG), Fault.TRUNCATED, CUT),
    Hostile("length too short", sends(whole(b"{}") + b"rest"), body=b"{}"),
    Hostile(
        "length of another response", sends(whole(b"{}") + whole(b'{"forged": 1}')), body=b"{}"
    ),
    Hostile(
        "two lengths",
        sends(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        Fault.RESET,
        NOT_HTTP,
    ),
    Hostile(
        "length below zero", sends(OK + b"content-length: -1\r\n\r\nab"), Fault.RESET, NOT_HTTP
    ),
    Hostile("cut in a chunk", sends(CHUNKED, b"5\r\nhel"), Fault.TRUNCATED, CUT),
    Hostile("no chunk at all", sends(CHUNKED, b"zz\r\n"), Fault.TRUNCATED, NOT_HTTP),
    Hostile("half-closed in the body", _half_closed(CHUNKED + b"5\r\nhel"), Fault.TRUNCATED, CUT),
    Hostile("half-closed in the head", _half_closed(b"HTTP/1.1 20"), Fault.RESET, CLOSED),
    Hostile("early response", _early, body=b'{"early": 1}', early=True),
    Hostile(
        "no HTTP",
        sends(b"SSH-2.0-OpenSSH\r\n"),
        Fault.RESET,
        NOT_HTTP,
        by_library=(Fault.RESET, CLOSED),
    ),
    Hostile("a TLS alert", sends(b"\x15\x03\x01\x00\x02\x02\x46"), Fault.RESET, TLS_PORT),
    Hostile(
        "not its encoding",
        sends(whole(b"plain", b"content-encoding: gzip")),
        Fault.TRUNCATED,
        UNDECODABLE,
    ),
]
DEEP = [
    oversized("deep lists", sends(whole(_nested(500))), "nesting"),
    oversized("deep objects", sends(whole(_OBJECTS)), "nesting"),
    oversized("deep behind a mark", sends(whole(b"\xef\xbb\xbf" + _nested(500))), "nesting"),
    oversized("endlessly deep", sends(whole(_nested(6000))), "nesting"),
    oversized("a million rows", sends(whole(_ROWS)), "body_bytes"),
    oversized("too many rows of CSV", sends(whole(_CSV, kind=b"text/csv")), "csv_rows"),
    Hostile("deep and no JSON", sends(whole(b"[" * 500)), body=b"[" * 500),
]
TEXTS = [
    Hostile(name, sends(whole(body)), body=body)
    for name, body in {
        "NUL": b'{"code": "\x00", "msg": "\\u0000"}',
        "ANSI": b'{"msg": "\x1b[2J\x1b]0;owned\x07", "code": "\\u001b[31m"}',
        "C1 controls": '{"msg": "\x9b31m\x85", "code": "\\u009b"}'.encode(),
        "bidirectional controls": '{"msg": "\u202egnp.exe\u2066", "code": "\\u202e"}'.encode(),
        "broken UTF-8": b'{"msg": "\xff\xfe\xc3(\xed\xa0\x80"}',
        "a lone surrogate": b'{"msg": "\\ud800", "code": 1}',
        "markup": b'{"msg": "<script>alert(1)</script>[bold]x[/bold]`|](http://x)", "code": "]]>"}',
        "a name": json.dumps({"\u202e" * 300: "\x1b", "code": {"\x9b": []}}).encode(),
    }.items()
]
ACTS = [*BOMBS, *ENDLESS, *SLOW_ONES, *LENGTHS, *DEEP, *TEXTS]

_FULL = 4 * 2**20 - 64
LARGE = [
    Hostile("large rows of CSV", sends(whole(b"id\n" + b"1\n" * (_FULL // 2), kind=b"text/csv"))),
    *(
        Hostile(f"large {name}", sends(whole(body)))
        for name, body in {
            "lists": b"[" + b"[]," * (_FULL // 3) + b"[]]",
            "objects": b'{"code": 200, "rows": [' + b'{"a":0},' * (_FULL // 8) + b"{}]}",
            "numbers": b"[" + b"1," * (_FULL // 2) + b"1]",
            "text": b'{"code": 200, "data": {"now": 5, "entry": "' + b"x" * _FULL + b'"}}',
            "name": b'{"code": 200, "' + b"x" * _FULL + b'": 1}',
            "quotes": b'{"code": 200, "data": "' + b'\\"' * (_FULL // 2) + b'"}',
            "garbage": b"{" * _FULL,
        }.items()
    ),
]
"""Bodies that are as large as a target without limits of its own allows, and hard to judge."""
