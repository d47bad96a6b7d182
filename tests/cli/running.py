"""Run the command line as its users do: a process, its exit code, its output, its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import mock

ROOT = Path(__file__).parent.parent.parent


def harness(
    *words: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run `harness` with these words and wait for it, for `timeout` seconds at most."""
    paths = {"PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        cwd=cwd,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def result_of(folder: Path) -> dict[str, Any]:
    """Return the result document that a run wrote."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


@contextmanager
def foreign_server(vendor: str = "loga") -> Iterator[dict[str, Any]]:
    """Run a server that the harness is told nothing about but its address."""
    process = subprocess.Popen(
        mock.command(vendor, members=24), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)
