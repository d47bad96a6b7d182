"""Append what is sent and what comes back to a file, one line each, before and after sending."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from harness.check.conformance import CSV
from harness.model.exchange import Exchange, Fault, Intent, Request, Response
from harness.model.finding import Checked
from harness.model.record import to_document
from harness.model.run_header import RunHeader

FORMAT = 1
BODY_CHARACTERS_MAX = 1500
"""Bodies are evidence, not archive: what is longer is cut and says so."""

ALTERED = "altered"
"""How the journal calls the credentials of a request that was changed after it was signed."""

Clean = Callable[[str], str]


def evidence(response: Response) -> bytes:
    """Return what of a body is kept: of a CSV file, whose rows hide nothing, its columns only."""
    if not response.headers.get("content-type", "").startswith(CSV):
        return response.body
    columns, _, rows = response.body.partition(b"\n")
    return columns + b"\n(%d bytes of rows)" % len(rows)


class Writer:
    """One file of a run's journal: a `run` line, then invoke, outcome, checked, note, drop, end.

    Thread-safe. Each line is one unbuffered write, so that a killed process loses at most its last
    line. `clean` hides secrets and personal values in every text that came from the wire.
    """

    def __init__(self, path: Path, header: RunHeader, clean: Clean) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._clean = clean
        self._lock = Lock()
        self._lines = 0
        self._line({"k": "run", "format": FORMAT, **to_document(header)})

    def invoke(
        self,
        call_id: str,
        source: str,
        intent: Intent,
        request: Request,
        planned_ns: int,
        sent_ns: int,
        auth: str = "normal",
    ) -> None:
        """Record that a call is about to leave; `request` is the one before authentication."""
        line: dict[str, Any] = {
            "k": "invoke",
            "id": call_id,
            "src": source,
            "op": intent.operation,
            "due": planned_ns,
            "sent": sent_ns,
            "req": [request.method, self._clean(request.path), self._body(request.body)],
        }
        if intent.verb is not None:
            line["verb"] = intent.verb
        if intent.account is not None:
            line["acct"] = intent.account
        if intent.rows:
            line["rows"] = [[row.account, row.units, row.reference] for row in intent.rows]
        if intent.entry is not None:
            line["tgt"] = intent.entry
        if intent.opaque:
            line["opaque"] = True
        if auth != "normal":
            line["auth"] = auth
        self._line(line)

    def outcome(self, exchange: Exchange, keep_body: bool = True) -> None:
        """Record how a call ended."""
        line: dict[str, Any] = {
            "k": "outcome",
            "id": exchange.id,
            "done": exchange.done_ns,
            "out": exchange.outcome.value,
        }
        if exchange.reason is not None:
            line["why"] = exchange.reason
        if isinstance(exchange.fault, Fault):
            line["flt"] = exchange.fault.value
        if isinstance(exchange.response, Response):
            line["st"] = exchange.response.status
            if keep_body:
                line["ans"] = self._body(evidence(exchange.response))
        if exchange.seen:
            line["seen"] = dict(exchange.seen)
        if exchange.violations:
            line["vio"] = [self._clean(sentence) for sentence in exchange.violations]
        if exchange.inferred_violations:
            line["rdg"] = [self._clean(sentence) for sentence in exchange.inferred_violations]
        self._line(line)

    def checked(self, checked: Checked) -> None:
        """Record what an engine judged."""
        line = asdict(checked)
        line["verdict"] = checked.verdict.value
        line["reason"] = self._clean(checked.reason)
        if checked.finding is not None:
            line["finding"] = {
                name: self._clean(value)
                if isinstance(value, str)
                else [self._clean(item) for item in value]
                for name, value in line["finding"].items()
            }
        self._line({"k": "checked", **line})

    def note(self, about: str, text: str) -> None:
        """Record a remark for the reader of the report."""
        self._line({"k": "note", "about": about, "text": self._clean(text)})

    def drop(self, call_id: str, source: str, planned_ns: int) -> None:
        """Record an arrival that was due and could not be sent."""
        self._line({"k": "drop", "id": call_id, "src": source, "due": planned_ns})

    def close(self, whole: bool = True) -> None:
        """Close the file; only a `whole` journal gets the end line that says so."""
        if whole:
            self._line({"k": "end", "lines": self._lines})
        os.close(self._file)

    def _body(self, body: bytes) -> str:
        text = body[: 4 * BODY_CHARACTERS_MAX].decode(errors="replace")
        text = self._clean(text)
        if len(text) <= BODY_CHARACTERS_MAX and len(body) <= 4 * BODY_CHARACTERS_MAX:
            return text
        return f"{text[:BODY_CHARACTERS_MAX]}… ({len(body)} bytes)"

    def _line(self, value: Mapping[str, Any]) -> None:
        data = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            self._lines += 1
            while data:
                data = data[os.write(self._file, data) :]
