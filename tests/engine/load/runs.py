"""What the tests of load runs share: a mock, a folder of declarations, a job."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engine.load.job import LoadJob
from harness.model.history import Attempt, Recorded
from harness.model.run_header import LoadHeader, RunHeader
from harness.model.target import Target
from harness.wire.journal.reader import read_journal
from tests import acme

ROOT = Path(__file__).parents[3]
VENDOR = "loga"
HEADER = RunHeader(run="r1", vendor=VENDOR)
ACME = {"members": [{"id": f"m{n}"} for n in range(24)], "values": acme.VALUES}
"""What a run must know of the made-up vendor, as a mock would announce it."""


@dataclass(frozen=True)
class Mock:
    """A mock server that runs."""

    pid: int
    target: Target
    secrets: Mapping[str, str]


@contextmanager
def mock(*extra: str) -> Iterator[Mock]:
    """Run the vendor's mock on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.mock", VENDOR, "--members", "24", *extra],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Mock(process.pid, target(ready["base_url"], ready), ready["secrets"])
    finally:
        process.kill()
        process.communicate()


def target(base_url: str, ready: Mapping[str, Any]) -> Target:
    """Return a target at the address that allows load."""
    members = tuple(ready["members"])
    return Target("mock", "mock", base_url, {}, ready["values"], members, None, None, "allow", 5.0)


def declarations(folder: Path, tree: Path = ROOT, **changes: Any) -> Path:
    """Return a root with the declarations of a tree and one workload, `made-up`, of our own."""
    settings = {
        "rate": 100,
        "seconds": 2,
        "in_flight": 256,
        "deadline": 2,
        "process": "poisson",
        "members": 24,
        **changes,
    }
    root = folder / "root"
    (root / "loadtests").mkdir(parents=True)
    for name in ("contracts", "specs"):
        (root / name).symlink_to(tree / name)
    (root / "loadtests" / "made-up.yaml").write_text(
        f"""
format: 1
id: made-up
title: Made up
seed: 7
needs: [earn, burn, bulk_earn, balance]
members: {{count: {settings["members"]}, initial_balance: 500}}
arrivals:
  process: {settings["process"]}
  stages:
    - {{name: steady, duration: {settings["seconds"]}s, rate: {settings["rate"]}}}
mix:
  - {{name: earn, verb: earn, weight: 50, units: [1, 997]}}
  - {{name: burn, verb: burn, weight: 20, units: [1, 49]}}
  - {{name: bulk earn, verb: bulk_earn, weight: 4, units: [1, 97], rows: 5}}
  - {{name: replay, verb: earn, weight: 10, replay: true}}
  - {{name: race, verb: earn, weight: 4, units: [1, 997], concurrent: 4}}
  - {{name: balance, verb: balance, weight: 12}}
limits:
  in_flight: {settings["in_flight"]}
  deadline_seconds: {settings["deadline"]}
  lateness_ms: 500
thresholds:
  unknown_share: ["<=0.5"]
""",
        encoding="utf-8",
    )
    return root


def job(folder: Path, running: Mock, root: Path, **changes: Any) -> LoadJob:
    """Return the job of the made-up workload."""
    settings: dict[str, Any] = {
        "root": root,
        "vendor": VENDOR,
        "workload": "made-up",
        "target": running.target,
        "secrets": running.secrets,
        "members": running.target.members,
        "tag": "tagged",
        "journal": folder / "journal",
        "header": HEADER,
        **changes,
    }
    return LoadJob(**settings)


def recorded(folder: Path) -> Recorded:
    """Return what the journal of the folder tells."""
    return read_journal(folder / "journal")


def arrived(run: Recorded) -> list[Attempt]:
    """Return the attempts of the load itself, in the order they were due."""
    attempts = [attempt for attempt in run.history.attempts if attempt.source.startswith("load:")]
    return sorted(attempts, key=lambda attempt: (attempt.planned_ns, attempt.id))


def load_headers(run: Recorded) -> list[LoadHeader]:
    """Return the load part of the headers that have one."""
    return [header.load for header in run.headers if header.load is not None]
