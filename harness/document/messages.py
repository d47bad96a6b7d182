"""Problems of a declaration, and how their messages write choices, values and guesses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

_LISTED = 13  # a longer choice would hide the sentence around it
_SHOWN = 60
_LOGIN = re.compile(r"//[^/\s]*@")


def guess(word: object, options: Iterable[str]) -> str:
    """Return `did you mean 'X'?` for the option nearest to the word, or an empty text."""
    nearest = near(word, options)
    return f"did you mean '{nearest}'?" if nearest is not None else ""


def near(word: object, options: Iterable[str]) -> str | None:
    """Return the option that the word most likely misspells, None when none is near."""
    by_low = {option.lower(): option for option in sorted(options, reverse=True)}
    text = str(word).lower()
    if text in by_low:
        return by_low[text]
    found = difflib.get_close_matches(text, by_low, n=1, cutoff=0.6)
    return by_low[found[0]] if found else None


def choice(options: Iterable[object], last: str = "or") -> str:
    """Return `a, b or c`, shortened when there are many."""
    words = [str(option) for option in options]
    if len(words) > _LISTED:
        words = [*words[:_LISTED], f"{len(words) - _LISTED} more"]
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int | Decimal, unit: str, plural: str = "") -> str:
    """Return "1 unit", "0 units" or "4,812 units"; `plural` is for units that do not take an s."""
    return f"{number:,} {unit if abs(number) == 1 else plural or unit + 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Return "a, b and 3 more": the first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def shown(value: Any) -> str:
    """Return a value as messages show it: its kind, and the text of a scalar."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {_cut(str(value))}"
        case str():
            return f"the text {_quoted(value)}"
        case Mapping():
            return f"a mapping of {choice(value, 'and')}" if value else "an empty mapping"
        case _:
            return f"a list of {len(value)}" if value else "an empty list"


def kind(value: Any) -> str:
    """Return the kind of a value, without the value, which may be secret."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text" if value else "an empty text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def dotted(pointer: Iterable[str | int]) -> str:
    """Return a pointer as messages write it: `verbs.earn.effect`, `auth[0].token`."""
    text = ""
    for part in pointer:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _quoted(text: str) -> str:
    return repr(_cut(_LOGIN.sub("//…@", text)))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Problem(Exception):
    """One mistake in a declaration.

    `message` says what is wrong, what was expected and what was seen. `place` is `file:line`, or
    empty when the mistake is in no file. `hint` is empty or proposes the repair.
    """

    def __init__(self, message: str, place: str = "", hint: str = "") -> None:
        super().__init__(message, place, hint)
        self.message = message
        self.place = place
        self.hint = hint

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problem itself, as `Problems` has several."""
        return (self,)

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f"; {self.hint}" if self.hint else ""
        return f"{head}{self.message}{tail}"


def unknown_name(message: str, place: str, name: object, known: Iterable[str]) -> Problem:
    """Return the problem of an unknown name, with the known ones and the nearest as the hint."""
    options = list(known)
    return Problem(f"{message}; expected {choice(options)}", place, guess(name, options))


def require_known(name: str, known: Collection[str], message: str) -> None:
    """Raise a Problem with the message, and the name that was meant, if a name is not known."""
    if name not in known:
        raise Problem(message, hint=guess(name, known))


class Problems(Exception):
    """All mistakes found together, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        by_text = {str(problem): problem for problem in problems}  # each is reported once
        self.problems = tuple(sorted(by_text.values(), key=_by_place))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


PROBLEMS_MAX = 100
"""How many mistakes are told; who has mended these sees the next."""


def refuse(problems: Iterable[Problem]) -> None:
    """Raise `Problems` when there is at least one, with the first `PROBLEMS_MAX`, else return."""
    found = list(islice(problems, PROBLEMS_MAX + 1))
    if len(found) > PROBLEMS_MAX:
        found[-1] = Problem(f"there are more mistakes than the {PROBLEMS_MAX} that are told")
    if found:
        raise Problems(found)


def _by_place(problem: Problem) -> tuple[str, int]:
    path, _, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdecimal() else (problem.place, 0)
