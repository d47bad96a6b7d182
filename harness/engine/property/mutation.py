"""Changes single values of a request and leaves the others as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.wire.request import Draft

Path = tuple[str, ...]
"""Where a value stands: path, query, header or body, then keys; `*` is any item of a list."""


class _Removed:
    """The type of REMOVED."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED: Final = _Removed()
"""What an edit writes to remove a value."""


@dataclass(frozen=True, slots=True)
class RepeatItems:
    """What an edit writes to bring a list to `count` items by repeating its own."""

    count: int


Edit = tuple[Path, Any]


def edited(base: Draft, edits: Sequence[Edit], rows: int = 0, columns: bool = False) -> Draft:
    """Return the draft with its lists brought to `rows` items and then the edits made."""
    parts = {place: part_of(base, place) for place in ("path", "query", "header", "body")}
    if rows and columns and isinstance(base.body, Mapping):
        parts["body"] = {key: cycled(item, rows) for key, item in base.body.items()}
    for path, value in edits:
        parts[path[0]] = put(parts[path[0]], path[1:], value)
    return replace(
        base, path=parts["path"], query=parts["query"], headers=parts["header"], body=parts["body"]
    )


def cycled(item: Any, rows: int) -> Any:
    """Return a list with its items over and over up to `rows`, anything else as it is."""
    if not isinstance(item, list) or not item:
        return item
    return [item[index % len(item)] for index in range(rows)]


def put(value: Any, path: Path, new: Any) -> Any:
    """Return a copy of the value with `new` under the keys, or nothing there for REMOVED."""
    if not path:
        if isinstance(new, RepeatItems):
            return cycled(value, new.count)
        return None if new is REMOVED else new
    key, below = path[0], path[1:]
    if key == "*":
        items = list(value) if isinstance(value, list) else []
        if not items:
            return items if new is REMOVED else [put({} if below else None, below, new)]
        if new is REMOVED and not below:
            return items[1:]
        return [put(items[0], below, new), *items[1:]]
    kept = dict(value) if isinstance(value, Mapping) else {}
    if new is REMOVED and not below:
        kept.pop(key, None)
    elif key in kept or new is not REMOVED:
        kept[key] = put(kept.get(key), below, new)
    return kept


def part_of(draft: Draft, place: str) -> Any:
    """Return the values of a draft that stand in path, query, header or body."""
    return {
        "path": draft.path,
        "query": draft.query,
        "header": draft.headers,
        "body": draft.body,
    }[place]


def at(value: Any, path: Path) -> Any:
    """Return what stands under the keys, REMOVED when nothing does; `*` is the first item."""
    for key in path:
        if key == "*":
            if not isinstance(value, list) or not value:
                return REMOVED
            value = value[0]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return REMOVED
    return value
