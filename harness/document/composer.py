"""YAML and JSON text turned into plain values and the line each of them stands on."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from harness.document.messages import Problem, Problems

Pointer = tuple[str | int, ...]
At = Callable[[int], str]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
# A leading zero keeps a number text: telephone and card numbers must not lose it.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
# A dot is asked for, or an id such as 5e10 would turn into a number.
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TOKEN = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)')

_SYNTAX = (
    ("mapping values", "a second ':' in the line", "put the value in quotes"),
    ("',' or", "a list or mapping in brackets{since} does not go on as it should", "{quote}"),
    ("cannot start any token", "a value begins with a character YAML keeps for itself", "{quote}"),
    ("end of stream", "the text ends inside quotes", "close the quotes that begin here"),
    ("quoted scalar", "the text ends inside quotes", "close the quotes that begin here"),
    ("expected key", "the line does not fit the lines above it", "{indent}"),
    ("'-' indicator", "the line does not fit the list above it", "{indent}"),
    ("<block end>", "the line does not fit the lines above it", "{indent}"),
    ("':'", "a key without ':'", "write `key: value`"),
    ("escape", "an unknown escape in double quotes", "use single quotes, or \\\\ for a backslash"),
)
_HINTS = {
    "quote": "close the brackets, and put what holds any of { } [ ] , @ % ` in quotes",
    "indent": "check its indentation and the brackets and quotes before it",
}


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
    try:
        events: Iterator[Any] = iter(list(yaml.parse(text, Loader=_LOADER)))
        roots = _roots(_Composer(events, lines, problems, at))
    except yaml.MarkedYAMLError as error:
        _explain(error, text, at)
    except yaml.YAMLError:
        raise Problem("the text holds a control character", at(_control(text))) from None
    except RecursionError:
        raise Problem("the text is nested too deeply to read", at(1)) from None
    if problems:
        raise Problems(problems)
    if not roots:
        raise Problem("the file is empty; expected a declaration, saw nothing", at(1))
    return Composed(roots[0], lines)


def compose_json(text: str, at: At) -> Composed:
    """Return the value of a JSON text; raises `Problem` or, for duplicate keys, `Problems`."""
    if not text.strip():
        raise Problem("the file is empty; expected JSON, saw nothing", at(1))
    try:
        value = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Problem(f"the text is not JSON: {error.msg}", at(error.lineno)) from None
    except (ValueError, RecursionError) as error:
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
            message = f"the key '{key}' stands twice; it stands on line {run.lines[below]} already"
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
    if _INTEGER.fullmatch(text) and len(text) < 400:
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _explain(error: yaml.MarkedYAMLError, text: str, at: At) -> NoReturn:
    marks: Any = error
    mark = marks.problem_mark or marks.context_mark
    problem = error.problem or ""
    if "quoted scalar" in (error.context or "") and marks.context_mark:
        mark = marks.context_mark
    rows = _BREAK.split(text.rstrip())
    # The end of the text may lie on a line that is not there.
    line = min(mark.line + 1, len(rows)) if mark is not None else 1
    row = rows[line - 1]
    begun = marks.context_mark.line + 1 if marks.context_mark else line
    if "\t" in row[: len(row) - len(row.lstrip())]:
        raise Problem("a tab stands in the indentation", at(line), "indent by spaces") from None
    if "mapping values" in problem and len(re.findall(r":(?=\s|$)", row)) < 2:
        problem = "expected key"  # a line with one colon is in the wrong column
    for fragment, message, hint in _SYNTAX:
        if fragment in problem:
            since = f", begun on line {begun}," if begun < line and "bracket" in message else ""
            raise Problem(message.format(since=since), at(line), hint.format(**_HINTS)) from None
    raise Problem(f"the text is not YAML: {problem}", at(line)) from None


def _control(text: str) -> int:
    found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


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
                run.problems.append(Problem(f"the key '{key}' stands twice", run.at(at_line)))
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
