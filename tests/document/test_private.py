"""What a run writes can be read by its owner alone, whatever was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.document.private import private_folder
from harness.model.run_header import RunHeader
from harness.report.dossier import write_dossier
from harness.report.folder import write_reports
from harness.wire.journal.writer import Writer
from harness.wire.redact.redactor import Redactor
from tests.report.dossier import made
from tests.report.example import example, result_of

LONG = b"\r" + b"x" * 5000


@pytest.fixture(autouse=True)
def _everyone_may_read() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def write_all(run: Path) -> None:
    """Write a journal with a body beside it, the reports and the dossier."""
    writer = Writer(run / "journal" / "acme" / "calls.ndjson", RunHeader(), Redactor([], []).text)
    assert writer.keep_body("c1", LONG)
    writer.close()
    write_reports(result_of(example()), run)
    write_dossier(made(), run)


def modes(folder: Path) -> dict[str, str]:
    """Return the modes below a folder, and its own, by their paths."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): oct(path.stat().st_mode & 0o777) for path in paths}


@pytest.mark.parametrize("before", ["nothing", "a folder", "an older run"])
def test_a_run_is_private(tmp_path: Path, before: str) -> None:
    """Also in a folder that all could read, and in the place of files that all could read."""
    run = tmp_path / "reports" / "r1"
    if before != "nothing":
        run.mkdir(0o777, parents=True)
    if before == "an older run":
        write_all(run)
        for path in (run, *run.glob("[!j]*"), *run.glob("journal/acme/*")):
            path.chmod(0o777)
    write_all(run)
    found = modes(run)
    assert len(found) > 10
    assert {path: oct(0o700 if Path(path).is_dir() else 0o600) for path in found} == found


def test_a_folder_with_other_things_keeps_its_readers(tmp_path: Path) -> None:
    """What is written into it is private all the same."""
    tmp_path.chmod(0o755)
    (tmp_path / "notes.txt").write_text("ours", "utf-8")
    private_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    written = write_reports(result_of(example()), tmp_path)
    assert {path.stat().st_mode & 0o777 for path in written.values()} == {0o600}
