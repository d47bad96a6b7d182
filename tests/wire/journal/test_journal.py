from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.exchange import Exchange, Fault, Intent, Request, Response, Row
from harness.model.finding import Checked, Finding
from harness.model.run_header import RunHeader
from harness.model.verdict import Outcome, Verdict
from harness.wire.journal.reader import NoJournal, read_journal
from harness.wire.journal.writer import ALTERED, BODY_CHARACTERS_MAX, Writer, evidence
from harness.wire.redact import Redactor

INTENT = Intent("earn", "earn", "7", (Row("7", 5, "r"),))
REQUEST = Request("POST", "/earn", (), b"who=7&n=5")
HEADER = RunHeader(
    vendor="made-up",
    base_url="http://h",
    media={"earn": "application/x-www-form-urlencoded"},
    auth={"earn": ("body:token", "header:x-key")},
)


def exchange(number: int, fault: Fault | None = None) -> Exchange:
    """Return an exchange that answered, or not."""
    response = (
        None if fault else Response(200, {}, b'{"token":"abcdef","tel":"0812345678","now":5}')
    )
    outcome = Outcome.UNKNOWN if fault else Outcome.OK
    return Exchange(
        f"c{number}", "scenario:x", INTENT, REQUEST, 10, 11, 12, response, fault, outcome,
        seen={} if fault else {"balance": 5},
    )  # fmt: skip


def write(folder: Path, calls: int = 1, close: bool = True) -> Path:
    """Write a journal of `calls` calls and return its file."""
    path = folder / "calls.ndjson"
    redactor = Redactor(["s3cret-value"], ["token", "tel"])
    writer = Writer(path, HEADER, redactor.text)
    for number in range(calls):
        writer.invoke(f"c{number}", "scenario:x", INTENT, REQUEST, 10, 11)
        writer.outcome(exchange(number))
    if close:
        writer.close()
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A call keeps its meaning, its times, its outcome and what it showed."""
    write(tmp_path, 2)
    recorded = read_journal(tmp_path)
    call = recorded.history.attempts[0]
    assert (call.verb, call.account, call.rows) == ("earn", "7", (Row("7", 5, "r"),))
    assert (call.planned_ns, call.sent_ns, call.done_ns) == (10, 11, 12)
    assert call.outcome is Outcome.OK
    assert call.seen == {"balance": 5}
    assert recorded.complete
    assert recorded.truncated == 0
    assert call.curl == (
        'curl -sS -X POST --data-urlencode "token=$TOKEN" -H "x-key: $X_KEY" '
        "--data-raw 'who=7&n=5' \"http://h/earn\""
    )


def test_a_forged_request_is_told_from_a_signed_one(tmp_path: Path) -> None:
    """The curl line shows the request as it was changed, and says where credentials belong."""
    header = replace(
        HEADER, media={"earn": "application/json"}, auth={"earn": ("body:/data/sign",)}
    )
    writer = Writer(tmp_path / "calls.ndjson", header, Redactor([], []).text)
    for call, mode in (("c0", "normal"), ("c1", ALTERED), ("c2", "wrong"), ("c3", "none")):
        writer.invoke(call, "scenario:x", INTENT, REQUEST, 10, 11, mode)
    writer.close()
    notes = [call.curl.partition("  # ")[2] for call in read_journal(tmp_path).history.attempts]
    assert notes == [
        "add /data/sign to the body",
        "add /data/sign to the body, signed before it was changed to this",
        "add /data/sign to the body, with wrong credentials",
        "",
    ]


def test_secrets_and_personal_values_never_reach_the_file(tmp_path: Path) -> None:
    """Values of sensitive fields are hidden by name, known secrets wherever they stand."""
    path = write(tmp_path)
    text = path.read_text()
    assert "abcdef" not in text
    assert "0812345678" not in text
    redactor = Redactor(["s3cret-value"], ["token"])
    redactor.learn(["late-token"])
    assert (
        redactor.text("a s3cret-value, a late-token&token=xyz&b=1") == "a ***, a ***&token=***&b=1"
    )
    redactor.learn(["me@shop/a b"])
    assert redactor.text("user=me%40shop%2Fa+b&x=me%40shop/a%20b") == "user=***&x=***"
    assert redactor.text('{"token": "a\\"b", "n": 1}') == '{"token": "***", "n": 1}'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"tel": ["081", "082"], "n": 1}', '{"tel": "***", "n": 1}'),
        ('{"tel": {"home": "081"}, "n": 1}', '{"tel": "***", "n": 1}'),
        ('/data/0/tel: "081" does not match', "/data/0/tel: *** does not match"),
        ("/data/tel is 81, and /data/n is 1", "/data/tel is ***, and /data/n is 1"),
        ('at /data/*/tel stands "081", "082"', "at /data/*/tel stands ***"),
        (
            '--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n081\r\n--b--',
            '--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n***\r\n--b--',
        ),
        ("a\\/b+c", "***"),
    ],
)
def test_personal_values_are_hidden_however_they_are_written(text: str, left: str) -> None:
    """Lists, objects, parts of a form, an escaped slash, and our own sentences about a place."""
    assert Redactor(["a/b+c"], ["tel"]).text(text) == left


def test_of_a_csv_file_only_the_columns_are_kept() -> None:
    """Its rows hold what nobody could hide by name."""
    response = Response(200, {"content-type": "text/csv"}, b"uid,tel\n1,081\n")
    assert evidence(response) == b"uid,tel\n(6 bytes of rows)"


def test_an_invocation_without_an_outcome_is_unknown(tmp_path: Path) -> None:
    """What was sent before a kill may have happened."""
    redactor = Redactor([], [])
    writer = Writer(tmp_path / "load-0.ndjson", HEADER, redactor.text)
    writer.invoke("c0", "load:earn", INTENT, REQUEST, 1, 2)
    recorded = read_journal(tmp_path)
    assert [call.outcome for call in recorded.history.attempts] == [Outcome.UNKNOWN]
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
        begun = [line for line in lines if b'"k":"invoke"' in line and line.endswith(b"}")]
        recorded = read_journal(folder)
        assert len(recorded.history.attempts) == len(begun)
        assert recorded.truncated <= 1
        assert not recorded.complete


def test_checks_notes_and_drops_come_back(tmp_path: Path) -> None:
    """What engines judged is part of the record."""
    path = write(tmp_path, close=False)
    writer = Writer(path, HEADER, lambda text: text)
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
    writer = Writer(tmp_path / "calls.ndjson", HEADER, lambda text: text)
    long = Request("POST", "/earn", (), b"x" * 90_000)
    writer.invoke("c0", "s", INTENT, long, 1, 2)
    writer.close()
    assert len((tmp_path / "calls.ndjson").read_text()) < BODY_CHARACTERS_MAX + 1000
    assert "(90000 bytes)" in read_journal(tmp_path).history.attempts[0].curl


def test_a_folder_without_a_journal_says_so(tmp_path: Path) -> None:
    """An empty folder is no empty history."""
    with pytest.raises(NoJournal, match="no journal"):
        read_journal(tmp_path)
