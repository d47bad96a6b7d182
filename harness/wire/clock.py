"""The time by a vendor's clock, for templates that write it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache


def time_at(utc_offset: str) -> datetime:
    """Return the moment in a zone given by its offset from UTC, such as `+07:00`."""
    return datetime.now(_zone(utc_offset))


@lru_cache(maxsize=16)
def _zone(utc_offset: str) -> tzinfo | None:
    return datetime.strptime(utc_offset, "%z").tzinfo
