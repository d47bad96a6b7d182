"""JSON pointers: the path to a value within another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final


class Missing(Enum):
    """The type of `MISSING`, which no JSON value can equal."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def find(value: Any, pointer: str, default: Any = MISSING) -> Any:
    """Return the value at a pointer, or the default where there is none.

    The empty pointer names the whole value. Raises ValueError for a text that is not a pointer.
    """
    for part in split(pointer):
        value = _child(value, part)
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


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped parts of a pointer; raises ValueError for other texts."""
    if not pointer:
        return ()
    if pointer[0] != "/":
        raise ValueError(f"'{pointer}' is not a JSON pointer, which is empty or begins with '/'")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def _child(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, list | tuple) and part.isascii() and part.isdigit():
        plain = part == "0" or part[0] != "0"
        if plain and len(part) < 10 and int(part) < len(value):
            return value[int(part)]
    return MISSING
