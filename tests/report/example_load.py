"""A made-up load for the example of a result."""

from __future__ import annotations

import math
from typing import Any


def load() -> dict[str, Any]:
    """Return a load of 24 seconds with one second that is slow and one without enough samples."""
    spread = {"p50": 3.1, "p90": 7.9, "p99": 61.208, "max": 140.5}
    names = (("earn", 1170, 1162, 4, 4), ("burn", 655, 410, 243, 2), ("balance", 405, 405, 0, 0))
    return {
        "workload": "earn-burn",
        "title": "Earn and burn under a steady open load",
        "valid": True,
        "reason": "",
        "seconds": 24.0,
        "arrivals": 6012,
        "dropped": 3,
        "offered_per_second": 250.5,
        "achieved_per_second": 249.875,
        "lateness_ms": {"p50": 0.1, "p90": 0.4, "p99": 1.9, "max": 6.02},
        "mix": [
            {
                "name": name,
                "requests": count,
                "throttled": 0,
                "unsent": 0,
                "ok": ok,
                "refused": refused,
                "unknown": unknown,
                "response_ms": spread if count > 500 else {**spread, "p99": None},
                "service_ms": spread,
            }
            for name, count, ok, refused, unknown in names
        ],
        "series": [_second(second) for second in range(2, 26)],
        "thresholds": [
            _threshold("response_ms_p99", 50.0, 61.208, "fail"),
            _threshold("unknown_share", 0.1, 0.002495, "pass"),
        ],
        "throttled": 0,
        "unsent": 0,
    }


def _threshold(figure: str, at_most: float, value: float, verdict: str) -> dict[str, Any]:
    return {
        "figure": figure,
        "entry": None,
        "at_most": at_most,
        "at_least": None,
        "value": value,
        "verdict": verdict,
    }


def _second(second: int) -> dict[str, Any]:
    wave = math.cos(second * 1.7)
    arrivals = 250 + round(14 * wave)
    spike = 60 if second == 17 else 0
    return {
        "second": second,
        "arrivals": arrivals,
        "ok": arrivals - 41 - (4 if spike else 0),
        "refused": 41,
        "unknown": 4 if spike else 0,
        "p50_ms": round(3.1 + 0.4 * wave, 3),
        "p99_ms": None if second == 8 else round(22 + 6 * wave + spike, 3),
        "unsent": 0,
    }
