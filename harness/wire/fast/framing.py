"""The bytes of an HTTP/1.1 request."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.model.exchange import Request

_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def request_head(request: Request, base_url: str) -> bytes:
    """Return everything before the number of the body's bytes.

    Raises ValueError for a header that would break out of its line.
    """
    parts = urlsplit(base_url)
    lines = [
        f"{request.method} {parts.path.rstrip('/')}{request.path} HTTP/1.1",
        f"host: {parts.netloc.rpartition('@')[2]}",
        "user-agent: loyalty-harness",
        "accept: */*",
        "accept-encoding: identity",
    ]
    for name, value in request.headers:
        if any(sign in f"{name}{value}" for sign in "\r\n\0"):
            raise ValueError(f"the header {name!r} holds a line break")
        if name.lower() not in _OWN:
            lines.append(f"{name}: {value}")
    # Header text is Latin-1 by tradition; what lies beyond goes as UTF-8, as other clients do.
    text = "\r\n".join([*lines, "content-length: "])
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def framed(head: bytes, body: bytes) -> bytes:
    """Return the bytes of a request from its head, which ends before the length, and its body."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)
