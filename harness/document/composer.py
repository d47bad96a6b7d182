"""YAML and JSON text turned into plain values and the line each of them stands on."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from harness.document.messages import Problem, Problems
from harness.document.syntax import (
    DEPTH_MAX,
    Mistake,
    Position,
    Stop,
    control_character,
    mistake_of,
    nesting,
    too_deep,
)

Pointer = tuple[str | int, ...]
At = Callable[[int], str]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
# A leading zero keeps a number text: telephone and card numbers must not lose it.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# A dot is asked for, or an id such as 5e10 would turn into a number.
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_DIGITS_MAX = 400
_SEEN_MAX = 20
_TOKEN = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)')


@dataclass(frozen=True, slots=True)
class Composed:
    """A document's plain value, and the line on which each pointer into it stands."""

    value: Any
    lines: dict[Pointer, int]


def compose_yaml(text: str, at: At) -> Composed:
    """Return the one YAML document of the text; `at` words the place of a line.

    Only the words true and false are booleans and only decimal digits are numbers, so `on`, `no`
    and dates stay text. Keys are text. Raises `Problem` for what is no YAML, and `Problems` for
    duplicate keys, anchors, aliases, merges and tags, all at once.
    """
    problems: list[Problem] = []
    lines: dict[Pointer, int] = {(): 1}
    roots = _roots(_Composer(iter(_events(text, at)), lines, problems, at))
    if problems:
        raise Problems(problems)
    if not roots:
        raise Problem("the file is empty; expected a declaration, saw nothing", at(1))
    return Composed(roots[0], lines)


def compose_json(text: str, at: At) -> Composed:
    """Return the value of a JSON text; raises `Problem` or, for duplicate keys, `Problems`."""
    if not text.strip():
        raise Problem("the file is empty; expected JSON, saw nothing", at(1))
    if nesting(text) > DEPTH_MAX:
        raise _told(too_deep(1), at)
    try:
        value = json.loads(text, parse_constant=_no_number, parse_int=_whole)
    except json.JSONDecodeError as error:
        seen = _TOKEN.match(text, error.pos)
        what = f"unexpected {seen.group(1)[:_SEEN_MAX]}" if seen else "it ends too early"
        raise Problem(f"the text is not JSON: {what}", at(error.lineno)) from None
    except _NoJson as error:
        raise Problem(f"the text is not JSON that can be read: {error}", at(1)) from None
    lines: dict[Pointer, int] = {(): 1}
    problems: list[Problem] = []
    breaks = [match.start() for match in re.finditer("\n", text)]
    tokens = (
        (match.group(1), bisect.bisect_left(breaks, match.start(1)) + 1)
        for match in _TOKEN.finditer(text)
    )
    token, line = next(tokens)
    _walk_json(token, line, (), _JsonWalk(tokens, lines, problems, at))
    if problems:
        raise Problems(problems)
    return Composed(value, lines)


def _events(text: str, at: At) -> list[Any]:
    """Return what a parser reads in the text; raises `Problem` where it is no YAML."""
    events: list[Any] = []
    opened: list[Any] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            events.append(event)
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append(event)
                if len(opened) > DEPTH_MAX:
                    marks: Any = event
                    raise _told(too_deep(marks.start_mark.line + 1), at)
            elif isinstance(event, yaml.CollectionEndEvent):
                opened.pop()
    except yaml.MarkedYAMLError as error:
        raise _told(mistake_of(text, _stopped(error, opened)), at) from None
    except yaml.YAMLError:
        raise _told(control_character(text), at) from None
    return events


@dataclass(frozen=True, slots=True)
class _Composer:
    events: Iterator[Any]
    lines: dict[Pointer, int]
    problems: list[Problem]
    at: At


@dataclass(frozen=True, slots=True)
class _JsonWalk:
    tokens: Iterator[tuple[str, int]]
    lines: dict[Pointer, int]
    problems: list[Problem]
    at: At


def _roots(run: _Composer) -> list[Any]:
    roots: list[Any] = []
    for event in run.events:
        place = run.at(event.start_mark.line + 1)
        if isinstance(event, yaml.DocumentStartEvent) and roots:
            run.problems.append(
                Problem("a second document begins; expected one document a file", place)
            )
        elif isinstance(event, yaml.NodeEvent):
            value = _value(event, (), run)
            if not (value is None and getattr(event, "value", None) == ""):
                roots.append(value)
    return roots


