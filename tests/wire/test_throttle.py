"""A server that throttles is left alone for as long as it asks, within bounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.model.exchange import Exchange, Intent, Response
from harness.model.verdict import Outcome
from harness.wire import channel, throttle
from harness.wire.channel import when_served
from harness.wire.throttle import Throttle, Throttled


class Clock:
    """A monotonic clock that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the throttle."""
    made = Clock()
    monkeypatch.setattr(throttle, "time", made)
    return made


def responded(status: int, retry_after: str | None = None) -> Response:
    """Return a response, with Retry-After if it is given."""
    return Response(status, {} if retry_after is None else {"retry-after": retry_after}, b"{}")


def exchange(response: Response, outcome: Outcome, reason: str | None = None) -> Exchange:
    """Return an exchange that ended so."""
    return Exchange("c", Intent("Earn"), response, outcome, reason)


@pytest.mark.parametrize(("asked", "waited"), [("3", 3), (None, 1), ("0", 0.1)])
def test_the_pause_is_what_the_server_asks_for(
    clock: Clock, asked: str | None, waited: float
) -> None:
    """Without a number it is a second, and never nothing at all."""
    pacer, began = Throttle(), clock.now
    assert pacer.note("Earn", responded(429, asked), Outcome.REFUSED)
    pacer.wait()
    assert clock.now - began == pytest.approx(waited)


def test_pauses_grow_until_a_request_is_served(clock: Clock) -> None:
    """A server that asks for nothing is asked less and less often."""
    pacer, waits = Throttle(), []
    for status in (429, 429, 429, 200, 429):
        outcome = Outcome.OK if status == 200 else Outcome.REFUSED
        began = clock.now
        pacer.note("Earn", responded(status, "0"), outcome)
        pacer.wait()
        waits.append(round(clock.now - began, 3))
    assert waits == [0.1, 0.25, 0.5, 0, 0.1]


def test_a_pause_that_is_too_long_is_not_waited_for(clock: Clock) -> None:
    """The exception says what was asked for and what would help."""
    with pytest.raises(Throttled, match=r"status 429.*3,600 seconds.*`rate` of the target"):
        Throttle().note("Earn", responded(429, "3600"), Outcome.REFUSED)
    assert clock.now == 100


def test_a_server_that_serves_nothing_is_given_up(clock: Clock) -> None:
    """However short the pauses are that it asks for."""
    pacer = Throttle()

    def ask() -> None:
        for _ in range(200):
            pacer.note("Earn", responded(503, "1"), Outcome.UNKNOWN)
            pacer.wait()

    with pytest.raises(Throttled, match="served nothing for"):
        ask()
    assert clock.now - 100 == pytest.approx(throttle.UNSERVED_SECONDS_MAX, abs=6)


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, Outcome.OK), (400, Outcome.REFUSED), (429, Outcome.OK)]
)
def test_other_responses_ask_for_no_pause(clock: Clock, status: int, outcome: Outcome) -> None:
    """A vendor that tells a success with 429 has served the request."""
    pacer = Throttle()
    assert not pacer.note("Earn", responded(status, "5"), outcome)
    pacer.wait()
    assert clock.now == 100


THROTTLED = exchange(responded(429, "0"), Outcome.REFUSED, "throttled")
OPEN = exchange(responded(429, "0"), Outcome.UNKNOWN, "status 429")
DONE = exchange(responded(200), Outcome.OK)


@pytest.mark.parametrize(
    ("came", "accepts", "outcome", "throttled"),
    [
        ([THROTTLED, THROTTLED, DONE], None, Outcome.OK, 2),
        ([DONE], None, Outcome.OK, 0),
        ([OPEN, DONE], None, Outcome.UNKNOWN, 0),
        ([THROTTLED, DONE], "throttled", Outcome.REFUSED, 0),
    ],
)
def test_a_refusal_without_effect_is_sent_again(
    came: list[Exchange], accepts: str | None, outcome: Outcome, throttled: int
) -> None:
    """Not one of unknown outcome, and not one that the sender asked for."""
    left = iter(came)
    found = when_served(lambda gate: next(left), None, accepts)
    assert (found.outcome, found.throttled) == (outcome, throttled)


def test_a_request_that_is_never_served_is_given_up() -> None:
    """Others may be served meanwhile."""
    sent: Iterator[int] = iter(range(1000))

    def attempt(gate: object) -> Exchange:
        next(sent)
        return THROTTLED

    with pytest.raises(Throttled, match="has throttled Earn 20 times"):
        when_served(attempt)
    assert next(sent) == channel._SENDS_MAX
