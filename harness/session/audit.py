"""The audit of a run: the result of the journals in its folder."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.auditor.inferred import compared
from harness.auditor.judge import run_result, vendor_result
from harness.auditor.replay import replay
from harness.contract.catalogue import Catalogue, read_catalogue
from harness.contract.root import find_root
from harness.document.messages import Problem
from harness.model.result import Result, RunSummary, VendorResult
from harness.model.run_header import RunHeader
from harness.session.options import installation
from harness.wire.journal.reader import read_journal


def audit(
    path: str | Path, *, strict: bool | None = None, root: str | Path | None = None
) -> Result:
    """Evaluate the journals of a run again, without sending a request.

    Nothing is read but the journals below `path`/journal and the declarations, so the same run
    gives the same verdict. `strict` says whether inferred requirements can fail the vendor (None:
    as in the run). `root` is the folder with contracts/ and specs/ (None: the working folder, else
    the packed ones). Raises Problem where no journal is found or its vendor is not declared, and
    Problems where declarations are invalid.
    """
    folder = Path(path)
    names = tuple(journal.name for journal in vendor_journals(folder))
    catalogue = read_catalogue(find_root(None if root is None else Path(root)), names)
    return audit_journals(catalogue, folder, strict)


def audit_journals(catalogue: Catalogue, folder: Path, strict: bool | None = None) -> Result:
    """Return the result of the journals below `folder`/journal, by declarations already read."""
    audited = [_vendor(catalogue, path, strict) for path in vendor_journals(folder)]
    return run_result([part for part, _ in audited], _summary(audited[-1][1], folder))


def vendor_journals(folder: Path) -> Sequence[Path]:
    """Return the journal folders of a run, one per vendor."""
    base = folder / "journal"
    found = sorted(path for path in base.glob("*") if path.is_dir()) if base.is_dir() else []
    if not found:
        raise Problem(
            "no journal is here", place=str(folder), hint="name the folder of a run, reports/<id>"
        )
    return found


def _vendor(
    catalogue: Catalogue, journal: Path, strict: bool | None
) -> tuple[VendorResult, RunHeader]:
    recorded = read_journal(journal)
    if not recorded.headers:
        raise Problem("the journal has no readable first line", place=str(journal))
    header = recorded.headers[0]
    if strict is not None:
        header = replace(header, strict=strict)
    if header.vendor not in catalogue.vendors:
        message = f"the run is of {header.vendor}, which is not declared here"
        raise Problem(message, place=str(journal))
    vendor = catalogue.vendors[header.vendor]
    checked = tuple(compared(replay(recorded, vendor), vendor.observed, header.target))
    return vendor_result(vendor, recorded, checked, header), header


def _summary(header: RunHeader, folder: Path) -> RunSummary:
    # The run ended when its last line was written, whenever it is audited.
    last = max(path.stat().st_mtime for path in folder.glob("journal/*/*.ndjson"))
    ended = datetime.datetime.fromtimestamp(last, datetime.UTC).isoformat(timespec="seconds")
    return RunSummary(
        id=header.run,
        command=header.command,
        started=header.started or ended,
        finished=ended,
        seed=header.seed,
        profile=header.profile,
        **installation(),
    )