def _value(event: Any, pointer: Pointer, run: _Composer) -> Any:
    _refuse_magic(event, run)
    match event:
        case yaml.ScalarEvent():
            plain = event.implicit[0] and event.tag is None
            return _scalar(event.value) if plain else event.value
        case yaml.MappingStartEvent():
            return _mapping(pointer, run)
        case yaml.SequenceStartEvent():
            return _sequence(pointer, run)
    return None


def _mapping(pointer: Pointer, run: _Composer) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for event in run.events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = event.start_mark.line + 1
        key = _key(event, line, run)
        below = (*pointer, key)
        if key in result:
            message = f"the key '{key}' is a duplicate of line {run.lines[below]}"
            run.problems.append(Problem(message, run.at(line), "keep one of the two"))
            _value(next(run.events), below, _elsewhere(run))
            continue
        run.lines[below] = line
        result[key] = _value(next(run.events), below, run)
    return result


def _sequence(pointer: Pointer, run: _Composer) -> list[Any]:
    result: list[Any] = []
    for event in run.events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        below = (*pointer, len(result))
        run.lines[below] = event.start_mark.line + 1
        result.append(_value(event, below, run))
    return result


def _key(event: Any, line: int, run: _Composer) -> str:
    _refuse_magic(event, run)
    if isinstance(event, yaml.ScalarEvent):
        if event.value == "<<" and event.implicit[0]:
            run.problems.append(_magic("a merge key '<<'", run.at(line)))
        return str(event.value)
    if not isinstance(event, yaml.AliasEvent):
        message = "a list or mapping stands as a key; expected a word"
        run.problems.append(
            Problem(message, run.at(line), "put a text that has brackets in quotes")
        )
        _value(event, (), _elsewhere(run))
    return f"\0{line}"  # it names nothing, and the document is refused anyway


def _elsewhere(run: _Composer) -> _Composer:
    return _Composer(run.events, {}, run.problems, run.at)


def _refuse_magic(event: Any, run: _Composer) -> None:
    place = run.at(event.start_mark.line + 1)
    if isinstance(event, yaml.AliasEvent):
        run.problems.append(_magic(f"the alias '*{event.anchor}'", place))
    elif event.anchor is not None:
        run.problems.append(_magic(f"the anchor '&{event.anchor}'", place))
    tag = getattr(event, "tag", None)
    if tag is not None:
        name = tag.replace("tag:yaml.org,2002:", "!!")
        run.problems.append(_magic(f"the tag '{name}'", place))


def _magic(what: str, place: str) -> Problem:
    return Problem(
        f"{what} is not allowed; expected plain values, mappings and lists",
        place,
        "write the value out, in quotes if it is meant as text",
    )


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < _DIGITS_MAX:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _stopped(error: yaml.MarkedYAMLError, opened: Sequence[Any]) -> Stop:
    marks: Any = error
    inner = opened[-1] if opened else None
    return Stop(
        _place(marks.problem_mark or marks.context_mark) or Position(0, 0),
        _place(marks.context_mark),
        _place(inner.start_mark) if inner else None,
        brackets=bool(inner and inner.flow_style),
        sequence=isinstance(inner, yaml.SequenceStartEvent),
    )


def _place(mark: Any) -> Position | None:
    return None if mark is None else Position(mark.line, mark.column)


def _told(mistake: Mistake, at: At) -> Problem:
    return Problem(mistake.message, at(mistake.line), mistake.hint)


class _NoJson(ValueError):
    """A JSON text holds a number that is none, or none that can be kept."""


def _no_number(word: str) -> NoReturn:
    raise _NoJson(f"{word} is not a number")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise _NoJson(f"a number has {len(digits)} digits; expected at most {_DIGITS_MAX}")
    return int(digits)


def _walk_json(token: str, line: int, pointer: Pointer, run: _JsonWalk) -> None:
    if token == "{":
        seen: set[str] = set()
        for name, at_line in run.tokens:
            if name == "}":
                return
            if name == ",":
                continue
            key = json.loads(name)
            if key in seen:
                run.problems.append(Problem(f"the key '{key}' is a duplicate", run.at(at_line)))
            seen.add(key)
            run.lines.setdefault((*pointer, key), at_line)
            next(run.tokens)  # the colon
            _walk_json(*next(run.tokens), (*pointer, key), run)
    elif token == "[":
        index = 0
        for item, at_line in run.tokens:
            if item == "]":
                return
            if item == ",":
                continue
            run.lines.setdefault((*pointer, index), at_line)
            _walk_json(item, at_line, (*pointer, index), run)
            index += 1
