"""One loop until the outcome is known, with one policy value for each use."""

from __future__ import annotations

from collections.abc import Iterable
from unittest.mock import patch

import pytest

from harness.model.exchange import Exchange, Failure, Fault, Intent
from harness.model.verdict import Outcome
from harness.wire.retry import ONCE, Retry


def exchange(outcome: Outcome) -> Exchange:
    """Return an exchange that ended so."""
    return Exchange("c", Intent("op"), Failure(Fault.RESET), outcome)


class Server:
    """Gives these outcomes in order and counts the requests."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self.outcomes = list(outcomes)
        self.sent = 0

    def send(self) -> Exchange:
        """Return the next exchange."""
        self.sent += 1
        return exchange(self.outcomes[self.sent - 1])


@pytest.mark.parametrize(
    ("policy", "unknown", "sent", "outcome"),
    [
        (Retry(4), 0, 1, Outcome.REFUSED),
        (Retry(4), 3, 4, Outcome.REFUSED),
        (Retry(4), 4, 4, Outcome.UNKNOWN),
        (ONCE, 1, 1, Outcome.UNKNOWN),
    ],
)
def test_a_request_is_sent_until_its_outcome_is_known(
    policy: Retry, unknown: int, sent: int, outcome: Outcome
) -> None:
    """A refusal is a known outcome; after the last attempt the unknown one is returned."""
    server = Server([Outcome.UNKNOWN] * unknown + [Outcome.REFUSED])
    assert policy.until_known(server.send).outcome is outcome
    assert server.sent == sent


def test_a_caller_may_ask_for_more_than_a_known_outcome() -> None:
    """`until` goes on after a refusal if only ok will do."""
    server = Server([Outcome.REFUSED, Outcome.UNKNOWN, Outcome.OK])
    last = Retry(5).until(lambda one: one.outcome is Outcome.OK, server.send)
    assert (last.outcome, server.sent) == (Outcome.OK, 3)


def attempts(policy: Retry, responded: Iterable[bool]) -> tuple[int, bool]:
    """Return how many attempts are made if each goes so, and whether responses ended them."""
    tries, each = policy.tries(), list(responded)
    for number in tries:
        tries.unknown(responded=each[number])
    return tries.count, tries.responses_spent


@pytest.mark.parametrize(
    ("policy", "responded", "expected"),
    [
        (Retry(5), [True] * 5, (5, False)),
        (Retry(5, responses=2), [True] * 5, (2, True)),
        (Retry(5, responses=2), [True, False, True, True, True], (3, True)),
        (Retry(5, responses=2, in_a_row=True), [True, False, True, True, True], (4, True)),
        (Retry(5, responses=2), [False] * 5, (5, False)),
        (Retry(2, responses=2), [True] * 2, (2, True)),
    ],
)
def test_a_policy_gives_up_after_responses_that_settle_nothing(
    policy: Retry, responded: list[bool], expected: tuple[int, bool]
) -> None:
    """All such responses count, or only those in a row."""
    assert attempts(policy, responded) == expected


def test_the_last_attempt_is_known_while_it_runs() -> None:
    """A caller may decide on it what it would otherwise leave to the next one."""
    tries = Retry(3).tries()
    assert [tries.is_last for _ in tries] == [False, False, True]


def test_pauses_stand_between_attempts_only() -> None:
    """There is none before the first attempt, after the last, or beyond those that are given."""
    slept: list[float] = []
    with patch("harness.wire.retry.time.sleep", slept.append):
        assert list(Retry(4, pauses_seconds=(0.1, 0.2)).tries()) == [0, 1, 2, 3]
        assert list(ONCE.tries()) == [0]
    assert slept == [0.1, 0.2]
