"""A hostile server ends no command in a crash, takes no memory, and reaches no terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.document.characters import visible
from tests.acme import SECRETS, TREE, VALUES, served
from tests.cli.running import ROOT, result_of
from tests.engine.load.runs import declarations
from tests.wire.hostile.acts import ACTS, ENDLESS, LARGE, SLOW_ONES, Hostile
from tests.wire.hostile.front import fronting

MEMORY_KIB_MAX = 500 * 1024
SPARED = 30
"""Requests that get through first: a login, and what shows that the server is the API."""
QUICK = [one for one in ACTS if one not in SLOW_ONES]


@dataclass(frozen=True)
class Ended:
    """A command that has ended: `memory` is the most that it or a child of it had, in KiB."""

    exit: int
    output: str
    memory: int
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        """The vendor's part of the result."""
        (part,) = result_of(self.folder)["vendors"]
        return dict(part)


def run(folder: Path, words: Sequence[str], ways: Sequence[Hostile], every: int) -> Ended:
    """Run a command on a server of which one response in so many is hostile."""
    root, out = declarations(folder, TREE, seconds=1, rate=60, members=8), folder / "run"
    with served() as (address, _), fronting(address, ways, SPARED, every) as front:
        terms = {
            "kind": "staging",
            "base_url": front,
            "secrets": {name: f"env:ACME_{name.upper()}" for name in SECRETS},
            "values": dict(VALUES),
            "members": [{"id": f"m{number}"} for number in range(1, 25)],
            "load": "allow",
            "deadline_seconds": 2,
        }
        targets = folder / "targets.yaml"
        targets.write_text(json.dumps({"format": 1, "targets": {"ours": terms}}), "utf-8")
        where = ("--root", str(root), "--targets", str(targets), "--out", str(out))
        command = (sys.executable, "-m", "harness", words[0], "acme", *words[1:], *where)
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.measured", *command],
            cwd=ROOT,
            env={
                **os.environ,
                **{f"ACME_{name.upper()}": text for name, text in SECRETS.items()},
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            timeout=300,
            check=False,
        )
    *told, memory = done.stdout.decode().splitlines()
    return Ended(done.returncode, "\n".join((*told, done.stderr.decode())), int(memory), out)


@pytest.mark.parametrize(
    ("words", "ways", "every"),
    [
        pytest.param(["check"], QUICK, 20, id="check"),
        pytest.param(["check", "--only", "earn"], LARGE, 12, id="check, large bodies"),
        pytest.param(["load"], [*ENDLESS, *LARGE[:2], *QUICK], 6, id="load"),
    ],
)
def test_a_hostile_server_is_judged_within_500_mb(
    tmp_path: Path, words: list[str], ways: list[Hostile], every: int
) -> None:
    """No engine fails, no run passes, and no file of it holds a character that is not seen."""
    ended = run(tmp_path, words, ways, every)
    assert ended.memory < MEMORY_KIB_MAX
    assert ended.exit in (1, 5), ended.output
    assert not (ended.folder / "harness-error.txt").exists()
    assert "Traceback" not in ended.output
    notes = [one for one in ended.result["notes"] if "measurement:limits" in one]
    assert all("raise `limits: {" in one for one in notes)
    assert notes or ways == LARGE
    assert visible(ended.output) == ended.output
    for path in ended.folder.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            text = path.read_text(encoding="utf-8")
            assert visible(text) == text, path.name
