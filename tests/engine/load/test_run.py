"""A whole load run: the plan is what is sent, and the journal tells all of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contract.catalogue import read_catalogue
from harness.engine.load.driver import LoadCrashed, LoadRefused, run_load
from harness.engine.load.plan import Plan, arrivals, plan_hash
from harness.model.verdict import Outcome
from harness.wire.verbs import carries_reference
from tests.engine.load.runs import (
    VENDOR,
    Mock,
    arrived,
    declarations,
    job,
    load_headers,
    mock,
    recorded,
)

MS = 1_000_000


def planned(root: Path, members: int = 24, seed: int = 7) -> Plan:
    """Return the plan that the children must have followed, but for its tag."""
    vendor = read_catalogue(root, (VENDOR,)).vendors[VENDOR]
    carries = frozenset(n for n, verb in vendor.binding.verbs.items() if carries_reference(verb))
    return Plan(vendor.workloads["made-up"].workload, seed, "tag", members, carries)


def quantile(values: list[int], q: float) -> float:
    """Return a quantile in milliseconds."""
    return sorted(values)[int(q * (len(values) - 1))] / MS


class Freeze:
    """Stops the mock at a second of the load, for so long."""

    def __init__(self, running: Mock, second: int, seconds: float) -> None:
        self.running, self.second, self.seconds = running, second, seconds

    def __call__(self, line: Mapping[str, Any]) -> None:
        """Act on a progress line."""
        if line.get("event") == "second" and line["second"] == self.second:
            os.kill(self.running.pid, signal.SIGSTOP)
            threading.Timer(self.seconds, os.kill, (self.running.pid, signal.SIGCONT)).start()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_sent_is_the_plan(tmp_path: Path, workers: int) -> None:
    """Each planned arrival is one attempt (a race one each), due when planned."""
    root = declarations(tmp_path)
    lines: list[Mapping[str, Any]] = []
    with mock() as running:
        total = run_load(job(tmp_path, running, root, workers=workers), lines.append)
    plan, run = planned(root), recorded(tmp_path)
    headers, attempts = load_headers(run), arrived(run)
    assert {header.plan for header in headers} == {plan_hash(plan)}
    assert len(headers) == workers == headers[0].workers
    assert run.complete
    assert not run.truncated
    assert not run.violations
    assert not run.drops
    t0 = headers[0].t0_ns
    expected = Counter(
        (t0 + a.due_ns, f"load:{plan.workload.mix[a.mix_index].name}")
        for a in arrivals(plan)
        for _ in range(a.concurrent)
    )
    assert Counter((attempt.planned_ns, attempt.source) for attempt in attempts) == expected
    assert len({attempt.id for attempt in run.history.attempts}) == len(run.history.attempts)
    assert all(
        attempt.done_ns and attempt.planned_ns <= attempt.sent_ns < attempt.done_ns
        for attempt in attempts
    )
    assert total["ok"] + total["refused"] == len(attempts)
    assert [line["second"] for line in lines if line.get("event") == "second"] == [1, 2]


def test_a_run_funds_reads_and_closes_around_the_load(tmp_path: Path) -> None:
    """Every member is funded and read before, every touched one read twice after."""
    root = declarations(tmp_path)
    with mock() as running:
        run_load(job(tmp_path, running, root))
    run = recorded(tmp_path)
    setup = [attempt for attempt in run.history.attempts if attempt.source == "setup"]
    closing = Counter(
        attempt.account for attempt in run.history.attempts if attempt.source == "close"
    )
    touched = {row.account for attempt in arrived(run) for row in attempt.rows}
    assert Counter(attempt.verb for attempt in setup) == {"earn": 24, "balance": 24}
    assert touched <= set(closing)
    assert set(closing.values()) == {2}
    assert max(attempt.done_ns or 0 for attempt in setup) <= load_headers(run)[0].t0_ns


def test_no_secret_leaves_the_processes(tmp_path: Path) -> None:
    """Neither the journal nor the command line of the child holds a secret or a token."""
    root = declarations(tmp_path, seconds=1)
    command: list[str] = []

    def look(line: Mapping[str, Any]) -> None:
        if "pid" in line and not command:
            command.append(Path(f"/proc/{line['pid']}/cmdline").read_text())
            command.append(Path(f"/proc/{line['pid']}/environ").read_text())

    with mock() as running:
        run_load(job(tmp_path, running, root), look)
    journal = "".join(path.read_text() for path in (tmp_path / "journal").iterdir())
    for secret in running.secrets.values():
        assert secret not in journal
        assert all(secret not in text for text in command)
    assert command
    assert not re.search(r"token=[0-9a-f]{40}", journal)


def test_a_stall_shows_in_the_response_time_of_all_that_was_due_meanwhile(tmp_path: Path) -> None:
    """A frozen server gives a p90 above 1 s, though it serves quickly before and after."""
    root = declarations(tmp_path, rate=120, seconds=4, deadline=5, in_flight=1000)
    with mock() as running:
        run_load(job(tmp_path, running, root), Freeze(running, 1, 1.8))
    attempts = arrived(recorded(tmp_path))
    t0 = load_headers(recorded(tmp_path))[0].t0_ns
    response = [(c.done_ns or 0) - c.planned_ns for c in attempts]
    late = [(c.done_ns or 0) - c.sent_ns for c in attempts if c.planned_ns - t0 > 3300 * MS]
    assert len(attempts) >= 400
    assert quantile(response, 0.9) > 1000
    assert len(late) > 40
    # Wide, as the machine may be busy: only a stalled server takes longer.
    assert quantile(late, 0.5) < 500


def test_arrivals_above_the_limit_are_dropped_and_told(tmp_path: Path) -> None:
    """With two attempts in flight and a frozen server, what is due is journalled as dropped."""
    root = declarations(tmp_path, in_flight=4, seconds=3)
    with mock() as running:
        run_load(job(tmp_path, running, root), Freeze(running, 1, 0.5))
    run, plan = recorded(tmp_path), planned(root)
    sent = Counter(attempt.id for attempt in arrived(run))
    drops = Counter(drop.id for drop in run.drops)
    assert len(drops) > 20
    assert not set(sent) & set(drops)
    assert sum(sent.values()) + sum(drops.values()) == sum(a.concurrent for a in arrivals(plan))
    assert all(drop.source.startswith("load:") for drop in run.drops)


def test_a_killed_child_leaves_its_requests_as_unknown(tmp_path: Path) -> None:
    """After kill -9 the journal reads, says that it is not whole, and loses no attempt."""
    root = declarations(tmp_path, seconds=5)
    pids: list[int] = []

    with mock() as running:

        def kill(line: Mapping[str, Any]) -> None:
            if "pid" in line:
                pids.append(line["pid"])
            if line.get("event") == "second":
                os.kill(running.pid, signal.SIGSTOP)
                time.sleep(0.3)
                os.kill(pids[0], signal.SIGKILL)

        with pytest.raises(LoadCrashed, match="signal 9"):
            run_load(job(tmp_path, running, root), kill)
    run = recorded(tmp_path)
    open_attempts = [attempt for attempt in arrived(run) if attempt.done_ns is None]
    assert not run.complete
    assert open_attempts
    assert {attempt.outcome for attempt in open_attempts} == {Outcome.UNKNOWN}
    assert any(attempt.outcome is Outcome.OK for attempt in arrived(run))


def test_unknown_writes_are_resolved_by_their_reference(tmp_path: Path) -> None:
    """Each earn or burn without a response is sent again with its reference, and is then known."""
    root = declarations(tmp_path, seconds=3, deadline=0.5)
    with mock("--fault", "hang-after=0.03", "--fault", "gateway-after=0.03") as running:
        target = replace(running.target, deadline_seconds=0.5)
        total = run_load(job(tmp_path, running, root, target=target))
    run = recorded(tmp_path)
    unknown = {
        row
        for attempt in arrived(run)
        for row in attempt.rows
        if attempt.outcome is Outcome.UNKNOWN and attempt.done_ns is not None
    }
    resolved = {
        row
        for attempt in run.history.attempts
        for row in attempt.rows
        if attempt.source == "close" and attempt.outcome is Outcome.OK
    }
    assert unknown
    assert unknown <= resolved
    assert total["unresolved"] == 0
    gateway = [attempt for attempt in arrived(run) if attempt.status == 502]
    assert gateway
    assert all(attempt.outcome is Outcome.UNKNOWN for attempt in gateway)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"load": "refuse"}, "refuses load"),
        ({"load": "probe"}, "a rate and a budget"),
        ({"budget": 50}, "budget is 50"),
        ({"base_url": "http://127.0.0.1:1/api"}, "login got no response"),
    ],
)
def test_a_load_that_may_not_run_sends_nothing(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """A target's refusal, a budget too small, an absent server: no arrival is sent."""
    root = declarations(tmp_path)
    with mock() as running:
        target = replace(running.target, **changes)
        with pytest.raises(LoadRefused, match=why):
            run_load(job(tmp_path, running, root, target=target))
    assert not list(tmp_path.glob("journal/load-made-up-0.ndjson"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"members": ()}, "no members"), ({"workload": "unheard-of"}, "no workload 'unheard-of'")],
)
def test_a_job_that_cannot_be_done_is_refused(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """Without members or workload there is nothing to send."""
    root = declarations(tmp_path)
    with mock() as running, pytest.raises(LoadRefused, match=why):
        run_load(job(tmp_path, running, root, **changes))


def test_the_rate_of_the_target_caps_the_workload(tmp_path: Path) -> None:
    """A target that allows 60 a second gets a slower profile, and the journal says so."""
    root = declarations(tmp_path, seconds=2)
    with mock() as running:
        target = replace(running.target, rate=60.0, budget=5000)
        run_load(job(tmp_path, running, root, target=target, members=target.members[:4]))
    run = recorded(tmp_path)
    assert 60 < len(arrived(run)) <= 120
    due = [attempt.planned_ns for attempt in arrived(run)]
    assert all(sum(at <= one < at + 1000 * MS for one in due) <= 60 for at in due)
    assert any("allows 60 requests a second" in text for _, text in run.notes)
    assert any("4 members share" in text for _, text in run.notes)


def test_an_interrupt_ends_the_child_and_marks_the_journal(tmp_path: Path) -> None:
    """When the parent is interrupted the child stops sending, and its journal is not whole."""
    root = declarations(tmp_path, seconds=20)
    pids: list[int] = []

    def interrupt(line: Mapping[str, Any]) -> None:
        if "pid" in line:
            pids.append(line["pid"])
        if line.get("event") == "second":
            raise KeyboardInterrupt

    with mock() as running, pytest.raises(KeyboardInterrupt):
        run_load(job(tmp_path, running, root), interrupt)
    assert not Path(f"/proc/{pids[0]}").exists()
    run = recorded(tmp_path)
    assert not run.complete
    assert 0 < len(arrived(run)) < 1_000, "2,000 were planned; how soon it ends is the machine's"
    assert all(attempt.done_ns is not None for attempt in arrived(run))


def test_a_child_that_is_asked_to_end_ends_in_order(tmp_path: Path) -> None:
    """SIGTERM drains the attempts under way; the run counts as refused, not as broken."""
    root = declarations(tmp_path, seconds=20)
    pids: list[int] = []

    def end(line: Mapping[str, Any]) -> None:
        if "pid" in line:
            pids.append(line["pid"])
        if line.get("event") == "second" and line["second"] == 1:
            os.kill(pids[0], signal.SIGTERM)

    with mock() as running, pytest.raises(LoadRefused, match="stopped before its end"):
        run_load(job(tmp_path, running, root), end)
    assert all(attempt.done_ns is not None for attempt in arrived(recorded(tmp_path)))
    assert not recorded(tmp_path).complete


def test_the_driver_imports_neither_locust_nor_gevent() -> None:
    """The parent stays unpatched."""
    code = (
        "import sys, harness.engine.load.driver as d;"
        "sys.exit(any(name in sys.modules for name in ('locust', 'gevent')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
