"""Retry-After is read in both forms, and a refusal for now is told from any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from harness.check.throttling import asked_seconds, is_throttled
from harness.model.exchange import Response

DATE = "Tue, 01 Dec 2026 06:00:00 GMT"


def response(status: int, **headers: str) -> Response:
    """Return a response with headers; underscores stand for hyphens."""
    return Response(status, {n.replace("_", "-"): text for n, text in headers.items()}, b"")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "3"}, 3),
        ({"retry_after": " 120 "}, 120),
        ({"retry_after": "Tue, 01 Dec 2026 06:00:07 GMT", "date": DATE}, 7),
        ({"retry_after": "Tue, 01 Dec 2026 05:59:00 GMT", "date": DATE}, 0),
        ({"retry_after": "Tuesday, 01-Dec-26 06:01:00 GMT", "date": DATE}, 60),
        ({"retry_after": "Tue Dec  1 06:00:05 2026", "date": DATE}, 5),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "1.5"}, None),
        ({"retry_after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """A date is held against the response's own; all three forms of HTTP dates are read."""
    assert asked_seconds(response(429, **headers)) == seconds


def test_a_date_without_a_date_beside_it_is_held_against_the_clock() -> None:
    """Then the clock of this machine must do."""
    until = datetime.now(UTC) + timedelta(seconds=30)
    asked = asked_seconds(response(429, retry_after=format_datetime(until, usegmt=True)))
    assert asked is not None
    assert 25 < asked <= 30


@pytest.mark.parametrize(
    ("status", "headers", "throttled"),
    [
        (429, {}, True),
        (503, {"retry_after": "1"}, True),
        (503, {"retry_after": DATE}, True),
        (503, {}, False),
        (503, {"retry_after": "soon"}, False),
        (500, {"retry_after": "1"}, False),
        (400, {"retry_after": "1"}, False),
    ],
)
def test_a_refusal_for_now(status: int, headers: dict[str, str], throttled: bool) -> None:
    """429 is one, and so is 503 with a Retry-After."""
    assert is_throttled(response(status, **headers)) is throttled
