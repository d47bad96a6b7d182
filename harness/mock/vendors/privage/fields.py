"""How the values of a request are read: JSON fields, pages of lists, and moments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from harness.mock.message import Refused, Request, json_of

SIZE_DEFAULT = 100
SIZE_MOST = 1_000
OLD = "/api/v1/connect"
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def is_old(request: Request) -> bool:
    """Tell whether a request is one of the first generation."""
    return request.path.startswith(OLD)


def object_of(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request; Refused when the body is none."""
    value = json_of(request)
    if not isinstance(value, dict):
        raise Refused("invalid", "the body must be an object")
    return value


def text(body: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there and hold something."""
    value = body.get(name)
    if value is None:
        raise Refused("missing", f"{name} is required")
    if not isinstance(value, str) or not value:
        raise Refused("invalid", f"{name} must be a text")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text that may be absent or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused("invalid", f"{name} must be a text")
    return value or None


def amount(body: Mapping[str, Any], name: str) -> float:
    """Return a number above zero."""
    value = body.get(name)
    if value is None:
        raise Refused("missing", f"{name} is required")
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise Refused("invalid", f"{name} must be a number above 0")
    return value


def whole_amount(body: Mapping[str, Any], name: str) -> int:
    """Return a whole number above zero."""
    value = amount(body, name)
    if not float(value).is_integer():
        raise Refused("invalid", f"{name} must be whole")
    return int(value)


def query_of(request: Request) -> Mapping[str, str]:
    """Return the query of a request; of a repeated name the last value counts."""
    return dict(parse_qsl(request.query, keep_blank_values=True))


def page_of(
    items: Sequence[Any],
    query: Mapping[str, str],
    most: int = SIZE_MOST,
    skip: int = 0,
    overlap: int = 0,
) -> dict[str, Any]:
    """Return one page of a list with how many pages there are; a page past the end is empty.

    `skip` is how many items are left out between two pages, and `overlap` how many of the page
    before come again, which is right for none.
    """
    page, size = _whole(query, "page", 1), _whole(query, "size", SIZE_DEFAULT)
    if page < 1 or size < 1:
        raise Refused("invalid", "page and size begin at 1")
    if size > most:
        raise Refused("too_many_rows", f"size must not exceed {most}")
    total, begin = len(items), (page - 1) * (size + skip)
    if page > 1:
        begin -= overlap
    return {
        "data": items[begin : begin + size],
        "pagination": {
            "page": page,
            "size": size,
            "total": total,
            "total_pages": -(-total // size),
        },
    }


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    found = query.get(name)
    if not found:
        return default
    if _WHOLE.fullmatch(found) is None:
        raise Refused("invalid", f"{name} must be a whole number")
    return int(found)


def moment(query: Mapping[str, str], name: str, any_zone: bool) -> int | None:
    """Return a moment in unix microseconds; Refused when it is none, or not in UTC with a Z."""
    found = query.get(name)
    if not found:
        return None
    match = _MOMENT.fullmatch(found)
    if match is None or not (any_zone or match[8] in "Zz"):
        raise Refused("invalid", f"{name} must be a moment in UTC that ends in Z")
    try:
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        seconds = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        raise Refused("invalid", f"{name} is no moment") from None
    fraction = int((match[7] or ".0")[1:].ljust(6, "0")[:6])
    return int(seconds) * 1_000_000 + fraction


def written(stamp: int | None) -> str | None:
    """Return a stamp of unix milliseconds as a moment in UTC, None for none."""
    if stamp is None:
        return None
    whole = datetime.fromtimestamp(stamp // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{stamp % 1000:03d}Z"
