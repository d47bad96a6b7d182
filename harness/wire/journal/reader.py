"""Read a journal back as the history of a run, whatever state its writers left it in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from harness.document.messages import Problem
from harness.model.exchange import UNPARSEABLE, Row
from harness.model.history import (
    Announcement,
    Attempt,
    Drop,
    Reception,
    Recorded,
    sort_attempts,
)
from harness.model.record import from_document
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Outcome
from harness.wire.journal.curl import curl_line

_Line = Mapping[str, Any]
_UNREADABLE = "unreadable"


def read_journal(folder: Path) -> Recorded:
    """Return what the journal files of a folder tell.

    A line that cannot be read (the last one of a killed writer) is counted and left out. An attempt
    without an outcome line is unknown: it may have happened. Raises Problem when there is none.
    """
    files = sorted(folder.glob("*.ndjson"))
    if not files:
        raise Problem("no journal (*.ndjson) here", place=str(folder))
    attempts: list[Attempt] = []
    violations: list[tuple[str, str]] = []
    inferred: list[tuple[str, str]] = []
    unchecked: set[str] = set()
    others: dict[str, list[Any]] = defaultdict(list)
    complete = True
    for path in files:
        ends = len(others["end"])
        for header, invoke, outcome in _attempt_lines(path, others):
            name = invoke["id"]
            attempts.append(_attempt(header, invoke, outcome, f"journal/{folder.name}"))
            violations += ((name, sentence) for sentence in outcome.get("violations", ()))
            inferred += ((name, sentence) for sentence in outcome.get("inferred", ()))
            if outcome.get("unchecked"):
                unchecked.add(name)
        complete = complete and len(others["end"]) > ends
    return Recorded(
        headers=tuple(from_document(RunHeader, line) for line in others["run"]),
        history=replace(sort_attempts(attempts), reception=_reception(others)),
        checked=tuple(from_document(Checked, line) for line in others["checked"]),
        violations=tuple(violations),
        notes=tuple((line["about"], line["text"]) for line in others["note"]),
        drops=tuple(Drop(line["id"], line["source"], line["due_ns"]) for line in others["drop"]),
        complete=complete,
        truncated=len(others[_UNREADABLE]),
        inferred_violations=tuple(inferred),
        unchecked=frozenset(unchecked),
    )


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
        for _, invoke, outcome in _attempt_lines(path, defaultdict(list)):
            if (status := outcome.get("status")) is not None:
                _, sent, body = invoke["request"]
                name, known = invoke["operation"], Outcome(outcome["outcome"])
                yield RecordedExchange(name, known, status, sent, body, outcome.get("response", ""))


def _attempt_lines(
    path: Path, others: dict[str, list[Any]]
) -> Iterator[tuple[RunHeader, _Line, _Line]]:
    """Yield the header and both lines of each attempt; other lines go to `others`, by event."""
    header = RunHeader()
    begun: dict[str, _Line] = {}
    with path.open("rb") as stream:
        for raw in stream:
            try:
                line = orjson.loads(raw)
            except orjson.JSONDecodeError:
                line = None
            event = line.get("event", _UNREADABLE) if isinstance(line, dict) else _UNREADABLE
            if event == "invoke":
                begun[line["id"]] = line
            elif event == "outcome":
                if line["id"] in begun:
                    yield header, begun.pop(line["id"]), line
            else:
                others[event].append(line)
                header = from_document(RunHeader, line) if event == "run" else header
    for invoke in begun.values():
        yield header, invoke, {"outcome": "unknown", "reason": "no response recorded"}


def _attempt(header: RunHeader, invoke: _Line, outcome: _Line, folder: str) -> Attempt:
    opaque = bool(invoke.get("opaque"))
    rows = tuple(Row(*row) for row in invoke.get("rows", ()))
    named = frozenset(row.reference for row in rows if row.reference is not None)
    return Attempt(
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
        seen=_exact(outcome.get("seen", {})),
        curl=curl_line(header, invoke, folder),
        auth=invoke.get("auth", "normal"),
        possible_references=named if opaque else frozenset(),
        unread=outcome.get("unread", ""),
        lasting=bool(invoke.get("lasting")),
        throttled=bool(outcome.get("throttled")),
        cause=outcome.get("cause", ""),
    )


def _reception(others: Mapping[str, list[_Line]]) -> Reception | None:
    """Return what was heard of announcements, None where nothing tells that there could be any."""
    if not others["listen"]:
        return None
    (begun,) = others["listen"][:1]
    lost = {line["id"] for line in others["unresponded"]}
    heard = tuple(
        replace(_announcement(line), responded=line["id"] not in lost)
        for line in others["announce"]
    )
    since_ns = begun.get("since_ns", 0)
    # Where no end was recorded, nothing is known of the time after the last announcement.
    ended: _Line = {"until_ns": max((one.received_ns for one in heard), default=since_ns)}
    ended = next(iter(others["listened"]), ended)
    return Reception(
        announcements=heard,
        reason=begun.get("reason", ""),
        url=begun.get("url", ""),
        declared=begun.get("declared", False),
        since_ns=since_ns,
        until_ns=ended["until_ns"],
        stalled_ns=ended.get("stalled_ns", 0),
    )


def _announcement(line: _Line) -> Announcement:
    seen = dict(line["seen"])
    for name in ("units", "balance"):
        if isinstance(seen.get(name), str):
            seen[name] = Decimal(seen[name])
    request = tuple(line["request"])
    return Announcement(
        line["id"], line["received_ns"], request, unread=line.get("unread", ""), **seen
    )


def _exact(seen: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was seen with the balances that a journal writes as text as exact decimals."""
    exact = dict(seen)
    if isinstance(balance := seen.get("balance"), str):
        exact["balance"] = Decimal(balance)
    if balances := seen.get("balances"):
        exact["balances"] = {
            account: Decimal(units) if isinstance(units, str) else units
            for account, units in balances.items()
        }
    return exact
