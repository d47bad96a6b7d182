"""The values of a request before any response is known, and which of them may be others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from harness.document.messages import Problem
from harness.document.pointer import MISSING
from harness.document.template import NUMBER, Mark, fill, marks
from harness.model.binding import Binding, TokenAuth

Path = tuple[str | int, ...]

Known = Mapping[str, Any]
"""The names of templates whose values are known, as `template.fill` takes them."""

SHOWN: Final = object()
"""Stands in `Known` for what a response will show, whatever else has that name."""

_WHOLE = re.compile(r"\$\{[^}]*\}")
_NUMBERS = frozenset({"units", "number"})
_TEXTS = frozenset(
    {
        *("value", "secret", "member", "kind", "reference", "entry", "fresh", "signature", "now"),
        "webhook",
    }
)
_TEXT = "text"


class Doubt(Enum):
    """What is not known of a value: which text, which whole number, how many items, or all."""

    TEXT = "text"
    INTEGER = "integer"
    LENGTH = "length"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value that stands for all that a template may become; `doubts` say where it may differ."""

    value: Any
    doubts: Mapping[Path, Doubt]


def shown_by_responses(binding: Binding) -> Known:
    """Return the names to which responses to enrolments and logins give values."""
    extracts = [step.extract for step in binding.enroll.steps] if binding.enroll else []
    extracts += [step.extract for step in binding.webhook.steps] if binding.webhook else []
    extracts += [auth.extract for auth in binding.auth if isinstance(auth, TokenAuth)]
    return dict.fromkeys((name for extract in extracts for name in extract), SHOWN)


def assume(template: Any, known: Known) -> Assumed:
    """Return what a template becomes, with some value for each one that is not known.

    Texts, units and numbers are known to be such, what a response has shown may be anything.
    """
    doubts: dict[Path, Doubt] = {}
    return Assumed(_value(template, known, (), doubts), doubts)


def within(part: Assumed, path: Path) -> Iterator[tuple[Path, Doubt]]:
    """Yield the doubts of a part that is put below a path."""
    yield from (((*path, *below), doubt) for below, doubt in part.doubts.items())


def resolvable(mark: Mark, known: Known) -> bool:
    """Say whether the value of a placeholder is known."""
    value: Any = known
    for key in mark.parts:
        value = value.get(key, MISSING) if isinstance(value, Mapping) else MISSING
    return value is not MISSING and value is not SHOWN


def _value(template: Any, known: Known, path: Path, doubts: dict[Path, Doubt]) -> Any:
    if isinstance(template, Mapping):
        return {key: _value(item, known, (*path, key), doubts) for key, item in template.items()}
    if isinstance(template, list | tuple):
        return [_value(item, known, (*path, i), doubts) for i, item in enumerate(template)]
    if not isinstance(template, str):
        return template
    try:
        found = list(marks(template))
        if all(resolvable(mark, known) for mark in found):
            return fill(template, known)
    except Problem:
        doubts[path] = Doubt.ANY
        return _TEXT
    doubt = _doubt(found[0], known) if _WHOLE.fullmatch(template) else Doubt.TEXT
    doubts[path] = doubt
    return 1 if doubt is Doubt.INTEGER else _TEXT


def _doubt(mark: Mark, known: Known) -> Doubt:
    """Return what is not known of a value that is one placeholder alone."""
    root = mark.parts[0]
    if known.get(root) is SHOWN and mark.encoding in (None, NUMBER):
        return Doubt.ANY
    if mark.encoding == NUMBER:
        return Doubt.INTEGER if root in _NUMBERS else Doubt.ANY
    if mark.encoding is not None:
        return Doubt.TEXT
    if root in _NUMBERS:
        return Doubt.INTEGER
    return Doubt.TEXT if root in _TEXTS else Doubt.ANY
