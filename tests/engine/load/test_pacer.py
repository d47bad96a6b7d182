"""Arrivals fall due when the integral of the rate says so."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.engine.load.pacer import due_times, length_ns, peak, spaced
from harness.model.workload import Stage

SECOND = 1_000_000_000


def test_uniform_arrivals_of_a_steady_stage_are_evenly_spaced() -> None:
    """At 10 a second the first is due at 50 ms and each next one 100 ms later."""
    due = due_times([Stage("steady", 10, 10, 2)], "uniform", 1)
    assert list(due) == [50_000_000 + 100_000_000 * i for i in range(20)]


def test_a_ramp_holds_as_many_arrivals_as_its_area() -> None:
    """From 0 to 100 a second in 4 s there are 200, and the first half takes 4 / sqrt 2 seconds."""
    due = due_times([Stage("ramp", 0, 100, 4)], "uniform", 1)
    assert len(due) == 200
    assert due[99] / SECOND == pytest.approx(4 / math.sqrt(2), abs=0.02)


@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 300), st.floats(0.1, 3, allow_subnormal=False)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["uniform", "poisson"]),
    st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_due_times_are_ordered_within_the_stages_and_repeatable(
    shapes: list[tuple[float, float, float]], process: str, seed: int
) -> None:
    """Whatever the stages, arrivals come in order, inside the run, and again in the same way."""
    stages = [Stage(str(n), a, b, s) for n, (a, b, s) in enumerate(shapes)]
    due = due_times(stages, process, seed)
    assert list(due) == sorted(due)
    assert all(0 <= moment <= length_ns(stages) for moment in due)
    assert due == due_times(stages, process, seed)
    area = sum((a + b) / 2 * s for a, b, s in shapes)
    spread = 1 if process == "uniform" else 6 * math.sqrt(area) + 6
    assert abs(len(due) - area) <= spread


def test_poisson_gaps_have_the_spread_of_an_exponential() -> None:
    """Mean and standard deviation of the gaps are both one over the rate."""
    due = due_times([Stage("steady", 500, 500, 40)], "poisson", 3)
    gaps = [(b - a) / SECOND for a, b in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert mean == pytest.approx(1 / 500, rel=0.03)
    assert deviation == pytest.approx(1 / 500, rel=0.05)


def test_another_seed_gives_other_moments() -> None:
    """The seed decides the Poisson moments."""
    stages = [Stage("steady", 100, 100, 1)]
    assert due_times(stages, "poisson", 1) != due_times(stages, "poisson", 2)


def test_the_rate_is_continuous_where_stages_meet() -> None:
    """No arrival is lost or doubled at the seam of two stages."""
    one = due_times([Stage("a", 7, 7, 3)], "uniform", 1)
    two = due_times([Stage("a", 7, 7, 1.3), Stage("b", 7, 7, 1.7)], "uniform", 1)
    assert [round(moment / 1000) for moment in one] == [round(moment / 1000) for moment in two]


@given(
    st.floats(0.4, 40), st.floats(0.2, 2), st.lists(st.integers(1, 4), min_size=1), st.integers(0)
)
@settings(max_examples=60, deadline=None)
def test_no_second_of_a_plan_has_more_requests_than_the_rate(
    rate: float, share: float, sizes: list[int], seed: int
) -> None:
    """Whatever is asked for, and of concurrent requests too; each has 1 / rate after it."""
    most = math.ceil(rate)
    stages = [Stage("steady", rate * share, rate * share, 30 / rate)]
    asked = due_times(stages, "poisson", seed)

    def size(number: int) -> int:
        return min(most, sizes[number % len(sizes)])

    due = spaced(asked, size, rate, length_ns(stages))
    assert due == spaced(asked, size, rate, length_ns(stages))
    assert all(0 <= moment <= length_ns(stages) for moment in due)
    requests = [(moment, size(number)) for number, moment in enumerate(due)]
    for (earlier, sent), (later, _) in pairwise(requests):
        assert later - earlier >= sent / rate * SECOND - 1
    for begin, _ in requests:
        end = begin + most / rate * SECOND - 1
        assert sum(sent for moment, sent in requests if begin <= moment < end) <= most


def test_a_plan_within_the_rate_keeps_nearly_every_arrival() -> None:
    """At two thirds of the rate few are left out, and what is far enough apart is not moved."""
    stages = [Stage("steady", 20, 20, 30)]
    asked = due_times(stages, "poisson", 4)
    due = spaced(asked, lambda _: 1, 30, length_ns(stages))
    assert len(due) >= 0.99 * len(asked)
    uniform = due_times(stages, "uniform", 4)
    assert spaced(uniform, lambda _: 1, 30, length_ns(stages)) == uniform


def test_an_unknown_process_is_refused() -> None:
    """A misspelt process does not quietly become another one."""
    with pytest.raises(ValueError, match="uniform or poisson"):
        due_times([Stage("a", 1, 1, 1)], "normal", 1)


def test_the_peak_is_the_highest_rate_of_any_stage() -> None:
    """A ramp peaks at its higher end."""
    assert peak([Stage("a", 0, 80, 1), Stage("b", 50, 20, 1)]) == 80
