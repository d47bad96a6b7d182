"""Declarations read from files: YAML or JSON as plain values, with the line of each."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf, isfinite
from pathlib import Path
from typing import Any, NoReturn

import yaml

from harness.document.files import place_of, read_bytes
from harness.document.messages import PROBLEMS_MAX, Problem, Problems, refuse, unknown_name
from harness.document.syntax import (
    DEPTH_MAX,
    TOO_DEEP,
    TOO_MANY,
    VALUES_MAX,
    At,
    nesting,
    yaml_events,
)

__all__ = ["Document", "Pointer", "Problem", "Problems", "read_document", "refuse"]

Pointer = tuple[str | int, ...]

_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
# A leading zero keeps a number text: telephone and card numbers must not lose it.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# A dot is required, or an id such as 5e10 would become a number.
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_DIGITS_MAX = 400
_MARKS = tuple("{}[],:")  # what a file that is no declaration holds is not shown
_TOKEN = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)')


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as dicts, lists, texts, numbers, booleans and None, with its lines.

    `lines` maps a pointer (a tuple of keys and indexes) to the line of that key or item, and
    `files` the pointer of a part that stands in another file to that file.
    """

    value: Any
    path: Path
    lines: Mapping[Pointer, int] = field(repr=False)
    files: Mapping[Pointer, Path] = field(default_factory=dict, repr=False)

    def place(self, pointer: Pointer = ()) -> str:
        """Return `file:line` of the key or item, or of its nearest parent that has a line."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        above = (pointer[:end] for end in range(len(pointer), 0, -1)) if self.files else ()
        path = next((self.files[part] for part in above if part in self.files), self.path)
        return place_of(path, self.lines.get(pointer, 1))

    def problem(self, message: str, pointer: Pointer = (), hint: str = "") -> Problem:
        """Return a problem with the place of a key or item."""
        return Problem(message, self.place(pointer), hint)

    def unknown(
        self, message: str, pointer: Pointer, name: object, known: Iterable[str]
    ) -> Problem:
        """Return the problem of an unknown name (`unknown_name`) at a key or item."""
        return unknown_name(message, self.place(pointer), name, known)


def read_document(path: Path) -> Document:
    """Return the YAML or, for `.json`, JSON document in a file.

    Raises `Problem` for a file that is missing, unreadable (`read_bytes`), empty or malformed, and
    `Problems` for duplicate keys, anchors, merges and tags.
    """
    text = _text(path)
    return compose_json(text, path) if path.suffix == ".json" else compose_yaml(text, path)


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "the file is not UTF-8 text"
        raise Problem(message, place_of(path, line), "save it as UTF-8") from None


def compose_yaml(text: str, path: Path) -> Document:
    """Return the one YAML document in the text of a file.

    Only the words true and false are booleans and only decimal digits are numbers, so `on`, `no`
    and dates stay text. Keys are text. Raises `Problem` for what is not YAML, and `Problems` for
    all duplicate keys, anchors, aliases, merges and tags.
    """
    at = partial(place_of, path)
    run = _Run(iter(yaml_events(text, at)), {(): 1}, [], at)
    roots = _roots(run)
    refuse(run.problems)
    if not roots:
        raise Problem("the file is empty; expected a declaration, saw nothing", at(1))
    return Document(roots[0], path, run.lines)


def compose_json(text: str, path: Path) -> Document:
    """Return the JSON in a file's text; raises `Problem` or, for duplicate keys, `Problems`."""
    at = partial(place_of, path)
    if not text.strip():
        raise Problem("the file is empty; expected JSON, saw nothing", at(1))
    if text.count(",") > VALUES_MAX:
        raise Problem(TOO_MANY, at(1))
    if nesting(text) > DEPTH_MAX:
        raise Problem(TOO_DEEP, at(1))
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_parse_int)
    except json.JSONDecodeError as error:
        seen = _TOKEN.match(text, error.pos)
        what = seen.group(1) if seen and seen.group(1) in _MARKS else "value"
        what = f"unexpected {what} at column {error.colno}" if seen else "it ends too early"
        raise Problem(f"the text is not JSON: {what}", at(error.lineno)) from None
    except _NotJson as error:
        raise Problem(f"the text is not JSON that can be read: {error}", at(1)) from None
    breaks = [match.start() for match in re.finditer("\n", text)]
    tokens = (
        (match.group(1), bisect.bisect_left(breaks, match.start(1)) + 1)
        for match in _TOKEN.finditer(text)
        if match.group(1) not in (",", ":")
    )
    run = _Run(tokens, {(): 1}, [], at)
    _read_json(next(tokens), (), run)
    refuse(run.problems)
    return Document(value, path, run.lines)


