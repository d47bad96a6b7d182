"""Requests leave within a rate and a budget, whoever sends them and however long they take."""

from __future__ import annotations

import threading
import time

import pytest

from harness.wire.pace import BudgetSpent, Pace

SLOW = 0.1
"""One request in ten seconds: longer than anything here takes."""


def is_free(pace: Pace, count: int = 1) -> bool:
    """Say whether so many requests could leave now; they do not."""
    found = pace.permits(count, time.monotonic())
    for permit in found:
        permit.give_back()
    return bool(found)


def test_a_budget_ends() -> None:
    """Three requests may leave and the fourth may not; one that never left does not count."""
    pace = Pace(None, 3)
    with pace.permit(), pace.permit():
        pace.permit().give_back()
        with pytest.raises(BudgetSpent, match="budget of 3 requests"):
            pace.permits(2)
        pace.permit().leave()
    assert pace.sent == 3
    with pytest.raises(BudgetSpent):
        pace.permit()


def test_a_request_counts_until_a_while_after_it_has_left() -> None:
    """A request may take long, and its server receives it at any moment meanwhile."""
    pace = Pace(SLOW, None)
    permit = pace.permit()
    assert not is_free(pace)
    assert pace.free_at < time.monotonic()
    permit.leave()
    assert pace.free_at > time.monotonic() + 5
    permit.give_back()
    assert not is_free(pace), "it has left"
    assert pace.sent == 1


def test_a_request_that_never_leaves_does_not_count() -> None:
    """So does one that would leave too late."""
    pace = Pace(SLOW, None)
    pace.permit().give_back()
    with pace.permit():
        assert pace.permits(1, time.monotonic()) == ()
    assert pace.sent == 1


@pytest.mark.parametrize(
    ("rate", "together", "span"),
    [(1.5, 2, 2 / 1.5), (0.5, 1, 2.0), (30, 30, 1.0), (2.1, 3, 3 / 2.1)],
)
def test_a_rate_is_kept_in_whole_requests(rate: float, together: int, span: float) -> None:
    """What is no whole number becomes the next one, in the time that these take."""
    pace = Pace(rate, None)
    permits = pace.permits(together)
    before = time.monotonic()
    for permit in permits:
        permit.leave()
    assert pace.together == together
    assert before + span <= pace.free_at <= time.monotonic() + span
    with pytest.raises(ValueError, match="together"):
        pace.permits(together + 1)


def test_concurrent_requests_wait_until_they_can_leave_together() -> None:
    """There is room for three of four, which wait for the fourth."""
    pace = Pace(4, None)
    pace.permit().leave()
    free_at = pace.free_at
    assert len(pace.permits(4)) == 4
    assert time.monotonic() >= free_at


def test_a_request_waits_for_one_that_is_under_way() -> None:
    """It leaves as soon as the other has been given back."""
    pace, order = Pace(SLOW, None), []
    first = pace.permit()

    def take() -> None:
        pace.permit()
        order.append("second")

    waiting = threading.Thread(target=take)
    waiting.start()
    order.append("first")
    first.give_back()
    waiting.join(20)
    assert order == ["first", "second"]


def test_a_process_goes_on_where_another_has_stopped() -> None:
    """Its requests count in the budget, and its last ones in the second after it."""
    first, second = Pace(SLOW, 2), Pace(SLOW, 2)
    first.permit().leave()
    second.follow(first.sent, first.free_at)
    assert not is_free(second)
    second.follow(first.sent, time.monotonic())
    second.permit().leave()
    with pytest.raises(BudgetSpent):
        second.permit()
    first.follow(second.sent)
    assert first.free_at > time.monotonic() + 5
    with pytest.raises(BudgetSpent):
        first.permit()
