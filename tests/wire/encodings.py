"""Responses in encodings that a server may choose, and some that cannot be decoded."""

from __future__ import annotations

import gzip
import zlib

import brotli

PLAIN = b'{"n": 1}'
GZIPPED = gzip.compress(PLAIN)
ENCODED = {
    "gzip": GZIPPED,
    "x-gzip": GZIPPED + gzip.compress(b" ") + b"\0\0",
    "deflate": zlib.compress(PLAIN),
    "Deflate": zlib.compress(PLAIN)[2:-4],
    "identity, br": brotli.compress(PLAIN),
    "gzip, br": brotli.compress(GZIPPED),
}
"""Bodies of PLAIN, some with space behind it, by their Content-Encoding."""

BROKEN = {
    "gzip": GZIPPED[:-4],
    "deflate": b"plain",
    "br": b"plain",
    "compress": GZIPPED,
    "x-gzip": gzip.compress(bytes(65 * 2**20)),
}
"""Bodies that are cut, not in their encoding, in an unknown one, or too long when decoded."""


def encoded(name: str, body: bytes) -> bytes:
    """Return a response with this body and Content-Encoding."""
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {name}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
