"""The lines that are not of an attempt hold what their format says."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import validate

from harness.document.schema import load_schema
from harness.model.record import from_document
from harness.model.run_header import RunHeader
from harness.wire.journal.writer import Writer
from harness.wire.redact.redactor import Redactor


def test_the_other_lines_hold_their_fields(tmp_path: Path) -> None:
    """Header, remark, drop and end."""
    header = RunHeader(run="r", kind="mock")
    writer = Writer(tmp_path / "x.ndjson", header, Redactor(["s3cret-value"], {"tel"}).text)
    writer.note("load:w", "s3cret-value")
    writer.drop("c", "load:x", 9)
    writer.close()
    first, *others = map(json.loads, (tmp_path / "x.ndjson").read_text().splitlines())
    assert (first["event"], first["format"], first["run"], first["kind"]) == ("run", 2, "r", "mock")
    assert from_document(RunHeader, first) == header
    validate(first, load_schema("run_header"))
    assert others == [
        {"event": "note", "about": "load:w", "text": "***"},
        {"event": "drop", "id": "c", "source": "load:x", "due_ns": 9},
        {"event": "end", "lines": 3},
    ]
