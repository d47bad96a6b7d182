"""Judge what the journals of a run tell, write the result, and show it."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import harness
from harness.auditor.judge import judge_run, judge_vendor
from harness.auditor.observations import compared
from harness.auditor.replay import replay
from harness.contract.catalogue import Catalogue
from harness.document.messages import Problem
from harness.model.result import Result, RunSummary
from harness.model.run_header import RunHeader
from harness.session.session import platform_text
from harness.wire.journal.reader import read_journal


def conclude(catalogue: Catalogue, folder: Path, strict: bool | None = None) -> Result:
    """Return the result of the journals below `folder`/journal.

    Reads nothing but the journals and the declarations, so that the same run judged again gives
    the same verdict. `strict` of None takes what the run was made with.
    """
    parts = []
    header = RunHeader()
    for journal in vendor_journals(folder):
        recorded = read_journal(journal)
        if not recorded.headers:
            raise Problem("the journal has no readable first line", place=str(journal))
        header = recorded.headers[0]
        name = header.vendor
        if name not in catalogue.vendors:
            raise Problem(f"the run is of {name}, which is not declared here", place=str(journal))
        vendor = catalogue.vendors[name]
        if strict is not None:
            header = replace(header, strict=strict)
        parts.append(
            judge_vendor(
                vendor,
                recorded,
                tuple(compared(replay(recorded, vendor), vendor.observed, header.target)),
                header,
                [known.workload for known in vendor.workloads.values()],
            )
        )
    return judge_run(parts, _summary(header, folder))


def vendor_journals(folder: Path) -> Sequence[Path]:
    """Return the journal folders of a run, one per vendor."""
    base = folder / "journal"
    found = sorted(path for path in base.glob("*") if path.is_dir()) if base.is_dir() else []
    if not found:
        raise Problem(
            "no journal is here", place=str(folder), hint="name the folder of a run, reports/<id>"
        )
    return found


def _summary(header: RunHeader, folder: Path) -> RunSummary:
    # The run ended when its last line was written, whenever it is judged.
    last = max(path.stat().st_mtime for path in folder.glob("journal/*/*.ndjson"))
    ended = datetime.datetime.fromtimestamp(last, datetime.UTC).isoformat(timespec="seconds")
    return RunSummary(
        id=header.run,
        command=header.command,
        started=header.started or ended,
        finished=ended,
        seed=header.seed,
        profile=header.profile,
        version=harness.__version__,
        python=platform.python_version(),
        platform=platform_text(),
    )
