"""Read a journal back as the history of a run, whatever state its writers left it in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from harness.document.messages import Problem
from harness.model.exchange import UNPARSEABLE, Row
from harness.model.history import Attempt, Drop, Recorded, sort_attempts
from harness.model.record import from_document
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome
from harness.wire.attempt import ALTERED


def read_journal(folder: Path) -> Recorded:
    """Return what the journal files of a folder tell.

    A line that cannot be read (the last one of a killed writer) is counted and left out. An attempt
    without an outcome line is unknown: it may have happened. Raises Problem when there is none.
    """
    files = sorted(folder.glob("*.ndjson"))
    if not files:
        raise Problem("no journal (*.ndjson) here", place=str(folder))
    reader = _Reader()
    for path in files:
        reader.file(path)
    return reader.recorded()


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request and its response as the journal kept them: secrets hidden, long bodies truncated.

    `response` is empty where the journal kept none.
    """

    operation: str
    outcome: Outcome
    status: int
    path: str
    body: str
    response: str


def read_exchanges(folder: Path) -> Iterator[RecordedExchange]:
    """Yield each attempt that got a response, with what was sent and what came back."""
    for path in sorted(folder.glob("*.ndjson")):
        begun: dict[str, Mapping[str, Any]] = {}
        for line in filter(None, _lines(path)):
            if line["event"] == "invoke":
                begun[line["id"]] = line
            elif line["event"] == "outcome" and "status" in line and line["id"] in begun:
                _, sent, body = begun[line["id"]]["request"]
                name, outcome = begun[line["id"]]["operation"], Outcome(line["outcome"])
                yield RecordedExchange(
                    name, outcome, line["status"], sent, body, line.get("response", "")
                )


def _lines(path: Path) -> Iterator[Mapping[str, Any] | None]:
    """Yield the lines of a journal file, None for one that cannot be read."""
    with path.open("rb") as stream:
        for raw in stream:
            try:
                line = orjson.loads(raw)
            except orjson.JSONDecodeError:
                line = None
            yield line if isinstance(line, dict) and "event" in line else None


class _Reader:
    """What has been read so far."""

    def __init__(self) -> None:
        self.headers: list[RunHeader] = []
        self.attempts: list[Attempt] = []
        self.checked: list[Checked] = []
        self.violations: list[tuple[str, str]] = []
        self.inferred_violations: list[tuple[str, str]] = []
        self.unchecked: set[str] = set()
        self.notes: list[tuple[str, str]] = []
        self.drops: list[Drop] = []
        self.truncated = 0
        self.open_files = 0

    def file(self, path: Path) -> None:
        header = RunHeader()
        begun: dict[str, Mapping[str, Any]] = {}
        closed = False
        for line in _lines(path):
            if line is None:
                self.truncated += 1
                continue
            kind = line["event"]
            if kind == "invoke":
                begun[line["id"]] = line
            elif kind == "outcome":
                if (invoke := begun.pop(line["id"], None)) is not None:
                    self._attempt(header, invoke, line)
            elif kind == "checked":
                self.checked.append(from_document(Checked, line))
            elif kind == "note":
                self.notes.append((line["about"], line["text"]))
            elif kind == "drop":
                self.drops.append(Drop(line["id"], line["source"], line["due_ns"]))
            elif kind == "run":
                header = from_document(RunHeader, line)
                self.headers.append(header)
            elif kind == "end":
                closed = True
        for invoke in begun.values():
            self._attempt(header, invoke, {"outcome": "unknown", "reason": "no response recorded"})
        self.open_files += not closed

    def _attempt(
        self, header: RunHeader, invoke: Mapping[str, Any], outcome: Mapping[str, Any]
    ) -> None:
        opaque = bool(invoke.get("opaque"))
        rows = tuple(Row(*row) for row in invoke.get("rows", ()))
        named = frozenset(row.reference for row in rows if row.reference is not None)
        self.attempts.append(
            Attempt(
                id=invoke["id"],
                source=invoke["source"],
                operation=invoke["operation"],
                verb=invoke.get("verb"),
                account=invoke.get("account"),
                rows=() if opaque else rows,
                entry=UNPARSEABLE if opaque else invoke.get("entry"),
                planned_ns=invoke["due_ns"],
                sent_ns=invoke["sent_ns"],
                done_ns=outcome.get("done_ns"),
                outcome=Outcome(outcome["outcome"]),
                reason=outcome.get("reason"),
                status=outcome.get("status"),
                fault=outcome.get("fault"),
                seen=outcome.get("seen", {}),
                curl=curl_line(header, invoke),
                auth=invoke.get("auth", "normal"),
                possible_references=named if opaque else frozenset(),
            )
        )
        self.violations += [(invoke["id"], sentence) for sentence in outcome.get("violations", ())]
        self.inferred_violations += [
            (invoke["id"], sentence) for sentence in outcome.get("inferred", ())
        ]
        if outcome.get("unchecked"):
            self.unchecked.add(invoke["id"])

    def recorded(self) -> Recorded:
        return Recorded(
            headers=tuple(self.headers),
            history=sort_attempts(self.attempts),
            checked=tuple(self.checked),
            violations=tuple(self.violations),
            notes=tuple(self.notes),
            drops=tuple(self.drops),
            complete=self.open_files == 0,
            truncated=self.truncated,
            inferred_violations=tuple(self.inferred_violations),
            unchecked=frozenset(self.unchecked),
        )


def curl_line(header: RunHeader, invoke: Mapping[str, Any]) -> str:
    """Return a shell line that repeats a recorded request; credentials stand as shell variables."""
    method, path, body = invoke["request"]
    media_type = header.media.get(invoke["operation"], "")
    address = header.base_url or "$BASE_URL"
    parts = ["curl -sS", f"-X {method}"]
    mode = invoke.get("auth", "normal")
    comments = []
    for place in header.auth.get(invoke["operation"], ()) if mode != "none" else ():
        where, _, name = place.partition(":")
        variable = "$" + "".join(c if c.isalnum() else "_" for c in name).upper()
        if where == "body" and "json" in media_type:
            comments.append(f"add {name} to the body")
        elif where == "body":
            parts.append(f'--data-urlencode "{name}={variable}"')
        elif where == "query":
            path += f"{'&' if '?' in path else '?'}{name}={variable}"
        elif where in ("header", "basic"):
            parts.append(f'-H "{"authorization" if where == "basic" else name}: {variable}"')
    if body:
        if media_type and "urlencoded" not in media_type:
            parts.append(f"-H {shlex.quote('content-type: ' + media_type)}")
        parts.append(f"--data-raw {shlex.quote(body)}")
    if mode not in ("normal", "none"):
        comments.append(_AUTH_COMMENTS.get(mode, f"with {mode} credentials"))
    note = f"  # {', '.join(comments)}" if comments else ""
    return f'{" ".join(parts)} "{address}{path}"{note}'


_AUTH_COMMENTS: Mapping[str, str] = {ALTERED: "signed before it was changed to this"}