@dataclass(frozen=True, slots=True)
class _Run:
    """The state of composing one text: its events or tokens, the lines and problems found."""

    items: Iterator[Any]
    lines: dict[Pointer, int]
    problems: list[Problem]
    at: At

    def report(self, message: str, line: int, hint: str = "") -> None:
        self.problems.append(Problem(message, self.at(line), hint))
        if len(self.problems) > PROBLEMS_MAX:
            refuse(self.problems)


def _roots(run: _Run) -> list[Any]:
    roots: list[Any] = []
    for event in run.items:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and roots:
            run.report("a second document begins; expected one document a file", line)
        elif isinstance(event, yaml.NodeEvent):
            value = _value(event, (), run)
            if not (value is None and getattr(event, "value", None) == ""):
                roots.append(value)
    return roots


def _value(event: Any, pointer: Pointer, run: _Run) -> Any:
    _check_features(event, run)
    match event:
        case yaml.ScalarEvent():
            plain = event.implicit[0] and event.tag is None
            return _scalar(event.value) if plain else event.value
        case yaml.MappingStartEvent():
            return _mapping(pointer, run)
        case yaml.SequenceStartEvent():
            return _sequence(pointer, run)
    return None


def _mapping(pointer: Pointer, run: _Run) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for event in run.items:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = event.start_mark.line + 1
        key = _key(event, line, run)
        below = (*pointer, key)
        if key in result:
            message = f"the key '{key}' is a duplicate of line {run.lines[below]}"
            run.report(message, line, "keep one of the two")
            _value(next(run.items), below, _discarding(run))
            continue
        run.lines[below] = line
        result[key] = _value(next(run.items), below, run)
    return result


def _sequence(pointer: Pointer, run: _Run) -> list[Any]:
    result: list[Any] = []
    for event in run.items:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        below = (*pointer, len(result))
        run.lines[below] = event.start_mark.line + 1
        result.append(_value(event, below, run))
    return result


def _key(event: Any, line: int, run: _Run) -> str:
    _check_features(event, run)
    if isinstance(event, yaml.ScalarEvent):
        if event.value == "<<" and event.implicit[0]:
            _report_feature("a merge key '<<'", line, run)
        return str(event.value)
    if not isinstance(event, yaml.AliasEvent):
        message = "a list or mapping stands as a key; expected a word"
        run.report(message, line, "put a text that has brackets in quotes")
        _value(event, (), _discarding(run))
    return f"\0{line}"  # a name that no key has; the document is refused anyway


def _discarding(run: _Run) -> _Run:
    return _Run(run.items, {}, run.problems, run.at)


def _check_features(event: Any, run: _Run) -> None:
    line, tag = event.start_mark.line + 1, getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent):
        _report_feature(f"the alias '*{event.anchor}'", line, run)
    elif event.anchor is not None:
        _report_feature(f"the anchor '&{event.anchor}'", line, run)
    if tag is not None:
        _report_feature(f"the tag '{tag.replace('tag:yaml.org,2002:', '!!')}'", line, run)


def _report_feature(what: str, line: int, run: _Run) -> None:
    message = f"{what} is not allowed; expected plain values, mappings and lists"
    run.report(message, line, "write the value out, in quotes if it is meant as text")


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < _DIGITS_MAX:
        return int(text)
    number = float(text) if _DECIMAL.fullmatch(text) else inf
    # What no number can hold stays a text, which no key for numbers takes.
    return number if isfinite(number) else text


class _NotJson(ValueError):
    """A JSON text holds a number that is not one, or has too many digits."""


def _refuse_constant(word: str) -> NoReturn:
    raise _NotJson(f"{word} is not a number")


def _parse_int(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise _NotJson(f"a number has {len(digits)} digits; expected at most {_DIGITS_MAX}")
    return int(digits)


def _read_json(token: tuple[str, int], pointer: Pointer, run: _Run) -> None:
    """Keep the line of each key and item below the value that begins with the token."""
    opening = token[0]
    if opening not in ("{", "["):
        return
    seen: set[str | int] = set()
    for first in run.items:
        if first[0] in ("}", "]"):
            return
        key = json.loads(first[0]) if opening == "{" else len(seen)
        if key in seen:
            run.report(f"the key '{key}' is a duplicate", first[1])
        seen.add(key)
        run.lines.setdefault((*pointer, key), first[1])
        _read_json(next(run.items) if opening == "{" else first, (*pointer, key), run)
