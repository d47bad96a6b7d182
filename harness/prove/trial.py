"""Run one trial: the harness's own commands in processes of their own, and what they found."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.audit.vendor import Audited
from harness.mock.faults import DUPLICATING
from harness.model.history import History
from harness.prove.children import Children
from harness.prove.kills import Kill, accusations, kill_of
from harness.prove.plan import CLEAN, MIXED, Trial
from harness.prove.seeded_auditors import SINS, alarms_of
from harness.wire.journal.reader import NoJournal, read_journal

_SECONDS_MAX = 900.0
_UNDECIDED, _BROKEN = 5, 6
# A load measurement that the machine spoilt is made again, so often.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """What one command came to; without a `result` it broke, and `error` says how."""

    command: str
    exit: int
    result: Mapping[str, Any] | None
    history: History
    error: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a trial came to.

    `kill` tells how the defect was found; `accused` are all findings against the server, whether
    they name the right rule or not. `sins` counts the false alarms of each sinful auditor.
    """

    trial: Trial
    kill: Kill | None
    stages: tuple[str, ...]
    accused: tuple[Mapping[str, Any], ...]
    observed: tuple[str, ...]
    exit: int
    counts: Mapping[str, int]
    took_seconds: float
    error: str = ""
    sins: Mapping[str, int] = field(default_factory=dict)


def run(trial: Trial, vendor: Audited, root: Path | None, children: Children) -> Measured:
    """Run a trial and return what it came to; never raises for what the trial does wrong.

    Raises `CancelledError` when the children are stopped.
    """
    begun = time.monotonic()
    kill: Kill | None = None
    accused: list[Mapping[str, Any]] = []
    observed: dict[str, None] = {}
    counts: dict[str, int] = {}
    sins: dict[str, int] = {}
    stages: list[str] = []
    last = Stage("", 0, None, History(()))
    for words in trial.stages:
        with tempfile.TemporaryDirectory(prefix="prove-") as folder:
            last = _stage(words, root, Path(folder), children)
            stages.append(words[0])
            if last.result is None:
                break
            if trial.defect is None:
                sins = _sins(trial, vendor, Path(folder))
        part = last.result["vendors"][0]
        accused += accusations(last.result)
        observed |= dict.fromkeys(entry["check"] for entry in part["observations"])
        _add(counts, part)
        if trial.defect is not None:
            kill = kill_of(accusations(last.result), last.history, trial.defect.requirements)
            if kill is not None:
                break
    return Measured(
        trial,
        kill,
        tuple(stages),
        tuple(accused),
        tuple(observed),
        last.exit,
        counts,
        round(time.monotonic() - begun, 1),
        last.error,
        sins,
    )


def _stage(words: tuple[str, ...], root: Path | None, folder: Path, children: Children) -> Stage:
    """Run one command until the machine let it measure."""
    stage = Stage(words[0], _BROKEN, None, History(()), "it was not run")
    for number in range(_TRIES):
        out = folder / str(number)
        stage = _once(words, root, out, children)
        # Findings stand whatever the machine did; no decision may be its noise.
        if stage.result is None or stage.exit != _UNDECIDED or accusations(stage.result):
            break
        if not any(entry["valid"] is False for entry in stage.result["vendors"][0]["load"]):
            break
    return stage


def _once(words: tuple[str, ...], root: Path | None, out: Path, children: Children) -> Stage:
    command = [sys.executable, "-m", "harness", *words, "--out", str(out), "--json"]
    command += ["--root", str(root)] if root is not None else []
    try:
        done = children.run(command, _SECONDS_MAX)
    except subprocess.TimeoutExpired:
        error = f"no end after {_SECONDS_MAX:.0f} seconds"
        return Stage(words[0], _BROKEN, None, History(()), error)
    try:
        result: dict[str, Any] = json.loads((out / "result.json").read_text(encoding="utf-8"))
        history = read_journal(out / "journal" / words[1]).history
    except (OSError, ValueError, NoJournal) as problem:
        said = done.stderr.strip().splitlines()
        error = said[-1] if said else f"no result: {type(problem).__name__}"
        return Stage(words[0], done.returncode or _BROKEN, None, History(()), error)
    error = result["headline"] if done.returncode == _BROKEN else ""
    return Stage(words[0], done.returncode, result, history, error)


def _sins(trial: Trial, vendor: Audited, folder: Path) -> dict[str, int]:
    """Let the sinful auditors judge the run, where something happened that they can misread."""
    # With duplicate deliveries the unaltered history alone may show a false positive.
    if trial.seed != 1 or trial.condition in (MIXED, *DUPLICATING):
        return {}
    out = max(folder.iterdir())
    recorded = read_journal(out / "journal" / trial.vendor)
    wanted = ("tail-dropped",) if trial.condition == CLEAN else tuple(SINS)
    return {name: alarms_of(SINS[name], recorded, vendor) for name in wanted}


def _add(counts: dict[str, int], part: Mapping[str, Any]) -> None:
    figures = {
        "requests": part["counts"]["requests"],
        "unknown": part["counts"]["unknown"],
        "accounts": part["accounts"]["judged"],
        "undecided": part["accounts"]["undecided"],
    }
    for name, count in figures.items():
        counts[name] = counts.get(name, 0) + count
