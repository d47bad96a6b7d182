"""A regular expression as the characters that it reads, each with what may follow it."""

from __future__ import annotations

import importlib
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

_parser: Any = importlib.import_module("re._parser")

POSITIONS_MAX = 5_000
"""The most characters of an expression, with its counted repeats written out."""

EDGES_MAX = 300_000
"""The most pairs of them that may follow each other."""

_LENGTH_MAX = 20_000
_TIMES_MAX = 256
_OPTIONAL_MAX = 3
_WEIGHT_MAX = 10**12
_BLOCK = 128
_BLOCKS = 0x110000 // _BLOCK
_ASCII = (1 << _BLOCK) - 1
_KINDS = ("SPACE", "DIGIT", "WORD", "")
_OF_KIND = {
    kind: ((1 << _BLOCKS) - 1) << (_BLOCK + number * _BLOCKS) for number, kind in enumerate(_KINDS)
}
_OTHERS = reduce(or_, _OF_KIND.values())
ANY = _ASCII | _OTHERS
"""The set of all characters.

It has a bit for each of ASCII, and for each block of 128 others one for its spaces, one for its
digits, one for its other letters and one for the rest.
"""

_FOREIGN = re.compile(
    r"\\k<[^>]*>|\\[pP](?:\{[^}]*\}|[A-Za-z])|\\[xu]\{[^}]*\}|\\."
    r"|\[:\^?[a-z]+:\]|\(\?<(?![=!])|[\[\]]",
    re.DOTALL,
)
_WIDE = re.compile(r"\[:|\\[pP]|\\[xu]\{")

Weights = Mapping[int, int]
"""Positions, each with the number of ways in which it is reached without a character between."""


