"""Which generated values a server must handle, and how reports name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.engine.property.mutation import REMOVED, Edit, Path, RepeatItems
from harness.engine.property.request_schema import RequestSchema

_IDENTIFIER = re.compile(
    r"(^|_)(id|ids|code|no|number|ident|uid|userid|sku|token)$|[a-z](Id|Ids|Code|No)$"
)
# A number beyond this may be refused for being absurd, whatever its schema says.
_NUMBER_MAX = 1_000_000


def values(value: Any, path: Path) -> Iterator[Edit]:
    """Yield the values of a request one by one; a list counts as one."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from values(item, (*path, str(key)))
    elif len(path) > 1:
        yield path, value


def sendable(path: Path, value: Any) -> bool:
    """Return whether a request can carry the value there and still reach its operation."""
    if value is REMOVED:
        return path[0] != "path"
    if not _writable(value):
        return False
    if path[0] == "path":
        text = str(value)
        return text not in ("", ".", "..") and "/" not in text and text.isprintable()
    if path[0] == "header":
        text = str(value)
        return text.isascii() and text.isprintable() and text == text.strip()
    return True


def _writable(value: Any) -> bool:
    """Return whether JSON can carry the value: integers have 64 bits."""
    if isinstance(value, Mapping):
        return all(_writable(item) for item in value.values())
    if isinstance(value, list):
        return all(_writable(item) for item in value)
    return not isinstance(value, int) or -(2**63) <= value < 2**64


def ordinary(schema: RequestSchema, path: Path, value: Any) -> bool:
    """Return whether a correct server has no reason of its own to refuse the value.

    A made-up identifier or date names nothing, and some texts and numbers are absurd.
    """
    if value is REMOVED:
        return True
    if isinstance(value, list):
        return all(ordinary(schema, (*path, "*"), item) for item in value)
    if isinstance(value, Mapping):
        return all(ordinary(schema, (*path, str(key)), item) for key, item in value.items())
    if isinstance(value, bool) or value is None or schema.is_choice(path):
        return True
    if isinstance(value, str):
        name = next((key for key in reversed(path) if key != "*"), "").removesuffix("[]")
        free = not schema.has_format(path) and not _IDENTIFIER.search(name)
        return free and value.isprintable()
    if isinstance(value, float):
        return 0.01 <= abs(value) <= _NUMBER_MAX and round(value, 2) == value
    return isinstance(value, int) and abs(value) <= _NUMBER_MAX


def longest(body: Any) -> int:
    """Return the length of the longest list in a body."""
    if isinstance(body, Mapping):
        return max((longest(item) for item in body.values()), default=0)
    return len(body) if isinstance(body, list) else 0


def part_name(path: Path) -> str:
    """Return a field as check ids name it: its keys with dots, without the items of lists."""
    return ".".join(key for key in path[1:] if key != "*") or (path[0] if path else "")


def describe_value(value: Any) -> str:
    """Return an invalid value as text for a report, empty if it was removed."""
    if value is REMOVED:
        return ""
    text = f"{value.count} items" if isinstance(value, RepeatItems) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
