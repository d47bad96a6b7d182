from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.auditor.load_stats import figures_of, judge_load, measure, quantile, series
from harness.model.history import Drop
from harness.model.result import SecondResult
from harness.model.run_header import RunHeader
from harness.model.verdict import Outcome, Verdict
from tests.auditor.build import (
    MS,
    SECOND,
    attempt,
    limit,
    load_attempts,
    load_header,
    recorded,
    workloads,
)


@pytest.mark.parametrize(
    ("count", "q", "expected"),
    [
        (0, 0.5, None),
        (1, 0.5, None),
        (2, 0.5, 1),
        (3, 0.5, 2),
        (9, 0.9, None),
        (10, 0.9, 9),
        (99, 0.99, None),
        (100, 0.99, 99),
        (101, 0.99, 100),
        (200, 0.99, 198),
        (1, 1.0, 1),
        (7, 1.0, 7),
    ],
)
def test_quantile_is_nearest_rank_with_enough_samples(
    count: int, q: float, expected: float | None
) -> None:
    """The quantile of 1..n is the value of that rank, and nothing without samples behind it."""
    assert quantile(range(1, count + 1), q) == expected


def test_only_arrivals_planned_in_measured_stages_feed_the_figures() -> None:
    """Warm-up, cool-down and attempts that are no load stay out, whenever they were sent."""
    attempts = [
        attempt("warm", source="load:earn", planned_ns=SECOND - 1, late_ns=5 * MS),
        attempt("first", source="load:earn", planned_ns=SECOND),
        attempt("last", source="load:earn", planned_ns=3 * SECOND - 1, late_ns=2 * SECOND),
        attempt("cool", source="load:earn", planned_ns=3 * SECOND),
        attempt("scenario", source="scenario:x", planned_ns=2 * SECOND),
    ]
    drops = [Drop("d1", "load:earn", 2 * SECOND), Drop("d2", "load:earn", 10)]
    (measured,) = measure(recorded(attempts, headers=[load_header()], drops=drops))
    assert [c.id for c in measured.attempts] == ["first", "last"]
    assert [d.id for d in measured.drops] == ["d1"]
    assert measured.seconds == 2


def test_response_counts_from_the_plan_and_service_from_sending() -> None:
    """A late attempt has a longer response time than service time."""
    attempts = load_attempts(100, took_ms=10, late_ns=4 * MS)
    (measured,) = measure(recorded(attempts, headers=[load_header()]))
    figures = figures_of(measured, None)
    assert figures["response_ms_p99"] == 14
    assert figures["service_ms_p99"] == 10
    assert figures["achieved_per_second"] == 50


def test_shares_are_of_attempts_and_drops_of_arrivals() -> None:
    """Unknown, refused and error shares divide by attempts, dropped by all arrivals."""
    attempts = [
        *load_attempts(6, prefix="a"),
        *load_attempts(3, prefix="b", outcome=Outcome.REFUSED),
        *load_attempts(1, prefix="c", outcome=Outcome.UNKNOWN, source="load:burn"),
    ]
    drops = [Drop(f"d{n}", "load:burn", SECOND) for n in range(10)]
    violations = [("a0", "bad"), ("a0", "worse")]
    run = recorded(attempts, headers=[load_header()], drops=drops, violations=violations)
    (measured,) = measure(run)
    figures = figures_of(measured, None)
    assert figures["unknown_share"] == 0.1
    assert figures["refused_share"] == 0.3
    assert figures["error_share"] == 0.2
    assert figures["dropped_share"] == 0.5
    assert figures_of(measured, "earn")["dropped_share"] == 0
    assert figures_of(measured, "burn")["unknown_share"] == 1
    assert figures_of(measured, "absent")["unknown_share"] is None


def test_call_without_an_end_counts_as_unknown_and_has_no_time() -> None:
    """An attempt whose end was never written is counted, but gives no latency."""
    unended = attempt(
        "u", source="load:earn", planned_ns=SECOND, took_ns=None, outcome=Outcome.UNKNOWN
    )
    (measured,) = measure(recorded([unended], headers=[load_header()]))
    figures = figures_of(measured, None)
    assert figures["unknown_share"] == 1
    assert figures["response_ms_max"] is None


