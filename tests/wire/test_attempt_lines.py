"""The two lines of an attempt hold what their format says, redacted and cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.document.characters import visible
from harness.model.exchange import Failure, Fault, Intent, Request, Response, Row
from harness.model.verdict import Outcome
from harness.wire.attempt import (
    ALTERED,
    BODY_CHARACTERS_MAX,
    AttemptJudgement,
    invoke_line,
    kept_body,
    outcome_line,
)
from harness.wire.redact.redactor import Redactor

REDACT = Redactor(["s3cret-value"], {"tel"}).text
INVOKE = {"event": "invoke", "id": "i1", "source": "load:x", "due_ns": 1, "sent_ns": 2}
OUTCOME = {"event": "outcome", "id": "i1", "done_ns": 3}
LONG = b"x=" + b"9" * 9000


@pytest.mark.parametrize(
    ("intent", "request_", "auth", "fields"),
    [
        (
            Intent("earn", "earn", "1", (Row("1", 5, "r1"),)),
            Request("POST", "/earn?tel=1", (), b"who=1&tel=0812&n=5&k=s3cret-value"),
            "normal",
            {
                "operation": "earn",
                "request": ["POST", "/earn?tel=***", "who=1&tel=***&n=5&k=***"],
                "verb": "earn",
                "account": "1",
                "rows": [["1", 5, "r1"]],
            },
        ),
        (
            Intent("info", "balance", "1"),
            Request("GET", "/balance/1", (), b""),
            "none",
            {
                "operation": "info",
                "request": ["GET", "/balance/1", ""],
                "verb": "balance",
                "account": "1",
                "auth": "none",
            },
        ),
        (
            Intent("bulk", "bulk", None, (Row("1", 5, "a"), Row("2", -7, None))),
            Request("POST", "/bulk", (), LONG),
            "normal",
            {
                "operation": "bulk",
                "request": [
                    "POST",
                    "/bulk",
                    LONG[:BODY_CHARACTERS_MAX].decode() + "… (9002 bytes)",
                ],
                "verb": "bulk",
                "rows": [["1", 5, "a"], ["2", -7, None]],
            },
        ),
        (
            Intent("void", None, "1", (), "e9", opaque=True),
            Request("POST", "/odd", (), '{"a":"\u00e9 \\" \u2028"}'.encode()),
            ALTERED,
            {
                "operation": "void",
                "request": ["POST", "/odd", '{"a":"\u00e9 \\" \u2028"}'],
                "account": "1",
                "entry": "e9",
                "opaque": True,
                "auth": "altered",
            },
        ),
    ],
    ids=["earn", "read", "bulk", "void"],
)
def test_an_invoke_line_holds_the_meaning_and_the_redacted_request(
    intent: Intent, request_: Request, auth: str, fields: dict[str, Any]
) -> None:
    """Fields that say nothing are left out."""
    line = invoke_line("i1", "load:x", intent, request_, 1, 2, REDACT, auth)
    assert line.endswith(b"}\n")
    assert json.loads(line) == {**INVOKE, **fields}


@pytest.mark.parametrize("evidence_only", [False, True])
@pytest.mark.parametrize(
    ("result", "judgement", "is_evidence", "fields"),
    [
        (
            Response(200, {}, b'{"code":200}'),
            AttemptJudgement(Outcome.OK, None, {"balance": 5}, unchecked=True),
            False,
            {"outcome": "ok", "status": 200, "seen": {"balance": 5}, "unchecked": True},
        ),
        (
            Response(502, {}, b"gest\xf6rt s3cret-value"),
            AttemptJudgement(Outcome.UNKNOWN, "gateway", {}),
            True,
            {"outcome": "unknown", "reason": "gateway", "status": 502},
        ),
        (
            Response(200, {}, b'{"tel":"0812"}'),
            AttemptJudgement(Outcome.REFUSED, "x", {}, ("/tel: s3cret-value is wrong",)),
            True,
            {
                "outcome": "refused",
                "reason": "x",
                "status": 200,
                "violations": ["/tel: *** is wrong"],
            },
        ),
        (
            Response(200, {}, b"{}"),
            AttemptJudgement(Outcome.OK, None, {}, (), ("/a is s3cret-value",)),
            True,
            {"outcome": "ok", "status": 200, "inferred": ["/a is ***"]},
        ),
    ],
    ids=["ok", "gateway", "violation", "inferred"],
)
def test_an_outcome_line_keeps_the_bodies_that_are_evidence(
    result: Response,
    judgement: AttemptJudgement,
    is_evidence: bool,
    fields: dict[str, Any],
    evidence_only: bool,
) -> None:
    """All of them, or only those of violations and unknown outcomes, whatever their encoding."""
    bodies = {
        b'{"code":200}': '{"code":200}',
        b"gest\xf6rt s3cret-value": "gest\ufffdrt ***",
        b'{"tel":"0812"}': '{"tel":"***"}',
        b"{}": "{}",
    }
    kept = {"response": bodies[result.body]} if is_evidence or not evidence_only else {}
    line = outcome_line("i1", 3, result, judgement, REDACT, evidence_only)
    assert json.loads(line) == {**OUTCOME, **fields, **kept}


def test_a_fault_has_no_status() -> None:
    """It says why no complete response came."""
    judged = AttemptJudgement(Outcome.UNKNOWN, None, {})
    line = outcome_line("i1", 3, Failure(Fault.TIMEOUT), judged, REDACT)
    fault = {**OUTCOME, "outcome": "unknown", "fault": "timeout"}
    assert json.loads(line) == fault
    line = outcome_line("i1", 3, Failure(Fault.TIMEOUT, "no response"), judged, REDACT)
    assert json.loads(line) == {**fault, "cause": "no response"}


def test_of_a_csv_file_only_the_columns_are_kept() -> None:
    """Its rows hold what cannot be redacted by name."""
    response = Response(200, {"content-type": "text/csv"}, b"uid,tel\n1,081\n")
    assert kept_body(response) == b"uid,tel\n(6 bytes of rows)"


def test_a_line_holds_no_invisible_character() -> None:
    """What a server sends to confuse a reader is written as JSON's escapes, and means the same."""
    body = '{"name": "\x7f\x9b2J\u202egnp ไทย", "\ufeff": 1}\x00\x1b'
    response = Response(200, {}, body.encode() + b"\xff\xc3(")
    line = outcome_line("i1", 3, response, AttemptJudgement(Outcome.OK, None, {}), REDACT)
    assert json.loads(line)["response"] == body + "\ufffd\ufffd("
    assert visible(line.decode()) == line.decode()
    assert "ไทย" in line.decode()


def test_what_was_seen_is_redacted_and_keeps_its_form() -> None:
    """A server may give a secret as the number of an entry, which a later request names."""
    seen = {
        "entry": "s3cret-value-7",
        "balance": 5,
        "rows": [["ok", None], ["refused", "s3cret-value"]],
        "balances": {"1": 7},
    }
    judged = AttemptJudgement(Outcome.OK, None, seen)
    line = json.loads(outcome_line("i1", 3, Response(200, {}, b""), judged, REDACT))
    rows = [["ok", None], ["refused", "***"]]
    assert line["seen"] == {**seen, "entry": "***-7", "rows": rows}
    intent = Intent("void", "void", None, (), "s3cret-value-7")
    line = json.loads(invoke_line("i1", "s", intent, Request("POST", "/v", (), b""), 1, 2, REDACT))
    assert line["entry"] == "***-7"
