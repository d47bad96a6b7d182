"""A rate is a rate and a budget is a budget: counted at the server, for every engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import harness
from harness.model.exchange import Failure, Fault, Request, Response
from harness.wire.transport import Leave
from tests import acme
from tests.engine.load.runs import declarations

RATE = 30
BUDGET = 62
EVERY = ("property", "scenario", "load")
REFUSED = b'{"code": 401, "msg": "no such token"}'
JSON = {"content-type": "application/json"}


class CountingServer(acme.Server):
    """Serves the vendor, and after so many requests refuses every token or responds no more.

    `moments`: when each request came. `lag`: the longest that a thread of this process had to wait,
    so that a request may have come that much earlier.
    """

    def __init__(self, habit: str, after: int) -> None:
        super().__init__()
        self.habit, self.after = habit, after
        self.moments: list[float] = []
        self.lag = 0.0

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Count a request and handle it."""
        self.moments.append(time.monotonic())
        if self.habit and len(self.moments) > self.after:
            if self.habit == "hangs":
                self.closed.wait()
                return Failure(Fault.RESET)
            if request.path != "/login":
                return Response(200, JSON, REFUSED)
        return super().send(request, leave)

    def watch(self) -> None:
        """Measure the lag until the server is closed."""
        before = time.monotonic()
        while not self.closed.wait(0.002):
            now = time.monotonic()
            self.lag, before = max(self.lag, now - before), now

    def most_in_a_second(self) -> int:
        """Return the most requests that surely came within a second."""
        span = 1.0 - self.lag
        moments = sorted(self.moments)
        return max(sum(at <= one < at + span for one in moments) for at in moments)


@contextmanager
def counting(habit: str = "", after: int = 0) -> Iterator[tuple[str, CountingServer]]:
    """Serve the vendor, count, and yield the address."""
    state = CountingServer(habit, after)
    with acme.served(state=state) as (base_url, _):
        threading.Thread(target=state.watch, daemon=True).start()
        yield base_url, state


def run(folder: Path, base_url: str, engines: Sequence[str], only: str) -> harness.Result:
    """Run engines on the server, within the rate and the budget."""
    root = declarations(folder, acme.TREE, rate=200, seconds=1, members=4, deadline=0.3)
    targets = folder / "targets.yaml"
    members = ", ".join(f"{{id: m{number}}}" for number in range(6))
    targets.write_text(
        f"""
format: 1
vendor: acme
targets:
  own:
    kind: staging
    base_url: {base_url}
    secrets: {{user: "env:ACME_USER", password: "env:ACME_PASSWORD"}}
    values: {{device: d1, shop: "9", gold: "1"}}
    members: [{members}]
    rate: {RATE}
    budget: {BUDGET}
    load: probe
    deadline_seconds: 0.3
    outage_seconds: 1
""",
        encoding="utf-8",
    )
    return harness.run(
        "acme", engines=engines, only=only, targets_file=targets, root=root, out=folder / "out"
    )


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of the target are in the environment."""
    for name, value in acme.SECRETS.items():
        monkeypatch.setenv(f"ACME_{name.upper()}", value)


@pytest.mark.parametrize(
    ("engines", "only", "habit", "after"),
    [
        (EVERY, "", "refuses", 20),
        (EVERY, "", "hangs", 20),
        (("scenario",), "race", "", 0),
        (("load",), "", "refuses", 20),
        (("load",), "", "hangs", 20),
    ],
)
def test_no_second_has_more_than_the_rate_and_no_run_more_than_the_budget(
    tmp_path: Path, engines: Sequence[str], only: str, habit: str, after: int
) -> None:
    """Whatever the server does; the report says what was allowed, and how many were sent."""
    with counting(habit, after) as (base_url, server):
        (vendor,) = run(tmp_path, base_url, engines, only).vendors
        until = time.monotonic() + 5
        while len(server.moments) < vendor.counts.requests and time.monotonic() < until:
            time.sleep(0.01)
        assert len(server.moments) == vendor.counts.requests
        assert after < len(server.moments) <= BUDGET
        assert server.most_in_a_second() <= RATE + 1
    assert (vendor.rate, vendor.budget) == (RATE, BUDGET)
    if habit != "hangs":
        assert any(f"budget of {BUDGET} requests is spent" in note for note in vendor.notes)
    assert not list((tmp_path / "out").glob("*error*"))
