from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.document.messages import Problem
from harness.model.exchange import Intent, Request, Response, Row
from harness.model.run_header import LoadHeader, RunHeader
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.model.workload import Stage
from harness.wire.attempt import ALTERED, BODY_CHARACTERS_MAX, AttemptJudgement, invoke_line
from harness.wire.journal.reader import read_journal
from harness.wire.journal.writer import Writer
from harness.wire.redact.redactor import Redactor

LOAD = LoadHeader("w", 5, (Stage("steady", 1, 2, 3),), 50)
INTENT = Intent("earn", "earn", "7", (Row("7", 5, "r"),))
REQUEST = Request("POST", "/earn", (), b"who=7&n=5")
HEADER = RunHeader(
    vendor="made-up",
    base_url="http://h",
    media={"earn": "application/x-www-form-urlencoded"},
    auth={"earn": ("body:token", "header:x-key")},
)


RESPONSE = Response(200, {}, b'{"token":"abcdef","tel":"0812345678","now":5}')
OK = AttemptJudgement(Outcome.OK, None, {"balance": 5})


def write(folder: Path, attempts: int = 1, close: bool = True) -> Path:
    """Write a journal of `attempts` attempts and return its file."""
    path = folder / "calls.ndjson"
    redactor = Redactor(["s3cret-value"], ["token", "tel"])
    writer = Writer(path, HEADER, redactor.text)
    for number in range(attempts):
        writer.append(
            invoke_line(f"c{number}", "scenario:x", INTENT, REQUEST, 10, 11, writer.redact)
        )
        writer.outcome(f"c{number}", 12, RESPONSE, OK)
    if close:
        writer.close()
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A attempt keeps its meaning, its times, its outcome and what it showed."""
    write(tmp_path, 2)
    recorded = read_journal(tmp_path)
    attempt = recorded.history.attempts[0]
    assert (attempt.verb, attempt.account, attempt.rows) == ("earn", "7", (Row("7", 5, "r"),))
    assert (attempt.planned_ns, attempt.sent_ns, attempt.done_ns) == (10, 11, 12)
    assert attempt.outcome is Outcome.OK
    assert attempt.seen == {"balance": 5}
    assert recorded.complete
    assert recorded.truncated == 0
    assert attempt.curl == (
        'curl -sS -X POST --data-urlencode "token=$TOKEN" -H "x-key: $X_KEY" '
        "--data-raw 'who=7&n=5' \"http://h/earn\""
    )


def test_a_forged_request_is_told_from_a_signed_one(tmp_path: Path) -> None:
    """The curl line shows the request as it was changed, and says where credentials belong."""
    header = replace(
        HEADER, media={"earn": "application/json"}, auth={"earn": ("body:/data/sign",)}
    )
    writer = Writer(tmp_path / "calls.ndjson", header, Redactor([], []).text)
    for attempt, mode in (("c0", "normal"), ("c1", ALTERED), ("c2", "wrong"), ("c3", "none")):
        writer.append(
            invoke_line(attempt, "scenario:x", INTENT, REQUEST, 10, 11, writer.redact, mode)
        )
    writer.close()
    notes = [
        attempt.curl.partition("  # ")[2] for attempt in read_journal(tmp_path).history.attempts
    ]
    assert notes == [
        "add /data/sign to the body",
        "add /data/sign to the body, signed before it was changed to this",
        "add /data/sign to the body, with wrong credentials",
        "",
    ]


def test_secrets_and_personal_values_never_reach_the_file(tmp_path: Path) -> None:
    """The writer redacts what it is given."""
    text = write(tmp_path).read_text()
    assert "abcdef" not in text
    assert "0812345678" not in text


def test_an_invocation_without_an_outcome_is_unknown(tmp_path: Path) -> None:
    """What was sent before a kill may have happened."""
    redactor = Redactor([], [])
    writer = Writer(tmp_path / "load-0.ndjson", HEADER, redactor.text)
    writer.append(invoke_line("c0", "load:earn", INTENT, REQUEST, 1, 2, writer.redact))
    recorded = read_journal(tmp_path)
    assert [attempt.outcome for attempt in recorded.history.attempts] == [Outcome.UNKNOWN]
    assert recorded.history.attempts[0].done_ns is None
    assert not recorded.complete


@given(st.integers(min_value=1, max_value=600))
def test_a_torn_tail_loses_no_other_line(cut: int) -> None:
    """However many bytes of the end are missing, every whole line before is read."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder, 5, close=False)
        size = path.stat().st_size
        os.truncate(path, max(0, size - cut))
        lines = path.read_bytes().split(b"\n")
        begun = [line for line in lines if b'"event":"invoke"' in line and line.endswith(b"}")]
        recorded = read_journal(folder)
        assert len(recorded.history.attempts) == len(begun)
        assert recorded.truncated <= 1
        assert not recorded.complete


