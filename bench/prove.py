"""Show that every defect of a mock is caught and that its clean form, also under faults, is not.

Runs `harness gate` once for each defect, seed and fault, and prints one line each: exit code,
seconds, the requirements named. Exits 1 when a defect was missed or a clean run accused.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness import mock

FAULTS = ("reset-before=0.02", "reset-after=0.02", "hang-after=0.02", "gateway-after=0.02")


@dataclass(frozen=True)
class Trial:
    """One gate to run and the exit code it must have."""

    vendor: str
    name: str
    options: tuple[str, ...]
    expected: int


def trials(vendor: str, seeds: int, fault_seeds: int, defects: tuple[str, ...]) -> list[Trial]:
    """Return the clean runs, the runs under faults, and one run for each defect."""
    clean = [Trial(vendor, f"clean seed {n}", ("--seed", str(n)), 0) for n in range(1, seeds + 1)]
    faulty = [
        Trial(vendor, f"{fault} seed {n}", ("--seed", str(n), "--fault", fault), 0)
        for fault in FAULTS
        for n in range(1, fault_seeds + 1)
    ]
    known = [defect.id for defect in mock.catalogue(vendor)]
    broken = [
        Trial(vendor, f"defect {name}", ("--defect", name), 1)
        for name in known
        if not defects or name in defects
    ]
    return clean + faulty + broken


def run(trial: Trial) -> tuple[Trial, int, float, str]:
    """Run one gate and return its exit code, its seconds and what it named."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "harness", "gate", trial.vendor, "--json"]
        done = subprocess.run(
            [*command, "--out", folder, *trial.options], capture_output=True, text=True, check=False
        )
        named = _named(Path(folder) / "result.json", done.stderr)
    return trial, done.returncode, time.monotonic() - begun, named


def _named(path: Path, stderr: str) -> str:
    if not path.exists():
        return stderr.strip().splitlines()[-1] if stderr.strip() else "no result"
    result = json.loads(path.read_text())
    told = []
    for vendor in result["vendors"]:
        for finding in vendor["findings"]:
            rules = ",".join(rule["id"] for rule in finding["requirements"])
            told.append(f"{finding['check']} [{rules}]")
        if result["exit"] not in (0, 1):
            told.append(vendor["headline"])
    return "; ".join(told)


def main() -> int:
    """Run the trials that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fault-seeds", type=int, default=1)
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--no-defects", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    wanted: list[Trial] = []
    for vendor in options.vendors or mock.vendors():
        wanted += trials(vendor, options.seeds, options.fault_seeds, tuple(options.defect))
    if options.no_defects:
        wanted = [trial for trial in wanted if trial.expected == 0]
    wrong = 0
    with ThreadPoolExecutor(options.jobs) as threads:
        for trial, code, seconds, named in threads.map(run, wanted):
            good = code == trial.expected
            wrong += not good
            mark = "ok   " if good else "WRONG"
            text = f"{mark} exit {code} {seconds:5.1f}s {trial.vendor} {trial.name}: {named[:400]}"
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(wanted) - wrong} of {len(wanted)} as they must be\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
