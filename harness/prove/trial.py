"""One trial: the harness's own commands, each in a process of its own, and their findings."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.contract.vendor import Vendor
from harness.document.messages import Problem
from harness.mock.faults import DUPLICATING
from harness.model.history import Recorded
from harness.model.result import FindingResult, Result
from harness.prove.children import Children
from harness.prove.kill import Kill, kill_of, server_findings
from harness.prove.plan import CLEAN, MIXED, OWN_SERVER, Trial
from harness.prove.seeded_auditors import SEEDED_AUDITORS, false_positives_of, why_undetectable
from harness.report.result import read_result
from harness.wire.journal.reader import read_journal

_SECONDS_MAX = 900.0
_INCONCLUSIVE, _BROKEN = 5, 6
# An invalid load measurement is repeated, so often.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The outcome of one command; without a `result` it failed, and `error` says why."""

    exit: int
    error: str = ""
    result: Result | None = None
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The outcome of a trial.

    `kill` says how the defect was killed, None if it survived or if there is none. `findings` are
    all violations found, whether they name the right requirement or not; in a trial of a correct
    server they are false positives. `observations` are the checks of inferred requirements that
    differed. `seeded_auditors` counts the false positives of each seeded faulty auditor;
    `undetectable` says why others were not run.
    """

    trial: Trial
    kill: Kill | None
    commands: tuple[str, ...]
    findings: tuple[FindingResult, ...]
    observations: tuple[str, ...]
    exit: int
    counts: Mapping[str, int]
    duration_seconds: float
    error: str = ""
    seeded_auditors: Mapping[str, int] = field(default_factory=dict)
    undetectable: Mapping[str, str] = field(default_factory=dict)


def run_trial(trial: Trial, vendor: Vendor, root: Path | None, children: Children) -> TrialResult:
    """Run a trial and return its outcome; never raises for what the trial does wrong.

    Raises `CancelledError` when the children are stopped.
    """
    begun = time.monotonic()
    kill: Kill | None = None
    findings: list[FindingResult] = []
    observations: set[str] = set()
    counts: Counter[str] = Counter()
    seeded_auditors: Mapping[str, int] = {}
    why_not = why_undetectable(vendor)
    auditors = () if why_not else _auditors(trial)
    commands: list[str] = []
    last = CommandResult(0)
    for words in trial.commands:
        commands.append(words[0])
        with tempfile.TemporaryDirectory(prefix="prove-") as folder:
            last = _measured(words, root, Path(folder), children)
        if last.result is None or last.recorded is None:
            break
        part, found = last.result.vendors[0], server_findings(last.result)
        findings += found
        observations |= {one.check.family for one in part.observations}
        counts.update(
            requests=part.counts.requests,
            unknown=part.counts.unknown,
            accounts=part.accounts.judged,
            inconclusive=part.accounts.inconclusive,
        )
        # A history with violations shows a false positive to every auditor.
        if trial.defect is None and not (trial.condition == OWN_SERVER and found):
            seeded_auditors = {
                name: false_positives_of(SEEDED_AUDITORS[name], last.recorded, vendor)
                for name in auditors
            }
        elif trial.defect is not None:
            kill = kill_of(found, last.recorded.history, trial.defect.requirements)
            if kill is not None:
                break
    return TrialResult(
        trial,
        kill,
        tuple(commands),
        tuple(findings),
        tuple(sorted(observations)),
        last.exit,
        counts,
        round(time.monotonic() - begun, 1),
        last.error,
        seeded_auditors,
        dict.fromkeys(_auditors(trial), why_not) if why_not else {},
    )


def _measured(
    words: tuple[str, ...], root: Path | None, folder: Path, children: Children
) -> CommandResult:
    """Run one command, again while its load measurement is invalid."""
    for number in range(_TRIES):
        last = _once(words, root, folder / str(number), children)
        # Findings count even where the measurement is invalid.
        if last.result is None or last.exit != _INCONCLUSIVE or server_findings(last.result):
            break
        if all(load.valid for load in last.result.vendors[0].loads):
            break
    return last


def _once(
    words: tuple[str, ...], root: Path | None, out: Path, children: Children
) -> CommandResult:
    command = [sys.executable, "-m", "harness", *words, "--out", str(out), "--json"]
    command += ["--root", str(root)] if root is not None else []
    try:
        done = children.run(command, _SECONDS_MAX)
        result = read_result(out)
        recorded = read_journal(out / "journal" / words[1])
    except subprocess.TimeoutExpired:
        return CommandResult(_BROKEN, f"not finished after {_SECONDS_MAX:.0f} seconds")
    except Problem as problem:
        said = done.stderr.strip().splitlines() or [f"no result: {type(problem).__name__}"]
        return CommandResult(done.returncode or _BROKEN, said[-1])
    error = result.headline if done.returncode == _BROKEN else ""
    return CommandResult(done.returncode, error, result, recorded)


def _auditors(trial: Trial) -> tuple[str, ...]:
    """Return the seeded auditors that have something to misread in a trial of a server."""
    # With duplicate deliveries the unaltered history alone may show a false positive.
    if trial.defect or trial.seed != 1 or trial.condition in (MIXED, *DUPLICATING):
        return ()
    clean = trial.condition in (CLEAN, OWN_SERVER)
    return ("tail-dropped",) if clean else tuple(SEEDED_AUDITORS)
