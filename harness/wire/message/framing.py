"""The bytes of a request: its head, and the length before its body."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harness.model.exchange import Request
from harness.wire.connection.route import Route

_BREAK = re.compile("[\r\n\0]")
_USUAL = {"user-agent": "loyalty-harness", "accept": "*/*"}
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def request_head(request: Request, route: Route, accepts: str = "identity") -> bytes:
    """Return everything before the number of the body's bytes.

    `accepts` is the Accept-Encoding of a request that names none. Raises ValueError for a header
    that would break out of its line.
    """
    parts = urlsplit(route.base_url)
    # A proxy that forwards requests is told the whole address.
    start = f"http://{route.address}" if route.forwards else ""
    lines = [
        f"{request.method} {start}{parts.path.rstrip('/')}{request.path} HTTP/1.1",
        f"host: {parts.netloc.rpartition('@')[2]}",
    ]
    usual = {**_USUAL, "accept-encoding": accepts}
    if route.forwards and route.proxy is not None and route.proxy.authorization:
        lines.append(f"proxy-authorization: {route.proxy.authorization}")
    for name, value in request.headers:
        line, key = f"{name}: {value}", name.lower()
        if _BREAK.search(line):
            raise ValueError(f"the header {name!r} holds a line break")
        if key not in _OWN:
            lines.append(line)
            usual.pop(key, None)
    lines += [f"{name}: {value}" for name, value in usual.items()]
    # Header text is Latin-1 by tradition; what lies beyond goes as UTF-8, as other clients do.
    text = "\r\n".join([*lines, "content-length: "])
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def framed(head: bytes, body: bytes) -> bytes:
    """Return the bytes of a request from its head, which ends before the length, and its body."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)
