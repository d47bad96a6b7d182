"""The mistake in a text that is not YAML, told from the place where its parser stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEPTH_MAX = 100
"""How many lists and mappings may lie within one another."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_BRACKETS = re.compile(rf"{_QUOTED.pattern}|[\[\]{{}}]", re.DOTALL)
_COLON = re.compile(r":(?=\s|$)")
_RESERVED = re.compile(r"[&*!|>%]\S*")
_QUOTE = "close the brackets, and put what holds any of { } [ ] , @ % ` in quotes"
_INDENT = "check its indentation and the brackets and quotes before it"


@dataclass(frozen=True, slots=True)
class Position:
    """A character of a text: its line and its column, both from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a YAML parser stopped.

    `began` is where the part begins that it was reading, if it says so. `opened` is where the
    innermost open list or mapping begins: `brackets` tells whether it is written in brackets, and
    `sequence` whether it is a list.
    """

    at: Position
    began: Position | None
    opened: Position | None
    brackets: bool
    sequence: bool


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, the line it is on (from 1) and how to mend it."""

    message: str
    line: int
    hint: str = ""


def too_deep(line: int) -> Mistake:
    """Return the mistake of a text with more than DEPTH_MAX levels."""
    return Mistake(f"the text is nested too deeply; expected at most {DEPTH_MAX} levels", line)


def nesting(text: str) -> int:
    """Return how many brackets are open at most at any place of a text, those in quotes aside."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def control_character(text: str) -> Mistake:
    """Return the mistake of a text with a character that no YAML may hold."""
    found = _CONTROL.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else 1
    return Mistake("the text holds a control character", line)


def mistake_of(text: str, stop: Stop) -> Mistake:
    """Return the mistake that stopped a parser.

    It is told from the text alone, as parsers differ in their words and agree on the place.
    """
    rows = _BREAK.split(text.rstrip())
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    end = _offset(stop.at, starts)
    begin = end if stop.began is None else _offset(stop.began, starts)
    # The end of the text may lie on a line that is not there.
    line = min(stop.at.line, len(rows) - 1) + 1
    row = rows[line - 1]
    if nesting(text[:end]) > DEPTH_MAX:
        return too_deep(line)
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return Mistake("a tab stands in the indentation", line, "indent by spaces")
    if text[begin : begin + 1] in ("'", '"'):
        quoted = _QUOTED.match(text, begin)
        if quoted is None or quoted.end() > end:
            return _in_quotes(text, end, begin, line if stop.began is None else stop.began.line + 1)
    if stop.brackets and stop.opened is not None and text[end : end + 1] not in ("@", "`", "%"):
        begun = stop.opened.line + 1
        since = f", begun on line {begun}," if begun < line else ""
        message = f"a list or mapping in brackets{since} is not continued or closed"
        return Mistake(message, line, _QUOTE)
    if text[end : end + 1] in tuple("@`%,]}") or _RESERVED.fullmatch(text, begin, end):
        return Mistake("a value begins with a character that YAML reserves", line, _QUOTE)
    if text[end : end + 1] == ":" and len(_COLON.findall(row)) > 1:
        return Mistake("a second ':' in the line", line, "put the value in quotes")
    if stop.began is not None and stop.began.line < stop.at.line and _lacks_colon(text, begin):
        return Mistake("a key without ':'", stop.began.line + 1, "write `key: value`")
    above = "list" if stop.sequence else "lines"
    return Mistake(f"the line does not fit the {above} above it", line, _INDENT)


def _offset(place: Position, starts: list[int]) -> int:
    return starts[min(place.line, len(starts) - 1)] + place.column


def _in_quotes(text: str, end: int, begin: int, line: int) -> Mistake:
    """Return why a parser stopped within quotes: an escape it does not know, or their end lacks."""
    rest = text[end:]
    document = rest.startswith(("---", "...")) and text[end - 1] in "\r\n"
    if text[begin] == '"' and rest.strip() and not document:
        hint = "use single quotes, or \\\\ for a backslash"
        return Mistake("an unknown escape in double quotes", text.count("\n", 0, end) + 1, hint)
    return Mistake("the text ends inside quotes", line, "close the quotes that begin here")


def _lacks_colon(text: str, begin: int) -> bool:
    row = _BREAK.split(text[begin:], maxsplit=1)[0]
    return not row.startswith(("- ", "? ")) and row not in ("-", "?") and not _COLON.search(row)
