"""Responses in encodings that a server may choose, and some that cannot be decoded."""

from __future__ import annotations

import gzip
import sys
import zlib

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN = b'{"n": 1}'
GZIPPED = gzip.compress(PLAIN)
ENCODED = {
    "gzip": GZIPPED,
    "x-gzip": GZIPPED + gzip.compress(b" ") + b"\0\0",
    "deflate": zlib.compress(PLAIN),
    "Deflate": zlib.compress(PLAIN)[2:-4],
    "identity, br": brotli.compress(PLAIN),
    "gzip, br": brotli.compress(GZIPPED),
    "zstd": zstd.compress(PLAIN) + zstd.compress(b" "),
}
"""Bodies of PLAIN, some with space behind it, by their Content-Encoding."""

BROKEN = {
    "gzip": GZIPPED[:-4],
    "deflate": b"plain",
    "br": b"plain",
    "compress": GZIPPED,
    "gzip, gzip, gzip, gzip, gzip": GZIPPED,
}
"""Bodies that are cut, not in their encoding, in an unknown one, or encoded too often."""


def encoded(name: str, body: bytes) -> bytes:
    """Return a response with this body and Content-Encoding."""
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {name}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