def test_checks_notes_and_drops_come_back(tmp_path: Path) -> None:
    """What engines judged is part of the record."""
    path = write(tmp_path, close=False)
    writer = Writer(path, HEADER, Redactor([], []).text)
    finding = Finding("Title", "5", "6", "a.yaml:3", ("c0",), (), ("line",))
    checked = Checked("scenario:x#balance", "x", Verdict.FAIL, "", finding, 2)
    writer.checked(checked)
    writer.note("load", "scaled down")
    writer.drop("d0", "load:earn", 99)
    writer.close()
    recorded = read_journal(tmp_path)
    assert recorded.checked == (checked,)
    assert recorded.notes == (("load", "scaled down"),)
    assert recorded.drops[0].planned_ns == 99


def test_long_bodies_are_cut_and_say_so(tmp_path: Path) -> None:
    """A body is evidence, not an archive."""
    writer = Writer(tmp_path / "calls.ndjson", HEADER, Redactor([], []).text)
    long = Request("POST", "/earn", (), b"x" * 90_000)
    writer.append(invoke_line("c0", "s", INTENT, long, 1, 2, writer.redact))
    writer.close()
    assert len((tmp_path / "calls.ndjson").read_text()) < BODY_CHARACTERS_MAX + 1000
    assert "(90000 bytes)" in read_journal(tmp_path).history.attempts[0].curl


def test_unchecked_responses_and_the_headers_come_back(tmp_path: Path) -> None:
    """An attempt without an outcome line is unknown; the end line counts those before it."""
    path = tmp_path / "load-0.ndjson"
    writer = Writer(path, RunHeader(load=LOAD), Redactor([], []).text, evidence_only=True)
    for attempt in "abd":
        writer.append(invoke_line(attempt, "load:x", INTENT, REQUEST, 1, 2, writer.redact))
    writer.outcome("a", 3, RESPONSE, OK)
    writer.outcome("d", 7, RESPONSE, AttemptJudgement(Outcome.OK, None, {}, unchecked=True))
    writer.drop("c", "load:x", 9)
    writer.note("load:w", "sampled")
    writer.close()
    recorded = read_journal(tmp_path)
    attempts = {attempt.id: attempt for attempt in recorded.history.attempts}
    assert attempts["a"].outcome is Outcome.OK
    assert attempts["a"].seen == {"balance": 5}
    assert (attempts["b"].outcome, attempts["b"].done_ns) == (Outcome.UNKNOWN, None)
    assert [(drop.id, drop.planned_ns) for drop in recorded.drops] == [("c", 9)]
    assert recorded.unchecked == {"d"}
    assert ("load:w", "sampled") in recorded.notes
    assert recorded.complete
    assert recorded.headers[0].load == LOAD
    assert json.loads(path.read_bytes().splitlines()[-1]) == {"event": "end", "lines": 8}
    assert b"abcdef" not in path.read_bytes()


def test_a_journal_that_was_stopped_is_not_complete(tmp_path: Path) -> None:
    """It has no end line."""
    Writer(tmp_path / "load-0.ndjson", RunHeader(), Redactor([], []).text).close(complete=False)
    assert not read_journal(tmp_path).complete


def test_threads_write_undivided_lines(tmp_path: Path) -> None:
    """Each line is one write, and each is counted."""
    path = tmp_path / "calls.ndjson"
    writer = Writer(path, HEADER, Redactor([], []).text)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda n: writer.note(str(n), "x" * 5000), range(400)):
            pass
    writer.close()
    recorded = read_journal(tmp_path)
    assert sorted(int(about) for about, _ in recorded.notes) == list(range(400))
    assert recorded.truncated == 0
    assert json.loads(path.read_bytes().splitlines()[-1]) == {"event": "end", "lines": 401}


def test_a_folder_without_a_journal_says_so(tmp_path: Path) -> None:
    """An empty folder is no empty history."""
    with pytest.raises(Problem, match="no journal"):
        read_journal(tmp_path)


def test_a_body_that_a_line_cannot_hold_has_a_file(tmp_path: Path) -> None:
    """A long one, one of bytes and one with line breaks of a form; secrets are hidden there too."""
    folder = tmp_path / "acme"
    writer = Writer(folder / "c.ndjson", HEADER, Redactor(["s3cret-value"], ["tel"]).text)
    bodies = {"c0": b"s3cret-value" + b"x" * 9000, "c1": b"\xff\x00", "c2": b"a\r\nb", "c3": b"ab"}
    for name, body in bodies.items():
        request = Request("POST", "/earn", (("X-Key", "s3cret-value"), ("tel", "08")), body)
        kept = writer.keep_body(name, body)
        line = invoke_line(name, "s", INTENT, request, 1, 2, writer.redact, body_file=kept)
        writer.append(line)
    writer.close()
    assert {path.name: path.read_bytes() for path in (folder / "bodies").iterdir()} == {
        "c0": b"***" + b"x" * 9000,
        "c1": b"\xff\x00",
        "c2": b"a\r\nb",
    }
    lines = [attempt.curl for attempt in read_journal(folder).history.attempts]
    for name, curl in zip(bodies, lines, strict=True):
        assert (f"--data-binary @journal/acme/bodies/{name} " in curl) is (name != "c3")
        assert "-H 'X-Key: ***' -H 'tel: ***'" in curl
