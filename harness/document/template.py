"""Templates: texts with `${names}` that a scope fills, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from harness.document.messages import Problem, choice, guess, kind
from harness.document.pointer import MISSING


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "md5-hex": _md5,
    "md5-HEX": lambda text: _md5(text).upper(),
    "sha256-hex": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "text": str,
}
"""Encodings of a text, by the name that a placeholder gives."""

MOMENTS: Mapping[str, Callable[[datetime], str]] = {
    "date": lambda moment: f"{moment:%Y-%m-%d}",
    "date-dmy": lambda moment: f"{moment:%d-%m-%Y}",
    "date-time": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
    "date-time-ms": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3],
    "iso-8601": lambda moment: moment.isoformat(timespec="seconds"),
    "iso-8601-ms": lambda moment: moment.isoformat(timespec="milliseconds"),
    "iso-8601-ms-utc": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
    "unix": lambda moment: str(int(moment.timestamp())),
}
"""Formats of a moment such as `${now}`, which is written in its own time zone."""

NUMBER = "number"
"""The encoding that turns a text such as 2.5 into a number, if the placeholder stands alone."""

_MARK = re.compile(r"\$\{([^}]*)(\}?)")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_FORM = re.compile(r"([A-Za-z_][\w-]*(?:\.[\w-]+)*)(\??)(?:\|(.*))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """One placeholder `${name?|encoding}`; the field of an absent optional one is left out."""

    name: str
    optional: bool
    encoding: str | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys that lead through the scope."""
        return tuple(self.name.split("."))


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """Return the template with every `${name}` replaced by the scope's value.

    Mappings and lists are filled item by item; keys stay as they are. A text that is one `${name}`
    alone takes the value with its type, and `${name|number}` alone is a number if the value is a
    text that writes one. In other texts values are written out, true and false in lower case. A
    field whose optional `${name?}` is absent or None is left out; a whole template then gives
    `MISSING`. Raises `Problem`, which never shows a value, for an unknown name, an unknown encoding
    or a malformed placeholder.
    """
    if isinstance(template, str):
        return _text(template, scope)
    if isinstance(template, Mapping):
        filled = {key: fill(item, scope) for key, item in template.items()}
        return {key: item for key, item in filled.items() if item is not MISSING}
    if isinstance(template, list | tuple):
        items = (fill(item, scope) for item in template)
        return [item for item in items if item is not MISSING]
    return template


def laid_over(base: Any, over: Any) -> Any:
    """Return `over` laid over `base`: mappings field by field, anything else replaced.

    The fields of the base keep their order.
    """
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    both = {name: laid_over(base[name], item) for name, item in over.items() if name in base}
    return {**base, **over, **both}


def names(template: Any) -> frozenset[str]:
    """Return the dotted names in a template; raises `Problem` for a malformed placeholder."""
    return frozenset(mark.name for mark in marks(template))


def pieces(template: str) -> tuple[str | Mark, ...]:
    """Return the texts and placeholders of a template; raises `Problem` for a malformed one."""
    return _parts(template)


def marks(template: Any) -> Iterator[Mark]:
    """Yield every placeholder of a template; raises `Problem` for a malformed one."""
    if isinstance(template, str):
        yield from (part for part in _parts(template) if isinstance(part, Mark))
    elif isinstance(template, Mapping | list | tuple):
        for item in template.values() if isinstance(template, Mapping) else template:
            yield from marks(item)


def _text(template: str, scope: Mapping[str, Any]) -> Any:
    parts = _parts(template)
    written: list[str] = []
    for part in parts:
        if isinstance(part, str):
            written.append(part)
            continue
        value = _find(part, scope)
        if value is MISSING:
            return MISSING
        if len(parts) == 1 and part.encoding in (None, NUMBER) and not isinstance(value, datetime):
            wanted = part.encoding == NUMBER and isinstance(value, str)
            return _number(value) if wanted else value
        written.append(_written(part, value))
    return "".join(written)


def _number(text: str) -> int | float | str:
    """Return the number that a text writes, and any other text as it is."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    return float(text) if found[1] else int(text)


def _find(mark: Mark, scope: Mapping[str, Any]) -> Any:
    value: Any = scope
    for depth, key in enumerate(mark.parts):
        below = value.get(key, MISSING) if isinstance(value, Mapping) else MISSING
        if below is MISSING and not mark.optional:
            raise _unknown(mark, depth, value)
        value = below
    return MISSING if mark.optional and value is None else value


def _unknown(mark: Mark, depth: int, value: Any) -> Problem:
    known = sorted(str(key) for key in value) if isinstance(value, Mapping) else []
    before = ".".join(mark.parts[:depth])
    within = f"'{before}' has {choice(known, 'and')}" if before else f"known are {choice(known)}"
    return Problem(
        f"nothing is known as ${{{mark.name}}}; {within}", "", guess(mark.parts[depth], known)
    )


def _written(mark: Mark, value: Any) -> str:
    if mark.encoding in MOMENTS or isinstance(value, datetime):
        return _moment(mark, value)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        raise Problem(f"${{{mark.name}}} cannot be written into a text; it is {kind(value)}")
    return text if mark.encoding in (None, NUMBER) else ENCODINGS[mark.encoding](text)


def _moment(mark: Mark, value: Any) -> str:
    write = MOMENTS.get(mark.encoding or "")
    if write is None:
        message = f"${{{mark.name}}} is a moment; expected it written as {choice(MOMENTS)}"
        raise Problem(message, "", f"${{{mark.name}|date}}")
    if not isinstance(value, datetime):
        raise Problem(f"${{{mark.name}}} is no moment, so it cannot be written as {mark.encoding}")
    return write(value)


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[str | Mark, ...]:
    if "${" not in template:
        return (template,)
    parts: list[str | Mark] = []
    end = 0
    for found in _MARK.finditer(template):
        parts.append(template[end : found.start()])
        parts.append(_mark(found))
        end = found.end()
    parts.append(template[end:])
    return tuple(part for part in parts if part != "")


def _mark(found: re.Match[str]) -> Mark:
    if not found.group(2):
        raise Problem("a placeholder is not closed; expected '}' after '${'")
    form = _FORM.fullmatch(found.group(1))
    if form is None:
        raise Problem(
            f"'${{{found.group(1)}}}' is no placeholder; expected ${{name}}, ${{name.part}}, "
            "${name?} or ${name|encoding}"
        )
    name, optional, encoding = form.groups()
    known = (*ENCODINGS, *MOMENTS, NUMBER)
    if encoding is not None and encoding not in known:
        message = f"'{encoding}' is no encoding; expected {choice(known)}"
        raise Problem(message, "", guess(encoding, known))
    return Mark(name, bool(optional), encoding)
