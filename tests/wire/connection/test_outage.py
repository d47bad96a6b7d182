"""A server is gone when nothing but failures comes back for too long."""

from __future__ import annotations

import time

import pytest

from harness.model.exchange import Failure, Fault, Response
from harness.model.verdict import Outcome
from harness.wire.connection.outage import Outage, ServerGone

UNKNOWN = Outcome.UNKNOWN
OK = Response(200, {}, b"")
ERROR = Response(500, {}, b"")
REFUSED = Failure(Fault.UNSENT, "connection refused")
SLOW = Failure(Fault.TIMEOUT, "no response within the deadline")


def ago(seconds: float) -> int:
    """Return the moment so many seconds before now."""
    return time.monotonic_ns() - int(seconds * 1e9)


def test_a_server_that_refuses_for_too_long_is_gone() -> None:
    """The message says who, since when, for how long and why."""
    outage = Outage("h:9", 10)
    outage.note("a", ago(3), REFUSED, UNKNOWN)
    told = r"h:9 has not responded since \d\d:\d\d:\d\d UTC, for 1\d s: connection refused$"
    with pytest.raises(ServerGone, match=told):
        outage.note("a", ago(11), REFUSED, UNKNOWN)


def test_a_response_ends_an_outage() -> None:
    """So does one that was cut: something is alive there."""
    for alive in (OK, Failure(Fault.TRUNCATED)):
        outage = Outage("h", 100)
        outage.note("a", ago(90), REFUSED, UNKNOWN)
        outage.note("b", ago(80), alive, UNKNOWN)
        outage.seconds = 50
        outage.note("a", ago(2), REFUSED, UNKNOWN)


def test_one_operation_that_hangs_is_no_outage() -> None:
    """Others may respond; as soon as a second one gets no response, the server is gone."""
    outage = Outage("h", 10)
    outage.note("a", ago(60), SLOW, UNKNOWN)
    outage.note("a", ago(20), SLOW, UNKNOWN)
    with pytest.raises(ServerGone, match=r"for 6\d s"):
        outage.note("b", ago(5), SLOW, UNKNOWN)


def test_a_server_that_gives_errors_alone_is_gone() -> None:
    """Of several operations, and only where the response decides nothing."""
    outage = Outage("h", 10)
    outage.note("a", ago(30), ERROR, UNKNOWN)
    outage.note("a", ago(20), ERROR, UNKNOWN)
    with pytest.raises(ServerGone, match=r"nothing but server errors since .*: status 500"):
        outage.note("b", ago(11), ERROR, UNKNOWN)
    outage = Outage("h", 10)
    outage.note("a", ago(30), ERROR, Outcome.REFUSED)
    outage.note("b", ago(20), ERROR, Outcome.REFUSED)


def test_requests_to_a_server_that_only_fails_become_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones leave without a pause, and each further one later, until one is served."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    outage = Outage("h", 1000)
    for at in range(60):
        outage.wait()
        outage.note("ab"[at % 2], ago(0), ERROR, UNKNOWN)
    assert len(pauses) == 39
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.05, 1.0)
    outage.note("a", ago(0), OK, Outcome.OK)
    for _ in range(60):
        outage.wait()
        outage.note("a", ago(0), ERROR, UNKNOWN)
    assert len(pauses) == 39, "one operation alone may fail"
