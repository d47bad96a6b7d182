"""The headers of a message by their names."""

from __future__ import annotations

from collections.abc import Iterable


def headers_of(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their name in lower case; of one name, the values are joined."""
    headers: dict[str, str] = {}
    for name, value in lines:
        add_header(headers, name.lower(), value)
    return headers


def add_header(headers: dict[str, str], name: str, value: str) -> None:
    """Add a header, its name in lower case; a cookie may hold commas (RFC 9110, 5.3)."""
    if name in headers:
        value = f"{headers[name]}{chr(10) if name == 'set-cookie' else ', '}{value}"
    headers[name] = value
