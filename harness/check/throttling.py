"""Tell a response that refuses to serve a request for now, and how long it asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from harness.model.exchange import Response

_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503
_RETRY_AFTER = "retry-after"
_FOR_EVER_SECONDS = 1e9

REMEDY = "set `rate` of the target to what the vendor allows, or ask it for a higher limit"
"""What helps against a server that throttles."""


def is_throttled(response: Response) -> bool:
    """Say whether the server refuses for now: 429, or 503 with a Retry-After that can be read."""
    if response.status == _TOO_MANY_REQUESTS:
        return True
    return response.status == _UNAVAILABLE and asked_seconds(response) is not None


def asked_seconds(response: Response) -> float | None:
    """Return for how long Retry-After asks to wait: seconds, or the time until a date.

    None without the header, and where it holds neither. A date is held against the response's own
    Date, so that a wrong clock does no harm; one that has passed asks for nothing.
    """
    text = response.headers.get(_RETRY_AFTER, "").strip()
    if text.isdecimal() and text.isascii():
        return min(float(text), _FOR_EVER_SECONDS)
    until = _moment(text)
    if until is None:
        return None
    since = _moment(response.headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def _moment(text: str) -> datetime | None:
    """Return the moment of an HTTP date, None for any other text."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
