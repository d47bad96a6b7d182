"""A server is gone when nothing but failures comes back for too long."""

from __future__ import annotations

import time

import pytest

from harness.model.exchange import Failure, Fault, Response
from harness.wire.connection.outage import Outage, ServerGone

OK = Response(200, {}, b"")
REFUSED = Failure(Fault.UNSENT, "connection refused")
SLOW = Failure(Fault.TIMEOUT, "no response within the deadline")


def ago(seconds: float) -> int:
    """Return the moment so many seconds before now."""
    return time.monotonic_ns() - int(seconds * 1e9)


def test_a_server_that_refuses_for_too_long_is_gone() -> None:
    """The message says who, since when, for how long and why."""
    outage = Outage("h:9", 10)
    outage.note("a", ago(3), REFUSED)
    told = r"h:9 has not responded since \d\d:\d\d:\d\d UTC, for 1\d s: connection refused$"
    with pytest.raises(ServerGone, match=told):
        outage.note("a", ago(11), REFUSED)


def test_a_response_ends_an_outage() -> None:
    """So does one that was cut: something is alive there."""
    for alive in (OK, Failure(Fault.TRUNCATED)):
        outage = Outage("h", 100)
        outage.note("a", ago(90), REFUSED)
        outage.note("b", ago(80), alive)
        outage.seconds = 50
        outage.note("a", ago(2), REFUSED)


def test_one_operation_that_hangs_is_no_outage() -> None:
    """Others may respond; as soon as a second one gets no response, the server is gone."""
    outage = Outage("h", 10)
    outage.note("a", ago(60), SLOW)
    outage.note("a", ago(20), SLOW)
    with pytest.raises(ServerGone, match=r"for 6\d s"):
        outage.note("b", ago(5), SLOW)
