"""Append what is sent and what comes back to a file, one line each, before and after sending."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Any

from harness.document.private import open_private, private_folder, write_private
from harness.model.exchange import Failure, Response
from harness.model.record import to_document
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked
from harness.wire.attempt import AttemptJudgement, Redact, fits_a_line, json_line, outcome_line

FORMAT = 2
"""The number of the format. A journal is a folder of files; each line of a file is a JSON object:

    event    fields
    run      format, and the fields of RunHeader; the first line of every file
    invoke   an attempt about to leave: see `attempt.invoke_line`; its `body_file` is in bodies/
    outcome  how it ended: see `attempt.outcome_line`
    checked  what an engine judged: check, subject, verdict, reason, finding, count
    note     about, text: a remark for the reader of the report
    drop     id, source, due_ns: an arrival that was due and could not be sent
    listen   since_ns, url, declared: where announcements are listened for; or the reason why not
    announce what a vendor sent there: see `announcement.announcement_line`
    unresponded  id: an announcement whose sender did not get the whole response
    listened until_ns, stalled_ns: the end of listening
    end      lines: how many there are before it; only a complete file has this line
"""

BODIES = "bodies"
"""The folder beside the journal with the bodies that its lines cannot hold."""
_KEPT_BYTES_MAX = 64 * 2**20


class Writer:
    """One file of a run's journal; its format is that of `FORMAT`.

    Nothing is buffered: a killed process loses at most its last line. Thread-safe without a lock,
    because the system appends each write as one piece. `redact` hides secrets and personal values
    in every text that came from the wire. With `evidence_only` the bodies of responses are kept
    only where they are evidence of something.
    """

    def __init__(
        self, path: Path, header: RunHeader, redact: Redact, evidence_only: bool = False
    ) -> None:
        private_folder(path.parent, own=True)
        self._path = path
        self._kept_bytes = 0
        self._file = open_private(path, os.O_WRONLY | os.O_APPEND)
        self.redact = redact
        self._evidence_only = evidence_only
        self._count = count()
        self.header = header
        self._event("run", format=FORMAT, **to_document(header))

    def append(self, line: bytes) -> None:
        """Append one line, which ends in a line break."""
        next(self._count)
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from None

    def keep_body(self, attempt_id: str, body: bytes) -> str:
        """Keep a body that a line of the journal or of a shell cannot hold, redacted.

        Return the name of its file, empty where the line holds it or too much has been kept.
        """
        if fits_a_line(body) or self._kept_bytes + len(body) > _KEPT_BYTES_MAX:
            return ""
        self._kept_bytes += len(body)
        folder = self._path.parent / BODIES
        private_folder(folder, own=True)
        text = self.redact(body.decode(errors="surrogateescape"))
        write_private(folder / attempt_id, text.encode(errors="surrogateescape"))
        return attempt_id

    def outcome(
        self, attempt_id: str, done_ns: int, result: Response | Failure, judgement: AttemptJudgement
    ) -> None:
        """Record how an attempt ended."""
        self.append(
            outcome_line(attempt_id, done_ns, result, judgement, self.redact, self._evidence_only)
        )

    def checked(self, checked: Checked) -> None:
        """Record what an engine judged."""
        redact, fields = self.redact, to_document(checked)
        fields["reason"] = redact(checked.reason)
        for name, value in (fields["finding"] or {}).items():
            fields["finding"][name] = (
                redact(value) if isinstance(value, str) else [redact(item) for item in value]
            )
        self._event("checked", **fields)

    def note(self, about: str, text: str) -> None:
        """Record a remark for the reader of the report."""
        self._event("note", about=about, text=self.redact(text))

    def drop(self, attempt_id: str, source: str, due_ns: int) -> None:
        """Record an arrival that was due and could not be sent."""
        self._event("drop", id=attempt_id, source=source, due_ns=due_ns)

    def close(self, complete: bool = True) -> None:
        """Close the file; only a `complete` one gets the end line that says so."""
        if complete:
            self._event("end", lines=next(self._count))
        os.close(self._file)

    def _event(self, event: str, /, **fields: Any) -> None:
        self.append(json_line({"event": event, **fields}))
