"""Commands whose output is not read to its end, or cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT, harness


@pytest.mark.parametrize("words", ["mock loga --list", "lint loga", "schema binding"])
def test_a_reader_that_stops_changes_no_exit_code(words: str) -> None:
    """As `| head` does; neither a traceback nor another exit code comes of it."""
    command = [sys.executable, "-m", "harness", *words.split()]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_output_that_cannot_be_written_is_told() -> None:
    """The disk is full."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "harness", "schema", "binding"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 6
    assert done.stderr.startswith("harness: cannot write standard output: No space left on device")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prove", "loga", "--no-defects", "--seeds", "0"], "no trials selected"),
        (["prove", "loga", "--seeds", "5-2"], "expected the lower seed first"),
        (["mock", "loga", "--port", "80000"], "80000 is not in the range 0<=x<=65535"),
        (["mock", "loga", "--port", "-1"], "-1 is not in the range"),
        (["mock", "loga", "--defect", "x"], "loga's mock has no defect 'x'; expected "),
        (["gate", "loga", "--defect", "x"], "loga's mock has no defect 'x'; expected "),
        (["load", "loga", "--only", "race"], "No such option"),
    ],
)
def test_values_that_make_no_sense_are_refused(words: list[str], said: str) -> None:
    """Exit 2, and what is expected."""
    done = harness(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    """The message names the folder, and the option for another."""
    (tmp_path / "file").write_text("", "utf-8")
    out = tmp_path / "file" / "run"
    done = harness("check", "loga", "--only", "race.", "--out", str(out))
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"{out}: the run's folder cannot be written" in done.stderr
    assert "name another folder with --out" in done.stderr


def test_a_disk_that_fills_up_during_a_run_is_told(tmp_path: Path) -> None:
    """The file that could not be written is named, and the exit is that of a failed harness."""
    journal = tmp_path / "run/journal.ndjson"
    journal.parent.mkdir()
    journal.symlink_to("/dev/full")
    program = (
        "from pathlib import Path\n"
        "from harness.cli.exits import _failure\n"
        "from harness.report.folder import naming\n"
        f"path = Path({str(journal)!r})\n"
        "try:\n"
        "    with naming(path):\n"
        "        path.write_text('x')\n"
        "except OSError as error:\n"
        "    print(_failure(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"(6, 'cannot write {journal}: No space left on device; name another" in done.stdout
