"""Where a value stands in a response: in its body, a header, a cookie that it sets, or a link."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.document.expression import found_in
from harness.document.pointer import MISSING, find
from harness.model.binding import Source
from harness.model.exchange import Response

TEXT_MAX = 16_384
"""No address, header or token is longer, and no server accepts a longer one."""
_PLACE_MAX = 200
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)


def extracted(source: Source, response: Response, body: Any) -> Any:
    """Return the value that a source names, MISSING where nothing stands; `body` is decoded.

    What stands in a header is text. A text that is too long to be sent back counts as missing.
    """
    found = _found(source, response, body)
    return MISSING if isinstance(found, str) and len(found) > TEXT_MAX else found


def _found(source: Source, response: Response, body: Any) -> Any:
    if isinstance(source, str):
        return find(body, source)
    if "cookie" in source:
        return _cookie(response.headers.get("set-cookie", ""), source["cookie"])
    if "link" in source:
        return _link(response.headers.get("link", ""), source["link"], source.get("parameter"))
    value = response.headers.get(source["header"].lower())
    return MISSING if value is None else _matched(value, source.get("matches"))


def redirect_place(response: Response) -> str:
    """Return the place that a redirect names, without its query, empty for none."""
    place = response.headers.get("location", "").partition("?")[0]
    return place if len(place) <= _PLACE_MAX else f"{place[: _PLACE_MAX - 3]}..."


def described(source: Source) -> str:
    """Return a source in words, as messages name it."""
    if isinstance(source, str):
        return source
    if "cookie" in source:
        return f"cookie {source['cookie']}"
    if "link" in source:
        parameter = f" with a {source['parameter']}" if "parameter" in source else ""
        return f"link {source['link']}{parameter}"
    pattern = f" that matches {source['matches']}" if "matches" in source else ""
    return f"header {source['header']}{pattern}"


def _matched(value: str, pattern: str | None) -> Any:
    """Return the first group of the expression, or all that matches where it has no group."""
    if pattern is None:
        return value
    found = found_in(value, pattern)
    if found is None:
        return MISSING
    return found[1 if found.re.groups else 0] or MISSING


def _cookie(lines: str, name: str) -> Any:
    """Return the value that the last of some Set-Cookie lines gives a cookie."""
    for line in reversed(lines.split("\n")):
        written, mark, value = line.partition(";")[0].partition("=")
        if mark and written.strip() == name:
            return value.strip()
    return MISSING


def _link(header: str, relation: str, parameter: str | None) -> Any:
    """Return the address of the first link with a relation, or a parameter of its query."""
    for target, attributes in _LINK.findall(header):
        named = _RELATION.search(attributes)
        if named and relation.lower() in (named[1] or named[2]).lower().split():
            if parameter is None:
                return target
            values = parse_qs(urlsplit(target).query, keep_blank_values=True)
            return values.get(parameter, [MISSING])[0]
    return MISSING
