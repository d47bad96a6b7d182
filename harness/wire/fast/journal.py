"""The journal of the load child: the lines of the wire's journal, made cheaply."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from harness.model.exchange import Fault, Intent, Request, Response
from harness.model.record import to_document
from harness.model.run_header import RunHeader
from harness.model.verdict import Outcome
from harness.wire.fast.splice import (
    Encode,
    NotSplicable,
    Pattern,
    as_json,
    as_text,
    body_encoding,
    cut,
    quoted,
    target_pieces,
)
from harness.wire.journal.writer import BODY_CHARACTERS_MAX, FORMAT, evidence

Clean = Callable[[str], str]

_ID, _DUE, _SENT = "zqjournalidqz", 73_200_000_019, 73_300_000_021
_STAMPS: Mapping[bytes, str] = {
    _ID.encode(): "id",
    str(_DUE).encode(): "due",
    str(_SENT).encode(): "sent",
}


class LoadWriter:
    """One file of a run's journal, written by one process of greenlets.

    The lines are those of `wire.journal.Writer` and read back in the same way. Nothing is held
    back: each line is one write. No lock is needed, because a greenlet is not interrupted in it.
    """

    def __init__(self, path: Path, header: RunHeader) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lines = 0
        self.line(orjson.dumps({"k": "run", "format": FORMAT, **to_document(header)}) + b"\n")

    def line(self, data: bytes) -> None:
        """Append one line that ends in a line break."""
        self._lines += 1
        written = os.write(self._file, data)
        while written < len(data):
            written += os.write(self._file, data[written:])

    def drop(self, call_id: str, source: str, due_ns: int) -> None:
        """Record an arrival that was due and could not be sent."""
        self.line(_line({"k": "drop", "id": call_id, "src": source, "due": due_ns}))

    def note(self, about: str, text: str) -> None:
        """Record a remark for the reader of the report; it must hold nothing from the wire."""
        self.line(_line({"k": "note", "about": about, "text": text}))

    def close(self, whole: bool = True) -> None:
        """Close the file; only a `whole` journal gets the end line that says so."""
        if whole:
            self.line(_line({"k": "end", "lines": self._lines}))
        os.close(self._file)


def invoke_line(
    call_id: str,
    source: str,
    intent: Intent,
    request: Request,
    due_ns: int,
    sent_ns: int,
    clean: Clean,
) -> bytes:
    """Return the line of a call about to leave; `request` is the one before authentication."""
    line: dict[str, Any] = {
        "k": "invoke",
        "id": call_id,
        "src": source,
        "op": intent.operation,
        "due": due_ns,
        "sent": sent_ns,
        "req": [request.method, clean(request.path), _text(request.body, clean)],
    }
    if intent.verb is not None:
        line["verb"] = intent.verb
    if intent.account is not None:
        line["acct"] = intent.account
    if intent.rows:
        line["rows"] = [[row.account, row.units, row.reference] for row in intent.rows]
    if intent.entry is not None:
        line["tgt"] = intent.entry
    return _line(line)


def invoke_pattern(
    source: str,
    intent: Intent,
    request: Request,
    media_type: str,
    names: Mapping[bytes, str],
    clean: Clean,
) -> Pattern:
    """Return the same line with gaps, from a request and an intent that hold the marks.

    Further gaps are `id`, `due` and `sent`. Raises NotSplicable, also where the body is cut short
    in the journal.
    """
    data = invoke_line(_ID, source, intent, request, _DUE, _SENT, clean)
    text = _text(request.body, clean)
    path, body = as_json(clean(request.path)), as_json(text)
    opening = b'"req":["%b","' % request.method.encode()
    told = b'%b","%b"]' % (path, body)
    before, _, rest = data.partition(opening)
    if len(text) > BODY_CHARACTERS_MAX or not rest.startswith(told):
        raise NotSplicable("the body is cut short in the journal")
    pieces: list[tuple[bytes, Encode]] = [(before + opening, as_json)]
    pieces += [(part, quoted(encode)) for part, encode in target_pieces(path)]
    pieces.append((b'","', as_text))
    if body:
        pieces.append((body, quoted(body_encoding(media_type))))
    pieces.append((b'"]' + rest[len(told) :], as_json))
    return cut(pieces, {**names, **_STAMPS})


def outcome_line(
    call_id: str,
    done_ns: int,
    outcome: Outcome,
    reason: str | None,
    result: Response | Fault,
    seen: Mapping[str, Any],
    violations: Sequence[str],
    readings: Sequence[str],
    clean: Clean,
    *,
    unchecked: bool = False,
) -> bytes:
    """Return the line of how a call ended; the body only where it is evidence."""
    line: dict[str, Any] = {"k": "outcome", "id": call_id, "done": done_ns, "out": outcome.value}
    if reason is not None:
        line["why"] = reason
    if isinstance(result, Fault):
        line["flt"] = result.value
    else:
        line["st"] = result.status
        if violations or readings or outcome is Outcome.UNKNOWN:
            line["ans"] = _text(evidence(result), clean)
    if seen:
        line["seen"] = seen
    if violations:
        line["vio"] = [clean(sentence) for sentence in violations]
    if readings:
        line["rdg"] = [clean(sentence) for sentence in readings]
    if unchecked:
        line["unc"] = True
    return _line(line)


def _text(body: bytes, clean: Clean) -> str:
    text = clean(body[: 4 * BODY_CHARACTERS_MAX].decode(errors="replace"))
    if len(text) <= BODY_CHARACTERS_MAX and len(body) <= 4 * BODY_CHARACTERS_MAX:
        return text
    return f"{text[:BODY_CHARACTERS_MAX]}… ({len(body)} bytes)"


def _line(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
