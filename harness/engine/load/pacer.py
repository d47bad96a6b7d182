"""When each arrival is due, from the stages of a workload: uniform or Poisson, fixed in advance."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, count
from math import ceil, log1p, sqrt

from harness.engine.load.rng import fraction, random_words
from harness.model.workload import Stage

_SECOND_NS = 1_000_000_000
PROCESSES = ("uniform", "poisson")


def due_times(stages: Sequence[Stage], process: str, seed: int) -> array[int]:
    """Return the due time of every arrival in nanoseconds after the start, in order.

    The rate moves in a straight line within a stage, and arrival i is due when the integral of the
    rate reaches its mark: i + 1/2 for `uniform`, the sum of i + 1 unit exponentials for `poisson`.
    Raises ValueError for another process.
    """
    if process not in PROCESSES:
        raise ValueError(f"an arrival process is {' or '.join(PROCESSES)}, not {process!r}")
    marks: Iterator[float] = _poisson(seed) if process == "poisson" else count(0.5)
    due = array("q")
    mark = next(marks)
    before = 0.0  # arrivals that the earlier stages ask for
    started = 0.0  # seconds that the earlier stages take
    for stage in stages:
        asked = (stage.start + stage.end) / 2 * stage.seconds
        while mark < before + asked:
            due.append(round((started + _seconds_until(stage, mark - before)) * _SECOND_NS))
            mark = next(marks)
        before += asked
        started += stage.seconds
    return due


def spaced(due: Iterable[int], size: Callable[[int], int], rate: float, end_ns: int) -> array[int]:
    """Return due times, in nanoseconds, that keep their requests within a rate.

    `size` is how many requests an arrival sends, by its number among those returned. One that is
    due too soon waits until the requests before it have had 1 / `rate` seconds each, and no second
    has more than `rate` requests. Where that takes longer than a second (the time of one request,
    if that is more) or goes beyond the end, the moment is left out.
    """
    most = ceil(rate)
    span = round(most / rate * _SECOND_NS)
    kept = array("q")
    counted: deque[tuple[int, int]] = deque()  # moment and size of the arrivals of the last span
    held, free_ns = 0, 0
    for moment in due:
        while counted and counted[0][0] + span <= moment:
            held -= counted.popleft()[1]
        requests = size(len(kept))
        missing, at = held + requests - most, max(moment, free_ns)
        for earlier, sent in counted:
            if missing <= 0:
                break
            missing, at = missing - sent, max(at, earlier + span)
        if at - moment <= span and at <= end_ns:
            kept.append(at)
            counted.append((at, requests))
            held += requests
            free_ns = at + round(requests / rate * _SECOND_NS)
    return kept


def length_ns(stages: Sequence[Stage]) -> int:
    """Return how long the stages take together, in nanoseconds."""
    return round(sum(stage.seconds for stage in stages) * _SECOND_NS)


def peak(stages: Sequence[Stage]) -> float:
    """Return the highest rate the stages reach, in arrivals per second."""
    return max((max(stage.start, stage.end) for stage in stages), default=0.0)


def _seconds_until(stage: Stage, arrivals: float) -> float:
    """Return when, within the stage, the integral of its rate reaches so many arrivals."""
    slope = (stage.end - stage.start) / stage.seconds
    # The usual quadratic formula loses all digits where the slope is small; this form does not.
    root = sqrt(max(0.0, stage.start * stage.start + 2 * slope * arrivals))
    return min(stage.seconds, 2 * arrivals / (stage.start + root)) if arrivals > 0 else 0.0


def _poisson(seed: int) -> Iterator[float]:
    words = random_words(seed, "pace")
    return accumulate(-log1p(-fraction(word)) for block in count() for word in words(block))
