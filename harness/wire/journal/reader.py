"""Read a journal back as the history of a run, whatever state its writers left it in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from harness.document.messages import Problem
from harness.model.exchange import UNPARSEABLE
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
from harness.wire.journal.line import UNREADABLE, Line, exact, read_lines, rows_of, told_at

_PLACE = "place"
"""The key of a line's place, which is no field of it."""

_SECONDS_MAX = 10**8
"""The most seconds of a stage: three years."""

T = TypeVar("T")


def read_journal(folder: Path) -> Recorded:
    """Return what the journal files of a folder tell.

    A line that cannot be read (the last one of a killed writer) is counted and left out. An attempt
    without an outcome line is unknown: it may have happened. Raises Problem when there is none, and
    for a line that no writer wrote.
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
            with told_at(outcome[_PLACE]):
                attempts.append(_attempt(header, invoke, outcome, f"journal/{folder.name}"))
            violations += ((name, sentence) for sentence in outcome.get("violations", ()))
            inferred += ((name, sentence) for sentence in outcome.get("inferred", ()))
            if outcome.get("unchecked"):
                unchecked.add(name)
        complete = complete and len(others["end"]) > ends
    return Recorded(
        headers=_of_lines(others["run"], _header),
        history=replace(sort_attempts(attempts), reception=_reception(others)),
        checked=_of_lines(others["checked"], partial(from_document, Checked)),
        violations=tuple(violations),
        notes=_of_lines(others["note"], lambda line: (str(line["about"]), str(line["text"]))),
        drops=_of_lines(others["drop"], _drop),
        complete=complete,
        truncated=len(others[UNREADABLE]),
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
                with told_at(outcome[_PLACE]):
                    _, sent, body = invoke["request"]
                    name, known = invoke["operation"], Outcome(outcome["outcome"])
                yield RecordedExchange(name, known, status, sent, body, outcome.get("response", ""))


def _attempt_lines(
    path: Path, others: dict[str, list[Any]]
) -> Iterator[tuple[RunHeader, Line, Line]]:
    """Yield the header and both lines of each attempt; other lines go to `others`, by event."""
    header = RunHeader()
    begun: dict[str, Line] = {}
    for place, event, fields in read_lines(path):
        line = {**fields, _PLACE: place}
        if event == "invoke":
            begun[line["id"]] = line
        elif event == "outcome":
            if line["id"] in begun:
                yield header, begun.pop(line["id"]), line
        else:
            others[event].append(line)
            if event == "run":
                (header,) = _of_lines([line], _header)
    for invoke in begun.values():
        unknown = {"outcome": "unknown", "reason": "no response recorded", _PLACE: invoke[_PLACE]}
        yield header, invoke, unknown


def _of_lines(lines: Iterable[Line], read: Callable[[Line], T]) -> tuple[T, ...]:
    """Return what is read of each line; raises Problem with the place of one that fails."""
    found: list[T] = []
    for line in lines:
        with told_at(line[_PLACE]):
            found.append(read(line))
    return tuple(found)


def _header(line: Line) -> RunHeader:
    header = from_document(RunHeader, line)
    for stage in header.load.stages if header.load is not None else ():
        if not 0 <= stage.seconds < _SECONDS_MAX:
            raise ValueError
    return header


def _drop(line: Line) -> Drop:
    return Drop(str(line["id"]), str(line["source"]), int(line["due_ns"]))


def _attempt(header: RunHeader, invoke: Line, outcome: Line, folder: str) -> Attempt:
    opaque = bool(invoke.get("opaque"))
    rows = rows_of(invoke)
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


def _reception(others: Mapping[str, list[Line]]) -> Reception | None:
    """Return what was heard of announcements, None where nothing tells that there could be any."""
    if not others["listen"]:
        return None
    (begun,) = others["listen"][:1]
    lost = frozenset(_of_lines(others["unresponded"], lambda line: str(line["id"])))
    announced = _of_lines(others["announce"], _announcement)
    heard = tuple(replace(one, responded=one.id not in lost) for one in announced)
    with told_at(begun[_PLACE]):
        since_ns = int(begun.get("since_ns", 0))
    # Where no end was recorded, nothing is known of the time after the last announcement.
    last_ns = max((one.received_ns for one in heard), default=since_ns)
    ended: Line = {"until_ns": last_ns, _PLACE: begun[_PLACE]}
    ended = next(iter(others["listened"]), ended)
    with told_at(ended[_PLACE]):
        return Reception(
            announcements=heard,
            reason=str(begun.get("reason", "")),
            url=str(begun.get("url", "")),
            declared=begun.get("declared") is True,
            since_ns=since_ns,
            until_ns=int(ended["until_ns"]),
            stalled_ns=int(ended.get("stalled_ns", 0)),
        )


def _announcement(line: Line) -> Announcement:
    seen = dict(line["seen"])
    for name in ("units", "balance"):
        if isinstance(seen.get(name), str):
            seen[name] = exact(seen[name])
    request = tuple(line["request"])
    return Announcement(
        str(line["id"]), int(line["received_ns"]), request, unread=line.get("unread", ""), **seen
    )


def _exact(seen: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was seen with the balances that a journal writes as text as exact decimals."""
    found = dict(seen)
    if isinstance(balance := seen.get("balance"), str):
        found["balance"] = exact(balance)
    if balances := seen.get("balances"):
        found["balances"] = {
            account: exact(units) if isinstance(units, str) else units
            for account, units in balances.items()
        }
    return found