@pytest.mark.parametrize(
    ("header", "run", "words"),
    [
        ({}, {}, ""),
        ({"lateness_ms": 3}, {}, "4 ms late"),
        ({"workers": 2}, {}, "only 1 of 2 workers"),
        ({}, {"complete": False}, "incomplete"),
        ({}, {"truncated": 1}, "incomplete"),
        ({"t0_ns": 100 * SECOND}, {}, "no arrival"),
    ],
)
def test_measurement_that_may_not_be_trusted_says_why(
    header: dict[str, Any], run: dict[str, Any], words: str
) -> None:
    """Lateness, missing workers, a truncated journal and no arrivals make a measurement invalid."""
    attempts = load_attempts(100, late_ns=4 * MS)
    (measured,) = measure(recorded(attempts, headers=[load_header(**header)], **run))
    assert words in measured.reason
    assert bool(measured.reason) == bool(words)


def test_worst_lateness_replaces_p99_of_few_attempts() -> None:
    """With too few attempts for a p99, one late attempt is enough to distrust the measurement."""
    attempts = [*load_attempts(5), *load_attempts(1, prefix="late", late_ns=60 * MS)]
    (measured,) = measure(recorded(attempts, headers=[load_header()]))
    assert "60 ms late" in measured.reason


def test_workers_with_clocks_of_their_own_share_one_measurement() -> None:
    """Each worker's arrivals are placed by its own start, as monotonic clocks do not agree."""
    far = 500_000 * SECOND
    attempts = [
        attempt("a", source="load:earn", planned_ns=SECOND),
        attempt("b", source="load:earn", planned_ns=far + SECOND + 10),
        attempt("c", source="load:earn", planned_ns=far),
    ]
    headers = [load_header(workers=2), load_header(workers=2, t0_ns=far)]
    (measured,) = measure(recorded(attempts, headers=headers))
    assert [c.id for c in measured.attempts] == ["a", "b"]
    assert measured.reason == ""
    assert [one.second for one in series(measured)] == [1]


def test_series_has_a_row_per_second() -> None:
    """Each measured second shows its arrivals, their outcomes and its quantiles."""
    attempts = [
        *load_attempts(250, prefix="a"),
        *load_attempts(2, prefix="b", outcome=Outcome.UNKNOWN, took_ms=30),
    ]
    (measured,) = measure(recorded(attempts, headers=[load_header()]))
    assert series(measured) == tuple(
        SecondResult(second, arrivals=126, ok=125, refused=0, unknown=1, p50_ms=10, p99_ms=10)
        for second in (1, 2)
    )


def test_run_without_load_measures_nothing() -> None:
    """A journal whose headers tell of no load gives no measurement."""
    assert measure(recorded([attempt()], headers=[RunHeader(vendor="acme")])) == ()


@pytest.mark.parametrize(("throttled", "valid"), [(1, True), (2, False)])
def test_throttled_requests_are_counted_apart(throttled: int, valid: bool) -> None:
    """They are in no other figure; with more than one of a hundred the measurement is invalid."""
    attempts = load_attempts(100)
    refused = [replace(a, throttled=True, outcome=Outcome.UNKNOWN) for a in attempts[:throttled]]
    run = recorded([*refused, *attempts[throttled:]], headers=[load_header()])
    (measured,) = measure(run)
    figures = figures_of(measured, None)
    assert figures["throttled_share"] == throttled / 100
    assert (figures["unknown_share"], figures["error_share"]) == (0, 0)
    (load,), checks = judge_load([measured], {})
    assert (load.valid, load.throttled, load.mix[0].throttled) == (valid, throttled, throttled)
    assert load.mix[0].requests == 100
    assert load.mix[0].unknown == 0
    assert [one.verdict for one in checks] == [Verdict.PASS if valid else Verdict.INCONCLUSIVE]
    assert valid or "the server throttled 2 of 100 requests" in load.reason


def test_a_threshold_of_throttled_requests_replaces_the_limit() -> None:
    """Who limits them wants to measure them."""
    attempts = [replace(one, throttled=True) for one in load_attempts(100)[:50]]
    run = recorded([*attempts, *load_attempts(100)[50:]], headers=[load_header()])
    (load,), _ = judge_load(measure(run), workloads(limit("throttled_share", at_most=0.6)))
    assert load.valid
    assert [one.verdict for one in load.thresholds] == [Verdict.PASS]
