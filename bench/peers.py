"""Who kills which defect: the harness and plain Schemathesis, on the same mock and the same specs.

Schemathesis runs all its phases, the stateful one too, with every check on, and is given the
mock's credentials, and in every other request a member that exists (bench/peers_hooks.py). What
it reports of the correct mock it would report of any server, so only failures that the correct
mock does not show count as a kill. Prints a table and, with --out, writes it as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from harness import mock
from harness.contract.catalogue import read_catalogue
from harness.contract.root import find_root
from harness.contract.vendor import Vendor
from harness.prove.children import Children
from harness.prove.plan import Trial, defect_trials, sampled
from harness.prove.trial import run_trial

BENCH = Path(__file__).parent
PHASES = "examples,coverage,fuzzing,stateful"
SECONDS_MAX = 900
SHOWN_MAX = 3


@dataclass(frozen=True)
class Row:
    """One defect and who killed it, each with its seconds; `peer_saw` are its new failures."""

    vendor: str
    defect: str
    shows: str
    fuzzer: str
    ours: str
    ours_seconds: float
    peer: bool
    peer_seconds: float
    peer_saw: tuple[str, ...]


def schemathesis(
    root: Path, vendor: str, defects: tuple[str, ...], examples: int, seed: int
) -> tuple[frozenset[str], int, float]:
    """Return the failures Schemathesis reports, as code and operation, its cases and seconds."""
    command = mock.command(vendor, defects=defects, seed=1)
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    begun = time.monotonic()
    try:
        ready = json.loads(server.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="peers-") as folder:
            report = Path(folder) / "report.json"
            words = ["schemathesis", "run", f"specs/{vendor}/openapi.yaml"]
            words += ["--url", ready["base_url"], "--phases", PHASES, "--checks", "all"]
            words += ["--max-examples", str(examples), "--seed", str(seed), "--no-shrink"]
            words += ["--continue-on-failure", "--suppress-health-check", "all"]
            words += ["--report", "json", "--report-json-path", str(report)]
            known = {name: ready[name] for name in ("base_url", "secrets", "values", "members")}
            paths = [str(root), str(BENCH), os.environ.get("PYTHONPATH", "")]
            done = subprocess.run(
                [str(Path(sys.executable).with_name(words[0])), *words[1:]],
                cwd=root,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                    "SCHEMATHESIS_HOOKS": "peers_hooks",
                    "PEERS_READY": json.dumps({"vendor": vendor, **known}),
                },
                capture_output=True,
                text=True,
                timeout=SECONDS_MAX,
                check=False,
            )
            if not report.exists():
                raise SystemExit(f"schemathesis wrote no report: {done.stderr[-400:]}")
            result = json.loads(report.read_text(encoding="utf-8"))
    finally:
        server.stdin.close()
        server.wait(10)
        server.stdout.close()
    failures = frozenset(
        f"{failure['code']} {operation if isinstance(operation, str) else operation['label']}"
        for failure in result["failures"]
        for operation in failure["operations"]
    )
    return failures, result["test_cases"]["generated"], time.monotonic() - begun


def compare(
    root: Path,
    vendors: dict[str, Vendor],
    usual: dict[str, frozenset[str]],
    options: argparse.Namespace,
    trial: Trial,
) -> Row:
    """Let both look for one defect."""
    assert trial.defect is not None
    ours = run_trial(trial, vendors[trial.vendor], root, Children())
    seen, _, seconds = schemathesis(
        root, trial.vendor, (trial.defect.id,), options.examples, options.seed
    )
    fresh = tuple(sorted(seen - usual[trial.vendor]))
    return Row(
        trial.vendor,
        trial.defect.id,
        trial.defect.shows,
        trial.defect.fuzzer,
        ours.kill.killed_by if ours.kill else "",
        ours.duration_seconds,
        bool(fresh),
        round(seconds, 1),
        fresh,
    )


def main() -> int:
    """Compare on the defects asked for, by default on one of each group and way of showing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*")
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--all", action="store_true", help="every defect, not a sample")
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    root = find_root(None)
    catalogue = read_catalogue(root, options.vendors or None)
    vendors = {name: known for name, known in catalogue.vendors.items() if name in mock.vendors()}
    trials = defect_trials(vendors, options.defect, "ci")
    if not (options.all or options.defect):
        trials = sampled(trials, lambda defect: (defect.group, defect.shows))
    usual: dict[str, frozenset[str]] = {}
    for vendor in sorted({trial.vendor for trial in trials}):
        # Twice, with another seed: what comes and goes on a correct mock is no kill either.
        for seed in (options.seed, options.seed + 1):
            seen, cases, seconds = schemathesis(root, vendor, (), options.examples, seed)
            usual[vendor] = usual.get(vendor, frozenset()) | seen
        sys.stdout.write(
            f"{vendor}: schemathesis reports {len(usual[vendor])} failures of the correct mock"
            f" ({cases:,} cases in {seconds:.0f} s)\n"
        )
    sys.stdout.write(f"{'defect':48} {'shows':10} {'harness':44} schemathesis\n")
    rows = []
    with ThreadPoolExecutor(options.jobs) as threads:
        for row in threads.map(partial(compare, root, vendors, usual, options), trials):
            rows.append(row)
            failures = ", ".join(row.peer_saw[:SHOWN_MAX]) if row.peer else "-"
            name = f"{row.vendor} {row.defect}"
            sys.stdout.write(f"{name:48} {row.shows:10} {row.ours or 'SURVIVED':44} {failures}\n")
            sys.stdout.flush()
    ours, peers = sum(bool(row.ours) for row in rows), sum(row.peer for row in rows)
    sys.stdout.write(f"killed of {len(rows)}: harness {ours}, schemathesis {peers}\n")
    if options.out:
        usual_rows = {name: sorted(found) for name, found in usual.items()}
        document = {"rows": [asdict(row) for row in rows], "of_correct_mock": usual_rows}
        options.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
