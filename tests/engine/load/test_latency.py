"""Live figures are exact, and those of several workers are put together fairly."""

from __future__ import annotations

from harness.engine.load.latency import LiveFigures, combined
from harness.model.verdict import Outcome

MS = 1_000_000


def test_quantiles_of_a_second_are_those_of_that_second() -> None:
    """Each line tells what happened since the one before, the total tells all."""
    live = LiveFigures()
    for ms in range(1, 101):
        live.lateness.append(0)
        live.done(0, MS, ms * MS, Outcome.OK)
    first = live.second()
    assert (first["p50_ms"], first["p99_ms"], first["ok"]) == (50.0, 99.0, 100)
    live.lateness.append(7 * MS)
    live.done(0, 0, 500 * MS, Outcome.UNKNOWN)
    second = live.second()
    assert (second["p50_ms"], second["late_p99_ms"], second["unknown"]) == (500.0, 7.0, 1)
    total = live.total()
    assert (total["response_max_ms"], total["service_p50_ms"]) == (500.0, 50.0)
    assert (total["arrivals"], total["ok"], total["unknown"]) == (101, 100, 1)


def test_a_second_without_requests_has_no_quantiles() -> None:
    """Nothing seen is shown as nothing, not as zero."""
    assert LiveFigures().second()["p99_ms"] is None
    assert LiveFigures().total()["response_p99_ms"] is None


def test_counts_add_up_and_the_worst_quantile_counts() -> None:
    """Two workers: sums of counts, maxima of times, and a missing quantile hides nothing."""
    one = {"event": "second", "second": 3, "ok": 5, "p99_ms": None, "late_p99_ms": 2.0}
    two = {"event": "second", "second": 3, "ok": 7, "p99_ms": 9.0, "late_p99_ms": 1.0}
    assert combined([one, two]) == {
        "event": "second",
        "second": 3,
        "ok": 12,
        "p99_ms": 9.0,
        "late_p99_ms": 2.0,
    }
