"""The lines of a journal, from the records they keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from harness.check.conformance import CSV
from harness.model.exchange import Fault, Intent, Request, Response
from harness.model.record import to_document
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome
from harness.wire.judgement import AttemptJudgement

FORMAT = 2
"""The number of the format. A journal is a folder of files; each line of a file is a JSON object:

    event    fields; those marked ? are left out where they are null, empty or usual
    run      format, and the fields of RunHeader; the first line of every file
    invoke   id           of the attempt, unique in the run
             source       what sent it: scenario:ID, property:ID, load:ENTRY, setup, auth, close
             operation    of the specification
             due_ns       when it was planned to leave, on the monotonic clock, in nanoseconds
             sent_ns      when it left, on the same clock; the line is written before it leaves
             request      [method, path with query, body], before authentication, redacted
             verb?        of the binding
             account?     the one account that it reads or moves
             rows?        its intended effects: [[account, signed units, reference or null], ...]
             entry?       the ledger entry or coupon that it voids or uses
             opaque?      true where the rows may not be all that it does
             auth?        which credentials it bears, where they are not the normal ones
    outcome  id           of the attempt; one without this line is unknown
             done_ns      when the last byte was read, on the same clock
             outcome      ok, refused or unknown
             reason?      of a refusal or an unknown outcome, as the binding names it
             fault?       why no complete response came: unsent, timeout, reset, truncated
             status?      of the response
             response?    its body, redacted; a load keeps only those that are evidence
             seen?        what the binding extracts: balance and balances in our units, entry, ...
             violations?  of the specification, one sentence each
             inferred?    violations of what the specification only lets one infer
             unchecked?   true where the response was not checked against its specification
    checked  what an engine judged: check, subject, verdict, reason, finding, count
    note     about, text: a remark for the reader of the report
    drop     id, source, due_ns: an arrival that was due and could not be sent
    end      lines: how many there are before it; only a complete file has this line
"""

BODY_CHARACTERS_MAX = 1500
"""Bodies are evidence, not archive: a longer one is cut and says how many bytes it had."""

ALTERED = "altered"
"""The `auth` of a request that was changed after it was signed."""

Redact = Callable[[str], str]
"""Hide secrets and personal values in a text."""


def header_line(header: RunHeader) -> bytes:
    """Return the first line of a file."""
    return _line({"event": "run", "format": FORMAT, **to_document(header)})


def invoke_line(
    attempt_id: str,
    source: str,
    intent: Intent,
    request: Request,
    due_ns: int,
    sent_ns: int,
    redact: Redact,
    auth: str = "normal",
) -> bytes:
    """Return the line of an attempt about to leave; `request` is the one before authentication."""
    fields: dict[str, Any] = {
        "event": "invoke",
        "id": attempt_id,
        "source": source,
        "operation": intent.operation,
        "due_ns": due_ns,
        "sent_ns": sent_ns,
        "request": [request.method, redact(request.path), body_text(request.body, redact)],
    }
    if intent.verb is not None:
        fields["verb"] = intent.verb
    if intent.account is not None:
        fields["account"] = intent.account
    if intent.rows:
        fields["rows"] = [[row.account, row.units, row.reference] for row in intent.rows]
    if intent.entry is not None:
        fields["entry"] = intent.entry
    if intent.opaque:
        fields["opaque"] = True
    if auth != "normal":
        fields["auth"] = auth
    return _line(fields)


def outcome_line(
    attempt_id: str,
    done_ns: int,
    result: Response | Fault,
    judgement: AttemptJudgement,
    redact: Redact,
    evidence_only: bool = False,
) -> bytes:
    """Return the line of how an attempt ended.

    With `evidence_only` a response is kept only where it violates something or left the outcome
    unknown.
    """
    outcome = judgement.outcome
    violations, inferred = judgement.violations, judgement.inferred_violations
    fields: dict[str, Any] = {
        "event": "outcome",
        "id": attempt_id,
        "done_ns": done_ns,
        "outcome": outcome.value,
    }
    if judgement.reason is not None:
        fields["reason"] = judgement.reason
    if isinstance(result, Fault):
        fields["fault"] = result.value
    else:
        fields["status"] = result.status
        if not evidence_only or violations or inferred or outcome is Outcome.UNKNOWN:
            fields["response"] = body_text(kept_body(result), redact)
    if judgement.seen:
        fields["seen"] = judgement.seen
    if violations:
        fields["violations"] = [redact(sentence) for sentence in violations]
    if inferred:
        fields["inferred"] = [redact(sentence) for sentence in inferred]
    if judgement.unchecked:
        fields["unchecked"] = True
    return _line(fields)


def checked_line(checked: Checked, redact: Redact) -> bytes:
    """Return the line of what an engine judged."""
    fields = asdict(checked)
    fields["verdict"] = checked.verdict.value
    fields["reason"] = redact(checked.reason)
    if checked.finding is not None:
        fields["finding"] = {
            name: redact(value) if isinstance(value, str) else [redact(item) for item in value]
            for name, value in fields["finding"].items()
        }
    return _line({"event": "checked", **fields})


def note_line(about: str, text: str, redact: Redact) -> bytes:
    """Return the line of a remark."""
    return _line({"event": "note", "about": about, "text": redact(text)})


def drop_line(attempt_id: str, source: str, due_ns: int) -> bytes:
    """Return the line of an arrival that was due and could not be sent."""
    return _line({"event": "drop", "id": attempt_id, "source": source, "due_ns": due_ns})


def end_line(lines: int) -> bytes:
    """Return the last line of a complete file."""
    return _line({"event": "end", "lines": lines})


def kept_body(response: Response) -> bytes:
    """Return what of a body is kept: of a CSV file, whose rows cannot be redacted, its columns."""
    if not response.headers.get("content-type", "").startswith(CSV):
        return response.body
    columns, _, rows = response.body.partition(b"\n")
    return columns + b"\n(%d bytes of rows)" % len(rows)


def body_text(body: bytes, redact: Redact) -> str:
    """Return a body as the journal keeps it: decoded, redacted, and cut where it is long."""
    text = redact(body[: 4 * BODY_CHARACTERS_MAX].decode(errors="replace"))
    if len(text) <= BODY_CHARACTERS_MAX and len(body) <= 4 * BODY_CHARACTERS_MAX:
        return text
    return f"{text[:BODY_CHARACTERS_MAX]}… ({len(body)} bytes)"


def _line(fields: Mapping[str, Any]) -> bytes:
    """Return the fields as a line of JSON, its line break included."""
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
