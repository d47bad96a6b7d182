"""Durations as text: `8s`, `5m`, `2h`."""

from __future__ import annotations

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(duration: str) -> float:
    """Return the seconds of a duration that its schema has accepted."""
    return float(duration[:-1]) * _SECONDS[duration[-1]]