class Unreadable(ValueError):
    """An expression that is none of Python's, or that is too large."""


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A part of an expression: what it begins and ends with, and the ways to read nothing."""

    first: Weights
    last: Weights
    empty: int


_NOTHING = _Fragment({}, {}, 1)


@dataclass(slots=True)
class Automaton:
    """The positions of an expression, each of which reads one character.

    `sets`: the characters that each may read; `follow`: what may come next; `start`: what may come
    first; `last`: what a match may end with; `width`: the fewest characters of a match; `asserts`:
    whether more than characters decides, as the end of the text or a look ahead does.
    """

    sets: list[int] = field(default_factory=list)
    follow: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    start: Weights = field(default_factory=dict)
    last: frozenset[int] = frozenset()
    width: int = 0
    asserts: bool = False


def automaton_of(pattern: str, whole: bool = False) -> Automaton:
    """Return the automaton of an expression as Python reads it: of a search, or of a `whole` text.

    It follows Glushkov's construction, and counts the ways from one position to the next: a repeat
    within a repeat has two ways back to its character. What Python does not know, such as `\\p{L}`,
    is read as any character. Raises `Unreadable`.
    """
    if len(pattern) > _LENGTH_MAX:
        raise Unreadable(f"it has more than {_LENGTH_MAX:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parse(pattern)
        return _built(parsed, whole)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except (re.error, OverflowError):
        raise Unreadable("it is none of Python's") from None


def _parse(pattern: str) -> Any:
    try:
        return _parser.parse(pattern)
    except re.error:
        return _parser.parse(_translated(pattern))


def _translated(pattern: str) -> str:
    """Return an expression of ECMA 262 or of Rust as one of Python that matches no less."""
    inside = False

    def written(found: re.Match[str]) -> str:
        nonlocal inside
        text = found[0]
        if text in "[]":
            inside = text == "["
        elif text == "(?<":
            return "(?P<"
        elif text.startswith(r"\k<"):
            return f"(?P={text[3:-1]})"
        elif _WIDE.match(text):
            return r"\s\S" if inside else r"[\s\S]"
        return text

    return _FOREIGN.sub(written, pattern)


def _built(parsed: Any, whole: bool) -> Automaton:
    builder = _Builder()
    found = builder.sequence(parsed, parsed.state.flags)
    if not whole and (not _is_anchored(parsed) or parsed.state.flags & re.MULTILINE):
        found = builder.joined(builder.repeated(builder.one(ANY)), found)
    made = builder.made
    made.start, made.last, made.width = found.first, frozenset(found.last), parsed.getwidth()[0]
    return made


def _is_anchored(parsed: Iterable[Any]) -> bool:
    """Say whether an expression matches at the beginning of a text alone."""
    for name, argument in parsed:
        match str(name):
            case "AT":
                return str(argument) in ("AT_BEGINNING", "AT_BEGINNING_STRING")
            case "SUBPATTERN":
                return _is_anchored(argument[3])
            case "BRANCH":
                return all(_is_anchored(branch) for branch in argument[1])
        break
    return False


@dataclass(slots=True)
class _Builder:
    """Builds an automaton from the parts of a parsed expression.

    `groups`: the parts of each group, which a reference to it repeats; `within`: the groups that
    are being built; `edges`: how many pairs of positions were connected.
    """

    made: Automaton = field(default_factory=Automaton)
    groups: dict[int, tuple[Any, int]] = field(default_factory=dict)
    within: set[int] = field(default_factory=set)
    edges: int = 0

    def one(self, characters: int) -> _Fragment:
        """Return a new position that reads one of some characters."""
        self.made.sets.append(characters)
        if len(self.made.sets) > POSITIONS_MAX:
            raise Unreadable(f"it stands for more than {POSITIONS_MAX:,} characters")
        position = len(self.made.sets) - 1
        return _Fragment({position: 1}, {position: 1}, 0)

    def sequence(self, parts: Iterable[Any], flags: int) -> _Fragment:
        """Return parts one after the other."""
        made = (self.part(name, argument, flags) for name, argument in parts)
        return reduce(self.joined, made, _NOTHING)

    def part(self, name: Any, argument: Any, flags: int) -> _Fragment:
        """Return one part; an assertion about places reads nothing."""
        build = getattr(self, f"_{str(name).lower()}", None)
        if build is not None:
            found: _Fragment = build(argument, flags)
            return found
        if str(name) in ("LITERAL", "NOT_LITERAL", "IN", "ANY", "RANGE"):
            return self.one(_characters(str(name), argument, flags, False))
        raise Unreadable("it has a part that is not known")

    def joined(self, left: _Fragment, right: _Fragment) -> _Fragment:
        """Return two parts one after the other."""
        self._connect(left.last, right.first)
        first = _sum(left.first, right.first, left.empty)
        last = _sum(right.last, left.last, right.empty)
        return _Fragment(first, last, _limited(left.empty * right.empty))

    def either(self, parts: Iterable[_Fragment]) -> _Fragment:
        """Return alternatives."""
        made = _Fragment({}, {}, 0)
        for part in parts:
            empty = _limited(made.empty + part.empty)
            made = _Fragment(_sum(made.first, part.first), _sum(made.last, part.last), empty)
        return made

    def repeated(self, part: _Fragment, least: int = 0) -> _Fragment:
        """Return a part any number of times; an engine repeats none that has read nothing."""
        self._connect(part.last, part.first)
        empty = part.empty if least else _limited(1 + part.empty)
        return _Fragment(part.first, part.last, empty)

    def _connect(self, last: Weights, first: Weights) -> None:
        for before, ways in last.items():
            follow = self.made.follow[before]
            self.edges += len(first)
            if self.edges > EDGES_MAX:
                raise Unreadable("its parts may follow each other in too many ways")
            for after, more in first.items():
                follow[after] = _limited(follow.get(after, 0) + ways * more)

    def _at(self, argument: Any, _: int) -> _Fragment:
        self.made.asserts |= str(argument) not in ("AT_BEGINNING", "AT_BEGINNING_STRING")
        return _NOTHING

    def _branch(self, argument: Any, flags: int) -> _Fragment:
        return self.either(self.sequence(branch, flags) for branch in argument[1])

    def _subpattern(self, argument: Any, flags: int) -> _Fragment:
        group, more, fewer, parts = argument
        flags = (flags | more) & ~fewer
        if group is None:
            return self.sequence(parts, flags)
        self.groups[group] = (parts, flags)
        self.within.add(group)
        found = self.sequence(parts, flags)
        self.within.discard(group)
        return found

    def _atomic_group(self, argument: Any, flags: int) -> _Fragment:
        return self.sequence(argument, flags)

    def _groupref(self, group: int, _: int) -> _Fragment:
        """Return what a group read once more: in no more ways than the group itself."""
        if group in self.within or group not in self.groups:
            return _NOTHING
        return self.sequence(*self.groups[group])

    _groupref_ignore = _groupref

    def _groupref_exists(self, argument: Any, flags: int) -> _Fragment:
        _, yes, no = argument
        return self.either(self.sequence(parts or (), flags) for parts in (yes, no))

    def _assert(self, argument: Any, flags: int) -> _Fragment:
        """Return what is looked at before the rest goes on from where it stood."""
        self.made.asserts = True
        seen = self.sequence(argument[1], flags)
        return _Fragment(seen.first, {}, _limited(1 + seen.empty))

    _assert_not = _assert

    def _max_repeat(self, argument: Any, flags: int) -> _Fragment:
        """Return a repeat: few times written out, else as one without end, which has more ways."""
        least, most, parts = argument
        build: Callable[[], _Fragment] = lambda: self.sequence(parts, flags)  # noqa: E731
        if least > _TIMES_MAX:
            found = build()
            if found.empty:  # each of the times may read nothing
                raise Unreadable("it repeats very often what may be empty")
            return self.repeated(found, least)
        optional = int(most) - int(least)
        endless = optional > _OPTIONAL_MAX
        times = least - 1 if endless and least else least
        made = reduce(self.joined, (build() for _ in range(times)), _NOTHING)
        if endless:
            return self.joined(made, self.repeated(build(), least))
        rest = _NOTHING
        for _ in range(optional):
            rest = self.either((self.joined(build(), rest), _NOTHING))
        return self.joined(made, rest)

    _min_repeat = _possessive_repeat = _max_repeat


def _sum(one: Weights, other: Weights, times: int = 1) -> Weights:
    if not times or not other:
        return one
    return {**one, **{at: _limited(one.get(at, 0) + n * times) for at, n in other.items()}}


def _limited(ways: int) -> int:
    return min(ways, _WEIGHT_MAX)


def _characters(name: str, argument: Any, flags: int, surely: bool) -> int:
    """Return the characters that a part may read; `surely`: without blocks it has in part."""
    match name:
        case "ANY":
            return ANY
        case "LITERAL":
            return _range(argument, argument, flags, surely)
        case "RANGE":
            low, high = argument
            return _range(low, high, flags, surely)
        case "NOT_LITERAL":
            return ANY & ~_range(argument, argument, flags, True)
        case "CATEGORY":
            return _category(str(argument))
    negated = str(argument[0][0]) == "NEGATE"
    sets = (
        _characters(str(each), value, flags, surely != negated)
        for each, value in argument[1 if negated else 0 :]
    )
    found = reduce(or_, sets, 0)
    return ANY & ~found if negated else found


def _range(low: int, high: int, flags: int, surely: bool) -> int:
    codes = range(low, min(high, _BLOCK - 1) + 1)
    found = sum(1 << code for code in codes)
    if flags & re.IGNORECASE and not surely:
        letters = [chr(code) for code in codes if chr(code).isalpha()]
        found |= reduce(or_, (1 << ord(letter.swapcase()) for letter in letters), 0)
        found |= _OTHERS if letters else 0  # letters such as the sign of Kelvin
    if high < _BLOCK:
        return found
    first, end = max(low, _BLOCK) // _BLOCK, high // _BLOCK + 1
    if surely:
        first, end = -(-max(low, _BLOCK) // _BLOCK), (high + 1) // _BLOCK
    blocks = (1 << max(first, end)) - (1 << first)
    shifts = (_BLOCK + number * _BLOCKS for number in range(len(_KINDS)))
    return found | reduce(or_, (blocks << shift for shift in shifts))


_ASCII_OF = {
    "DIGIT": sum(1 << ord(one) for one in "0123456789"),
    "SPACE": sum(1 << ord(one) for one in " \t\n\r\f\v\x1c\x1d\x1e\x1f"),
    "WORD": sum(1 << code for code in range(_BLOCK) if chr(code).isalnum() or code == ord("_")),
}


def _category(name: str) -> int:
    """Return the characters of `\\d`, `\\s` or `\\w`, or of its contrary."""
    kind = name.rpartition("_")[2]
    others = _OF_KIND[kind] | (_OF_KIND["DIGIT"] if kind == "WORD" else 0)
    found = _ASCII_OF[kind] | others
    return ANY & ~found if "NOT" in name.split("_") else found
