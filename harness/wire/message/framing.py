"""The bytes of a request: its head, and the length before its body."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harness.model.exchange import Request
from harness.wire.connection.route import Route

_BREAK = re.compile("[\r\n\0]")
USUAL_HEADERS = {"user-agent": "loyalty-harness", "accept": "*/*"}
"""The headers of a request that names none of them."""
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def request_target(request: Request, route: Route) -> str:
    """Return what the first line of a request names: its path, or its whole address to a proxy."""
    # A proxy that forwards requests is told the whole address.
    start = f"http://{route.address}" if route.forwards else ""
    return f"{start}{urlsplit(route.base_url).path.rstrip('/')}{request.path}"


def header_lines(request: Request, route: Route) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request: host, the login of a proxy, then its own.

    Raises ValueError for one that would break out of its line.
    """
    lines = [("host", urlsplit(route.base_url).netloc.rpartition("@")[2])]
    if route.forwards and route.proxy is not None and route.proxy.authorization:
        lines.append(("proxy-authorization", route.proxy.authorization))
    for name, value in request.headers:
        if _BREAK.search(f"{name}{value}"):
            raise ValueError(f"the header {name!r} holds a line break")
        if name.lower() not in _OWN:
            lines.append((name, value))
    return [(_encoded(name), _encoded(value)) for name, value in lines]


def request_head(request: Request, route: Route) -> bytes:
    """Return everything before the number of the body's bytes; raises ValueError."""
    lines = header_lines(request, route)
    given = {name.lower() for name, _ in lines}
    usual = {**USUAL_HEADERS, "accept-encoding": "identity"}
    lines += [(n, t.encode()) for name, t in usual.items() if (n := name.encode()) not in given]
    start = f"{request.method} {request_target(request, route)} HTTP/1.1"
    told = [_encoded(start), *(b"%b: %b" % line for line in lines), b"content-length: "]
    return b"\r\n".join(told)


def _encoded(text: str) -> bytes:
    """Header text is Latin-1 by tradition; what lies beyond goes as UTF-8, as other clients do."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def framed(head: bytes, body: bytes) -> bytes:
    """Return the bytes of a request from its head, which ends before the length, and its body."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)
