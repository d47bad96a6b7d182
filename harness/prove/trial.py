"""One trial: the harness's own commands, each in a process of its own, and their findings."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.contract.vendor import Vendor
from harness.document.messages import Problem
from harness.mock.faults import DUPLICATING
from harness.model.history import History
from harness.model.result import FindingResult, Result, VendorResult
from harness.prove.children import Children
from harness.prove.kill import Kill, kill_of, server_findings
from harness.prove.plan import CLEAN, MIXED, Trial
from harness.prove.seeded_auditors import SEEDED_AUDITORS, false_positives_of
from harness.report.result import read_result
from harness.wire.journal.reader import read_journal

_SECONDS_MAX = 900.0
_INCONCLUSIVE, _BROKEN = 5, 6
# An invalid load measurement is repeated, so often.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The outcome of one command; without a `result` it failed, and `error` says why."""

    command: str
    exit: int
    result: Result | None
    history: History
    error: str = ""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The outcome of a trial.

    `kill` says how the defect was killed, None if it survived or if there is none. `findings` are
    all violations found, whether they name the right requirement or not; in a trial of a correct
    server they are false positives. `observations` are the checks of inferred requirements that
    differed. `seeded_auditors` counts the false positives of each seeded faulty auditor.
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


def run_trial(trial: Trial, vendor: Vendor, root: Path | None, children: Children) -> TrialResult:
    """Run a trial and return its outcome; never raises for what the trial does wrong.

    Raises `CancelledError` when the children are stopped.
    """
    begun = time.monotonic()
    kill: Kill | None = None
    findings: list[FindingResult] = []
    observations: dict[str, None] = {}
    counts: dict[str, int] = {}
    seeded_auditors: dict[str, int] = {}
    commands: list[str] = []
    last = CommandResult("", 0, None, History(()))
    for words in trial.commands:
        with tempfile.TemporaryDirectory(prefix="prove-") as folder:
            last = _measured(words, root, Path(folder), children)
            commands.append(words[0])
            if last.result is None:
                break
            if trial.defect is None:
                seeded_auditors = _false_positives(trial, vendor, Path(folder))
        part = last.result.vendors[0]
        findings += server_findings(last.result)
        observations |= dict.fromkeys(str(one.check) for one in part.observations)
        _add(counts, part)
        if trial.defect is not None:
            kill = kill_of(server_findings(last.result), last.history, trial.defect.requirements)
            if kill is not None:
                break
    return TrialResult(
        trial,
        kill,
        tuple(commands),
        tuple(findings),
        tuple(observations),
        last.exit,
        counts,
        round(time.monotonic() - begun, 1),
        last.error,
        seeded_auditors,
    )


def _measured(
    words: tuple[str, ...], root: Path | None, folder: Path, children: Children
) -> CommandResult:
    """Run one command, again while its load measurement is invalid."""
    last = CommandResult(words[0], _BROKEN, None, History(()), "not run")
    for number in range(_TRIES):
        out = folder / str(number)
        last = _once(words, root, out, children)
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
    except subprocess.TimeoutExpired:
        error = f"not finished after {_SECONDS_MAX:.0f} seconds"
        return CommandResult(words[0], _BROKEN, None, History(()), error)
    try:
        result = read_result(out)
        history = read_journal(out / "journal" / words[1]).history
    except Problem as problem:
        said = done.stderr.strip().splitlines()
        error = said[-1] if said else f"no result: {type(problem).__name__}"
        return CommandResult(words[0], done.returncode or _BROKEN, None, History(()), error)
    error = result.headline if done.returncode == _BROKEN else ""
    return CommandResult(words[0], done.returncode, result, history, error)


def _false_positives(trial: Trial, vendor: Vendor, folder: Path) -> dict[str, int]:
    """Count the false positives of seeded auditors, where the run has something to misread."""
    # With duplicate deliveries the unaltered history alone may show a false positive.
    if trial.seed != 1 or trial.condition in (MIXED, *DUPLICATING):
        return {}
    out = max(folder.iterdir())
    recorded = read_journal(out / "journal" / trial.vendor)
    wanted = ("tail-dropped",) if trial.condition == CLEAN else tuple(SEEDED_AUDITORS)
    return {name: false_positives_of(SEEDED_AUDITORS[name], recorded, vendor) for name in wanted}


def _add(counts: dict[str, int], part: VendorResult) -> None:
    figures = {
        "requests": part.counts.requests,
        "unknown": part.counts.unknown,
        "accounts": part.accounts.judged,
        "inconclusive": part.accounts.inconclusive,
    }
    for name, count in figures.items():
        counts[name] = counts.get(name, 0) + count
