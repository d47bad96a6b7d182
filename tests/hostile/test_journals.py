"""Journals and results that nobody's harness wrote are refused with the line, never believed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.report import result
from harness.report.result import read_result
from harness.wire.journal import line
from harness.wire.journal.reader import read_exchanges, read_journal
from tests.hostile.tree import told
from tests.starpoints.project import TREE

RUN = {"event": "run", "vendor": "starpoints"}
INVOKE = {
    "event": "invoke",
    "id": "a",
    "source": "scenario:x",
    "operation": "earn",
    "due_ns": 1,
    "sent_ns": 2,
    "request": ["GET", "/", ""],
    "rows": [["m", 5, "r"]],
}
OUTCOME = {"event": "outcome", "id": "a", "done_ns": 3, "outcome": "ok", "status": 200}
STAGE = {"name": "s", "start": 1, "end": 1, "seconds": 1e300}
LOAD = {"workload": "w", "t0_ns": 0, "stages": [STAGE], "lateness_ms": 1}


def write(folder: Path, *lines: Any) -> Path:
    """Write a journal of these lines and return its folder."""
    folder.mkdir(exist_ok=True)
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    (folder / "calls.ndjson").write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return folder


def test_a_journal_as_it_should_be_is_read(tmp_path: Path) -> None:
    """The lines that the cases below change are those of a journal."""
    recorded = read_journal(write(tmp_path / "j", RUN, INVOKE, OUTCOME))
    assert [one.id for one in recorded.history.attempts] == ["a"]
    assert recorded.truncated == 0


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        (2, [RUN, {**INVOKE, "id": 7}]),
        (2, [RUN, {"event": "invoke"}]),
        (2, [RUN, {**INVOKE, "sent_ns": "soon"}, OUTCOME]),
        (2, [RUN, {**INVOKE, "request": [1, 2, 3]}, OUTCOME]),
        (2, [RUN, {**INVOKE, "headers": []}, OUTCOME]),
        (3, [RUN, {**INVOKE, "request": []}, OUTCOME]),
        (3, [RUN, {**INVOKE, "rows": [["m"]]}, OUTCOME]),
        (3, [RUN, {**INVOKE, "rows": [["m", "5"]]}, OUTCOME]),
        (3, [RUN, {**INVOKE, "rows": [7]}, OUTCOME]),
        (3, [RUN, INVOKE, {**OUTCOME, "outcome": "splendid"}]),
        (3, [RUN, INVOKE, {**OUTCOME, "done_ns": None}]),
        (3, [RUN, INVOKE, {**OUTCOME, "seen": [1]}]),
        (3, [RUN, INVOKE, {**OUTCOME, "seen": {"balance": "1e999999999"}}]),
        (3, [RUN, INVOKE, {**OUTCOME, "seen": {"balance": "NaN"}}]),
        (3, [RUN, INVOKE, {**OUTCOME, "seen": {"balances": [1]}}]),
        (3, [RUN, INVOKE, {"event": "outcome"}]),
        (1, [{**RUN, "vendor": 7}]),
        (1, [{**RUN, "load": {**LOAD, "stages": 7}}]),
        (1, [{**RUN, "load": LOAD}]),
        (2, [RUN, {"event": "checked"}]),
        (2, [RUN, {"event": "checked", "check": "x", "subject": "y", "verdict": "splendid"}]),
        (2, [RUN, {"event": "note"}]),
        (2, [RUN, {"event": "drop", "id": "a", "source": "b", "due_ns": "x"}]),
        (2, [RUN, {"event": "listen", "since_ns": "x"}]),
        (3, [RUN, {"event": "listen"}, {"event": "listened"}]),
        (3, [RUN, {"event": "listen"}, {"event": "announce", "id": "a"}]),
        (3, [RUN, {"event": "listen"}, {"event": "unresponded"}]),
    ],
    ids=str,
)
def test_a_line_that_no_writer_wrote_is_refused(
    tmp_path: Path, number: int, lines: list[Any]
) -> None:
    """It has the form of a line, and was not cut off: the journal is of another writer."""
    folder = write(tmp_path / "starpoints", *lines)
    said = told(read_journal, folder)
    assert f"calls.ndjson:{number}: the line is none of a journal; expected one that" in said


@pytest.mark.parametrize("text", ["", "7", "[]", "{", '{"event": 7}', "[" * 5000, "\0\0", "NaN"])
def test_what_is_no_line_is_counted(tmp_path: Path, text: str) -> None:
    """A writer that was killed leaves such a line, so it is counted and left out."""
    recorded = read_journal(write(tmp_path / "j", RUN, INVOKE, OUTCOME, text))
    assert recorded.truncated == 1


def test_a_line_without_end_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a piece of it is held in memory."""
    monkeypatch.setattr(line, "_BYTES_MAX", 1000)
    recorded = read_journal(write(tmp_path / "j", RUN, INVOKE, OUTCOME, '"' + "x" * 4500))
    assert recorded.truncated == 5


def test_a_request_of_another_form_is_told(tmp_path: Path) -> None:
    """A dossier reads requests too."""
    folder = write(tmp_path / "j", RUN, {**INVOKE, "request": ["GET"]}, OUTCOME)
    assert "calls.ndjson:3: the line is none" in told(list, read_exchanges(folder))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A named pipe in a journal or for a result is not waited for."""
    folder = tmp_path / "run/journal/starpoints"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "calls.ndjson")
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "run"), "--root", str(TREE)])
    assert (done.exit_code, "saw a named pipe" in done.output) == (2, True)
    os.mkfifo(tmp_path / "result.json")
    assert "saw a named pipe" in told(read_result, tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "{}", '{"format": []}', '{"a":' * 5000, '{"run": {"id": 7}}', "\0"]
)
def test_a_result_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    """However deep or wrong it is, it ends as a problem with its place."""
    (tmp_path / "result.json").write_text(text, "utf-8")
    assert told(read_result, tmp_path).startswith(f"{tmp_path}/result.json: ")


def test_a_result_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused by its size, before it is read."""
    monkeypatch.setattr(result, "BYTES_MAX", 10)
    (tmp_path / "result.json").write_text("x" * 11, "utf-8")
    assert "expected at most" in told(read_result, tmp_path)


def test_an_audit_names_the_line(tmp_path: Path) -> None:
    """The command ends with exit 2, as for every input that is not what it should be."""
    folder = tmp_path / "run/journal/starpoints"
    folder.parent.mkdir(parents=True)
    write(folder, RUN, {"event": "invoke"})
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "run"), "--root", str(TREE)])
    assert done.exit_code == 2
    assert "starpoints/calls.ndjson:2: the line is none of a journal" in done.output
