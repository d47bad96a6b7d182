"""Append what is sent and what comes back to a file, one line each, before and after sending."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from harness.model.exchange import Fault, Intent, Request, Response
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked
from harness.wire.journal.lines import (
    Redact,
    checked_line,
    drop_line,
    end_line,
    header_line,
    invoke_line,
    note_line,
    outcome_line,
)
from harness.wire.judgement import AttemptJudgement


class Writer:
    """One file of a run's journal; its format is that of `lines.FORMAT`.

    Nothing is buffered: a killed process loses at most its last line. Thread-safe without a lock,
    because the system appends each write as one piece. `redact` hides secrets and personal values
    in every text that came from the wire. With `evidence_only` the bodies of responses are kept
    only where they are evidence of something.
    """

    def __init__(
        self,
        path: Path,
        header: RunHeader,
        redact: Redact,
        evidence_only: bool = False,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._redact = redact
        self._evidence_only = evidence_only
        self._count = count()
        self.header = header
        self.append(header_line(header))

    def append(self, line: bytes) -> None:
        """Append one line, which ends in a line break."""
        next(self._count)
        written = os.write(self._file, line)
        while written < len(line):
            written += os.write(self._file, line[written:])

    def invoke(
        self,
        attempt_id: str,
        source: str,
        intent: Intent,
        request: Request,
        due_ns: int,
        sent_ns: int,
        auth: str = "normal",
    ) -> None:
        """Record that an attempt is about to leave; see `lines.invoke_line`."""
        self.append(
            invoke_line(attempt_id, source, intent, request, due_ns, sent_ns, self._redact, auth)
        )

    def outcome(
        self, attempt_id: str, done_ns: int, result: Response | Fault, judgement: AttemptJudgement
    ) -> None:
        """Record how an attempt ended."""
        self.append(
            outcome_line(attempt_id, done_ns, result, judgement, self._redact, self._evidence_only)
        )

    def checked(self, checked: Checked) -> None:
        """Record what an engine judged."""
        self.append(checked_line(checked, self._redact))

    def note(self, about: str, text: str) -> None:
        """Record a remark for the reader of the report."""
        self.append(note_line(about, text, self._redact))

    def drop(self, attempt_id: str, source: str, due_ns: int) -> None:
        """Record an arrival that was due and could not be sent."""
        self.append(drop_line(attempt_id, source, due_ns))

    def close(self, complete: bool = True) -> None:
        """Close the file; only a `complete` one gets the end line that says so."""
        if complete:
            self.append(end_line(next(self._count)))
        os.close(self._file)
