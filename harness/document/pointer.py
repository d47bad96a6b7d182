"""JSON pointers: the way to one value inside a response."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from harness.document.messages import choice, kind


class Missing(Enum):
    """The type of `MISSING`, which no JSON value can equal."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def find(value: Any, pointer: str, default: Any = MISSING) -> Any:
    """Return what the pointer names inside the value, or the default when nothing is there.

    The empty pointer names the whole value. Raises ValueError for a text that is not a pointer.
    """
    for part in split(pointer):
        value = _down(value, part)
        if value is MISSING:
            return default
    return value


def every(value: Any, pointer: str) -> list[Any]:
    """Return all values at a pointer in which `*` stands for each item of a list."""
    first, star, rest = pointer.partition("/*")
    found = find(value, first, MISSING)
    if not star:
        return [] if found is MISSING else [found]
    items = found if isinstance(found, list) else []
    return [inner for item in items for inner in every(item, rest)]


def look(value: Any, pointer: str) -> Any:
    """Return what the pointer names inside the value.

    Raises LookupError that says how far the pointer led, and ValueError for a text that is no
    pointer. No value is shown, only keys and kinds.
    """
    walked = ""
    for part in split(pointer):
        below = _down(value, part)
        if below is MISSING:
            raise LookupError(f"nothing at {pointer}: {walked or 'the whole'} is {_form(value)}")
        value = below
        walked += f"/{part.replace('~', '~0').replace('/', '~1')}"
    return value


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped parts of a pointer; raises ValueError for a text that is none."""
    if not pointer:
        return ()
    if pointer[0] != "/":
        raise ValueError(f"'{pointer}' is not a JSON pointer, which is empty or begins with '/'")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def _down(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, list | tuple) and part.isascii() and part.isdigit():
        plain = part == "0" or part[0] != "0"
        if plain and len(part) < 10 and int(part) < len(value):
            return value[int(part)]
    return MISSING


def _form(value: Any) -> str:
    if isinstance(value, Mapping) and value:
        return f"a mapping of {choice(value, 'and')}"
    return f"a list of {len(value)}" if isinstance(value, list | tuple) else kind(value)
