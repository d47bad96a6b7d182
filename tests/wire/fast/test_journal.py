"""The load child's journal is the wire's journal, only cheaper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.model.exchange import Exchange, Fault, Intent, Request, Response, Row
from harness.model.run_header import LoadHeader, RunHeader
from harness.model.verdict import Outcome
from harness.model.workload import Stage
from harness.wire.fast.journal import LoadWriter, invoke_line, outcome_line
from harness.wire.journal.reader import read_journal
from harness.wire.journal.writer import Writer
from harness.wire.redact import Redactor

LOAD = LoadHeader("w", 5, (Stage("steady", 1, 2, 3),), 50)
CLEAN = Redactor(["s3cret-value"], {"tel"}).text
REQUESTS = [
    Request("POST", "/earn?tel=1", (), b"who=1&tel=0812&n=5&k=s3cret-value"),
    Request("GET", "/balance/1", (), b""),
    Request("POST", "/bulk", (), b"x=" + b"9" * 9000),
    Request("POST", "/odd", (), '{"a":"\u00e9 \\" \u2028"}'.encode()),
]
INTENTS = [
    Intent("earn", "earn", "1", (Row("1", 5, "r1"),)),
    Intent("info", "balance", "1"),
    Intent("bulk", "bulk", None, (Row("1", 5, "a"), Row("2", -7, None))),
    Intent("void", "void", "1", (), "e9"),
]
RESULTS: list[tuple[Response | Fault, Outcome, str | None, tuple[str, ...]]] = [
    (Response(200, {}, b'{"code":200}'), Outcome.OK, None, ()),
    (Response(502, {}, b"gest\xf6rt s3cret-value"), Outcome.UNKNOWN, "gateway", ()),
    (Response(200, {}, b'{"tel":"0812"}'), Outcome.REFUSED, "x", ("/tel: s3cret-value is wrong",)),
    (Fault.TIMEOUT, Outcome.UNKNOWN, None, ()),
]


def lines_of(path: Path) -> list[bytes]:
    """Return the lines after the first, which tells the run."""
    return path.read_bytes().splitlines()[1:]


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_an_invoke_line_is_that_of_the_wire(tmp_path: Path, number: int) -> None:
    """Byte for byte, redacted and cut in the same way."""
    request, intent = REQUESTS[number], INTENTS[number]
    wire = Writer(tmp_path / "wire.ndjson", RunHeader(), CLEAN)
    wire.invoke("i1", "load:x", intent, request, 1, 2)
    wire.close()
    ours = invoke_line("i1", "load:x", intent, request, 1, 2, CLEAN)
    assert ours.rstrip(b"\n") == lines_of(tmp_path / "wire.ndjson")[0]


@pytest.mark.parametrize("number", range(len(RESULTS)))
def test_an_outcome_line_is_that_of_the_wire(tmp_path: Path, number: int) -> None:
    """The same but for the body, which is kept only where it is evidence."""
    result, outcome, reason, violations = RESULTS[number]
    seen = {"balance": 5} if outcome is Outcome.OK else {}
    evidence = outcome is Outcome.UNKNOWN or bool(violations)
    response = result if isinstance(result, Response) else None
    fault = result if isinstance(result, Fault) else None
    exchange = Exchange(
        "i1",
        "load:x",
        INTENTS[0],
        REQUESTS[0],
        1,
        2,
        3,
        response,
        fault,
        outcome,
        reason,
        seen,
        violations,
    )
    wire = Writer(tmp_path / "wire.ndjson", RunHeader(), CLEAN)
    wire.outcome(exchange, keep_body=evidence)
    wire.close()
    ours = outcome_line("i1", 3, outcome, reason, result, seen, violations, (), CLEAN)
    assert ours.rstrip(b"\n") == lines_of(tmp_path / "wire.ndjson")[0]


def test_a_latin_1_page_is_recorded_with_its_body() -> None:
    """A gateway's page is evidence of an unknown outcome, whatever its encoding."""
    result, outcome, reason, violations = RESULTS[1]
    told = json.loads(outcome_line("i", 3, outcome, reason, result, {}, violations, (), CLEAN))
    assert told["out"] == "unknown"
    assert told["st"] == 502
    assert told["ans"] == "gest\ufffdrt ***"


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    """Calls, drops and notes come back; a call without an end is unknown."""
    journal = LoadWriter(tmp_path / "load-0.ndjson", RunHeader(load=LOAD))
    journal.line(invoke_line("a", "load:x", INTENTS[0], REQUESTS[0], 1, 2, CLEAN))
    journal.line(
        outcome_line("a", 3, Outcome.OK, None, RESULTS[0][0], {"balance": 5}, (), (), CLEAN)
    )
    journal.line(invoke_line("b", "load:x", INTENTS[1], REQUESTS[1], 4, 5, CLEAN))
    journal.line(invoke_line("d", "load:x", INTENTS[0], REQUESTS[0], 5, 6, CLEAN))
    journal.line(
        outcome_line("d", 7, Outcome.OK, None, RESULTS[0][0], {}, (), (), CLEAN, unchecked=True)
    )
    journal.drop("c", "load:x", 9)
    journal.note("load:w", "sampled")
    journal.close()
    recorded = read_journal(tmp_path)
    calls = {call.id: call for call in recorded.history.attempts}
    assert calls["a"].outcome is Outcome.OK
    assert calls["a"].seen == {"balance": 5}
    assert (calls["b"].outcome, calls["b"].done_ns) == (Outcome.UNKNOWN, None)
    assert [(drop.id, drop.planned_ns) for drop in recorded.drops] == [("c", 9)]
    assert recorded.unchecked == {"d"}
    assert ("load:w", "sampled") in recorded.notes
    assert recorded.complete
    assert recorded.headers[0].load == LOAD
    assert json.loads(lines_of(tmp_path / "load-0.ndjson")[-1]) == {"k": "end", "lines": 8}


def test_a_stopped_journal_says_that_it_is_not_whole(tmp_path: Path) -> None:
    """Without its end line nobody takes the part for the whole."""
    journal = LoadWriter(tmp_path / "load-0.ndjson", RunHeader())
    journal.close(whole=False)
    assert not read_journal(tmp_path).complete
