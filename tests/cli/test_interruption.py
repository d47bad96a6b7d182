"""What SIGINT and SIGTERM make of a run, also where the parent ignores them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.wire.journal.reader import read_journal
from tests.cli.running import ROOT, harness, result_of

PATIENCE_SECONDS = 300
IGNORING = ("sh", "-c", "trap '' INT TERM; exec \"$@\"", "sh")


def interrupt(
    words: tuple[str, ...],
    before: tuple[str, ...],
    under_way: Callable[[int], bool],
    number: signal.Signals,
) -> tuple[int, str]:
    """Send a signal to `harness` while it works; return its exit code and what it printed.

    Holds that it leaves no traceback and no child.
    """
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "harness", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not under_way(process.pid):
            assert process.poll() is None, "it ended before it could be interrupted"
            assert time.monotonic() < until, "it did not begin"
            time.sleep(0.05)
        children = descendants(process.pid)
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in said
    assert children, "the mock at least was running"
    # A mock whose trial was killed ends when it finds its input closed.
    until = time.monotonic() + PATIENCE_SECONDS
    while left := [pid for pid in children if is_alive(pid)]:
        assert time.monotonic() < until, f"{left} are left"
        time.sleep(0.05)
    return process.returncode, said


def is_alive(pid: int) -> bool:
    """Say whether a process works; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """Return the process ids of all children of a process, and theirs."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            found += [child, *descendants(child)]
    return found


@pytest.mark.parametrize(
    ("number", "before"),
    [(signal.SIGINT, ()), (signal.SIGINT, IGNORING), (signal.SIGTERM, IGNORING)],
    ids=["Ctrl-C", "SIGINT-ignored", "SIGTERM-ignored"],
)
def test_an_interrupted_run_is_not_judged_as_a_whole_one(
    tmp_path: Path, number: signal.Signals, before: tuple[str, ...]
) -> None:
    """A signal in the middle of the properties: what was seen held, and that decides nothing."""
    out = tmp_path / "run"
    calls = out / "journal" / "loga" / "calls.ndjson"
    words = ("check", "loga", "--out", str(out))
    code, said = interrupt(
        words, before, lambda _: calls.exists() and calls.stat().st_size > 50_000, number
    )
    assert code == 128 + number
    assert f"what was sent is in {out}/journal" in said
    assert not read_journal(calls.parent).complete
    done = harness("audit", str(out), "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    assert json.loads(done.stdout)["vendors"][0]["findings"] == []


def test_an_interrupted_load_is_not_judged_as_a_whole_one(tmp_path: Path) -> None:
    """The load child is asked to stop, closes its journal, and is gone before the parent."""
    out = tmp_path / "run"
    folder = out / "journal" / "loga"
    code, _ = interrupt(
        ("load", "loga", "earn-burn", "--out", str(out)),
        IGNORING,
        lambda _: any(path.stat().st_size > 50_000 for path in folder.glob("load-*.ndjson")),
        signal.SIGTERM,
    )
    assert code == 128 + signal.SIGTERM
    assert not read_journal(folder).complete
    done = harness("audit", str(out), "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    assert json.loads(done.stdout)["vendors"][0]["findings"] == []


def test_an_interrupted_proof_stops_its_trials(tmp_path: Path) -> None:
    """The trials under way end, what was proved is written, and the exit is no verdict."""
    out = tmp_path / "proof"
    words = ("prove", "loga", "--no-defects", "--seeds", "9", "--condition", "clean")
    code, said = interrupt(
        (*words, "--out", str(out)), IGNORING, lambda pid: len(descendants(pid)) > 2, signal.SIGTERM
    )
    assert code == 128 + signal.SIGTERM
    assert "the running trials are stopped" in said
    assert os.listdir(out)
    assert result_of(out)["exit"] == 1, "a proof that was cut short proves nothing"
