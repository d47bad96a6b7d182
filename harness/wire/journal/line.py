"""The lines of a journal file, which may be of another writer, damaged or made up."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from harness.document.files import fault_of_file, place_of
from harness.document.messages import Problem
from harness.model.exchange import Row

Line = Mapping[str, Any]

UNREADABLE = "unreadable"
"""The event of what is no line, such as the last one of a writer that was killed."""

_BYTES_MAX = 64 * 2**20
"""The most bytes of a line; what is longer is no line."""

_DIGITS_MAX = 400
_NEEDED = {
    "invoke": frozenset({"id", "source", "operation", "due_ns", "sent_ns", "request"}),
    "outcome": frozenset({"id", "outcome"}),
}
_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("id", "source", "operation", "verb", "account", "entry", "auth"), str),
    **dict.fromkeys(("outcome", "reason", "fault", "cause", "response", "unread"), str),
    **dict.fromkeys(("due_ns", "sent_ns", "done_ns", "status"), int),
    **dict.fromkeys(("request", "rows", "violations", "inferred"), list),
    **dict.fromkeys(("headers", "seen"), dict),
}
_OF_TEXTS = ("request", "violations", "inferred")


def read_lines(path: Path) -> Iterator[tuple[str, str, Line]]:
    """Yield the place, the event and the fields of each line of a file.

    Raises `Problem` for a file that is none, and for a line of an attempt that no writer wrote.
    """
    why, hint = fault_of_file(path, sys.maxsize)
    if why:
        raise Problem(why, place_of(path), hint)
    file = place_of(path)
    with path.open("rb") as stream:
        for number, raw in enumerate(iter(partial(stream.readline, _BYTES_MAX), b""), 1):
            try:
                line = orjson.loads(raw)
            except orjson.JSONDecodeError:
                line = None
            place = f"{file}:{number}"
            event = line.get("event") if isinstance(line, dict) else None
            if not isinstance(line, dict) or not isinstance(event, str):
                yield place, UNREADABLE, {}
                continue
            if event in _NEEDED:
                with told_at(place):
                    _check(line, _NEEDED[event])
            yield place, event, line


@contextmanager
def told_at(place: str) -> Iterator[None]:
    """Raise `Problem` with the place where what is read there fails for what a line holds."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        message = "the line is none of a journal; expected one that the harness wrote"
        raise Problem(message, place, "take the journal as a run left it") from None


def rows_of(line: Line) -> tuple[Row, ...]:
    """Return the rows of an attempt; raises TypeError for what is none."""
    rows = tuple(Row(*row) for row in line.get("rows", ()))
    for row in rows:
        _expect(isinstance(row.account, str) and isinstance(row.units, int))
        _expect(row.reference is None or isinstance(row.reference, str))
    return rows


def exact(text: str) -> Decimal:
    """Return the decimal that a line writes as text; raises an error for one that is absurd."""
    number = Decimal(text)
    _expect(number.is_finite() and abs(number.adjusted()) < _DIGITS_MAX)
    return number


def _check(line: Line, needed: frozenset[str]) -> None:
    _expect(needed <= line.keys())
    for name, value in line.items():
        _expect(isinstance(value, _KINDS.get(name, object)))
    for name in _OF_TEXTS:
        _expect(all(isinstance(text, str) for text in line.get(name, ())))


def _expect(right: bool) -> None:
    if not right:
        raise TypeError
