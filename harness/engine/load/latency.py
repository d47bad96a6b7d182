"""Live figures of a load run: counts and quantiles of the last second and of the whole run."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from harness.model.verdict import Outcome

_MS_NS = 1_000_000
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


class LiveFigures:
    """What a worker counts while it runs, for the progress lines; the journal is the truth.

    Every duration is kept, in nanoseconds, so that the quantiles are exact. `idle` arrivals found
    nothing to act on, so that nothing was sent for them; `throttled` ones were refused for now.
    """

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.dropped = 0
        self.idle = 0
        self.violating = 0
        self.throttled = 0
        self.in_flight = 0
        self.lateness = array("q")
        self.response = array("q")
        self.service = array("q")
        self._reported = (0, 0)

    @property
    def arrivals(self) -> int:
        """How many requests have left."""
        return len(self.lateness)

    def done(self, due_ns: int, sent_ns: int, done_ns: int, outcome: Outcome) -> None:
        """Count a request that has ended."""
        self.outcomes[outcome] += 1
        self.response.append(done_ns - due_ns)
        self.service.append(done_ns - sent_ns)

    def second(self) -> dict[str, Any]:
        """Return the counts so far and the quantiles since the last time."""
        late, ended = self._reported
        self._reported = len(self.lateness), len(self.response)
        recent = sorted(self.response[ended:])
        return {
            **self.counts(),
            "p50_ms": _quantile_ms(recent, 0.5),
            "p99_ms": _quantile_ms(recent, 0.99),
            "late_p99_ms": _quantile_ms(sorted(self.lateness[late:]), 0.99),
        }

    def counts(self) -> dict[str, int]:
        """Return the counts so far."""
        return {
            "arrivals": self.arrivals,
            "in_flight": self.in_flight,
            "dropped": self.dropped,
            "idle": self.idle,
            "violations": self.violating,
            "throttled": self.throttled,
            **{outcome.value: self.outcomes[outcome] for outcome in Outcome},
        }

    def total(self) -> dict[str, Any]:
        """Return the counts and the quantiles of the whole run, in milliseconds."""
        quantiles = {}
        for name in ("response", "service", "lateness"):
            ordered = sorted(getattr(self, name))
            for label, q in _QUANTILES.items():
                quantiles[f"{name}_{label}_ms"] = _quantile_ms(ordered, q)
        return {**self.counts(), **quantiles}


def combined(lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of several workers as one: counts add up, the worst quantile counts."""
    result: dict[str, Any] = {}
    for line in lines:
        for name, value in line.items():
            before = result.get(name)
            if not isinstance(value, int | float) or before is None:
                result[name] = value if before is None else before
            elif name.endswith("_ms") or name in ("second", "seconds"):
                result[name] = max(before, value)
            else:
                result[name] = before + value
    return result


def _quantile_ms(ordered: Sequence[int], q: float) -> float | None:
    """Return the nearest-rank quantile of sorted nanoseconds in milliseconds."""
    if not ordered:
        return None
    return round(max(0, ordered[max(0, math.ceil(q * len(ordered)) - 1)]) / _MS_NS, 3)
