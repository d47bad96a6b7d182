"""YAML text split into the events of a parser, and what is wrong where the parser stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from harness.document.messages import Problem

DEPTH_MAX = 100
"""How deeply lists and mappings may be nested."""

TOO_DEEP = f"the text is nested too deeply; expected at most {DEPTH_MAX} levels"

VALUES_MAX = 1_000_000
"""How many keys and values a text may hold."""

TOO_MANY = f"the text holds too many values; expected at most {VALUES_MAX:,}"

At = Callable[[int], str]
"""Words the place of a line, from 1."""

_Mistake = tuple[str, int, str]
"""What is wrong, the line it is on and how to fix it."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_BRACKETS = re.compile(rf"{_QUOTED.pattern}|[\[\]{{}}]", re.DOTALL)
_COLON = re.compile(r":(?=\s|$)")
_RESERVED = re.compile(r"[&*!|>%]\S*")
_QUOTE = "close the brackets, and put what holds any of { } [ ] , @ % ` in quotes"
_INDENT = "check its indentation and the brackets and quotes before it"


def yaml_events(text: str, at: At) -> list[Any]:
    """Return what a parser reads in the text; raises `Problem` where it is not YAML."""
    events: list[Any] = []
    opened: list[Any] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            events.append(event)
            if len(events) > VALUES_MAX:
                line = 0 if event.start_mark is None else event.start_mark.line
                raise Problem(TOO_MANY, at(line + 1))
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append(event)
                if len(opened) > DEPTH_MAX:
                    raise Problem(TOO_DEEP, at(opened[-1].start_mark.line + 1))
            elif isinstance(event, yaml.CollectionEndEvent):
                opened.pop()
    except yaml.MarkedYAMLError as error:
        message, line, hint = _mistake(text, error, opened[-1] if opened else None)
        raise Problem(message, at(line), hint) from None
    except yaml.YAMLError:
        found = _CONTROL.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        raise Problem("the text holds a control character", at(line)) from None
    return events


def nesting(text: str) -> int:
    """Return the greatest depth of brackets in a text, those within quotes aside."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def _mistake(text: str, error: Any, opened: Any) -> _Mistake:
    """Return the mistake at which a parser stopped; `opened` begins the innermost open collection.

    It is derived from the text and the place, as parsers agree on these and not on their messages.
    """
    began, stopped = error.context_mark, error.problem_mark or error.context_mark
    rows = _BREAK.split(text.rstrip())
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    end = _offset(stopped, starts)
    begin = end if began is None else _offset(began, starts)
    # The end of the text may be on a line after the last one.
    line = min(stopped.line, len(rows) - 1) + 1
    row = rows[line - 1]
    brackets = opened is not None and opened.flow_style
    if nesting(text[:end]) > DEPTH_MAX:
        return TOO_DEEP, line, ""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return "a tab stands in the indentation", line, "indent by spaces"
    if text[end : end + 1] == "\t":
        return "a tab stands before a value", line, "put a space in its place"
    if text[begin : begin + 1] in ("'", '"'):
        quoted = _QUOTED.match(text, begin)
        if quoted is None or quoted.end() > end:
            return _in_quotes(text, end, begin, line if began is None else began.line + 1)
    if brackets and text[end : end + 1] not in ("@", "`", "%"):
        begun = opened.start_mark.line + 1
        since = f", begun on line {begun}," if begun < line else ""
        return f"a list or mapping in brackets{since} is not continued or closed", line, _QUOTE
    if text[end : end + 1] in tuple("@`%,]}") or _RESERVED.fullmatch(text, begin, end):
        return "a value begins with a character that YAML reserves", line, _QUOTE
    if text[end : end + 1] == ":" and len(_COLON.findall(row)) > 1:
        return "a second ':' in the line", line, "put the value in quotes"
    if began is not None and began.line < stopped.line and _lacks_colon(text, begin):
        return "a key without ':'", began.line + 1, "write `key: value`"
    above = "list" if isinstance(opened, yaml.SequenceStartEvent) else "lines"
    return f"the line does not fit the {above} above it", line, _INDENT


def _offset(mark: Any, starts: list[int]) -> int:
    line: int = min(mark.line, len(starts) - 1)
    return starts[line] + int(mark.column)


def _in_quotes(text: str, end: int, begin: int, line: int) -> _Mistake:
    """Return why a parser stopped within quotes: an unknown escape, or no closing quotes."""
    rest = text[end:]
    document = rest.startswith(("---", "...")) and text[end - 1] in "\r\n"
    if text[begin] == '"' and rest.strip() and not document:
        hint = "use single quotes, or \\\\ for a backslash"
        return "an unknown escape in double quotes", text.count("\n", 0, end) + 1, hint
    return "the text ends inside quotes", line, "close the quotes that begin here"


def _lacks_colon(text: str, begin: int) -> bool:
    row = _BREAK.split(text[begin:], maxsplit=1)[0]
    return not row.startswith(("- ", "? ")) and row not in ("-", "?") and not _COLON.search(row)
