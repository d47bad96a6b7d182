"""Concurrent requests wait for each other, and for none that cannot be sent."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.engine.scenario.barrier import _READY_SECONDS_MAX, send_together
from harness.model.exchange import Exchange, Intent, Response
from harness.model.verdict import Outcome, Verdict
from harness.wire.channel import Gate
from harness.wire.pace import BudgetSpent
from tests.acme import Server, target
from tests.engine.scenario.players import RACE, play_with


def test_a_race_ends_immediately_when_one_request_cannot_be_made(tmp_path: Path) -> None:
    """The others do not wait for it until a barrier breaks."""
    begun = time.monotonic()
    with pytest.raises(BudgetSpent):
        play_with(RACE, Server(), tmp_path, at=replace(target(), budget=5))
    assert time.monotonic() - begun < _READY_SECONDS_MAX


def test_a_race_of_more_than_a_second_allows_is_not_played(tmp_path: Path) -> None:
    """Eight at five a second: inapplicable with the reason, and nothing is sent for it."""
    server = Server()
    verdict = play_with(RACE, server, tmp_path, at=replace(target(), rate=5.0))
    assert verdict is Verdict.INAPPLICABLE
    journal = (tmp_path / "j" / "c.ndjson").read_text()
    assert "8 concurrent requests are more than the target allows in a second (5)" in journal
    assert server.requests == []
    assert play_with(RACE, server, tmp_path, at=replace(target(), rate=8.0)) is Verdict.PASS


def test_requests_leave_together_and_keep_their_order() -> None:
    """None leaves before all are ready, and the exchanges come back as they were given."""
    ready, lock = [0], threading.Lock()
    seen: list[int] = []

    def send(number: int, gate: Gate) -> Exchange:
        with lock:
            ready[0] += 1
        gate.ready()
        gate.leave()
        with lock:
            seen.append(ready[0])
        return Exchange(f"c{number}", Intent("op"), Response(200, {}, b""), Outcome.OK)

    exchanges = send_together([partial(send, number) for number in range(8)])
    assert [exchange.id for exchange in exchanges] == [f"c{n}" for n in range(8)]
    assert seen == [8] * 8
