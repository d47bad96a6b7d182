"""Paths to the values of a request, and edits that change them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.document.pointer import MISSING
from harness.wire.message.body import file_content, with_content
from harness.wire.request import Draft

Path = tuple[str, ...]
"""Where a value stands: path, query, header, cookie or body, then keys; `*` is any item."""


REMOVED: Final = MISSING
"""What an edit writes to remove a value, and what stands where there is none."""


@dataclass(frozen=True, slots=True)
class RepeatItems:
    """What an edit writes to bring a list to `count` items by repeating its own."""

    count: int


Edit = tuple[Path, Any]


def edited(base: Draft, edits: Sequence[Edit], rows: int = 0, columns: bool = False) -> Draft:
    """Return the draft with its lists brought to `rows` items and then the edits made."""
    parts = parts_of(base)
    if rows and columns and isinstance(base.body, Mapping):
        parts["body"] = {key: cycled(item, rows) for key, item in base.body.items()}
    for path, value in edits:
        parts = put(parts, path, value)
    return replace(
        base,
        path=parts["path"],
        query=parts["query"],
        headers=parts["header"],
        cookies=parts["cookie"],
        body=parts.get("body"),
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
        # A file keeps its name and type.
        file = isinstance(new, str | bytes) and file_content(value) is not None
        return with_content(value, new) if file and isinstance(value, Mapping) else new
    key, below = path[0], path[1:]
    removing = new is REMOVED and not below
    if key == "*":
        items = list(value) if isinstance(value, list) else []
        if not items:
            return items if new is REMOVED else [put({} if below else None, below, new)]
        return items[1:] if removing else [put(items[0], below, new), *items[1:]]
    kept = dict(value) if isinstance(value, Mapping) else {}
    if removing:
        kept.pop(key, None)
    elif key in kept or new is not REMOVED:
        kept[key] = put(kept.get(key), below, new)
    return kept


def parts_of(draft: Draft) -> dict[str, Any]:
    """Return the values of a draft by where they stand: path, query, header, cookie or body."""
    return {
        "path": draft.path,
        "query": draft.query,
        "header": draft.headers,
        "cookie": draft.cookies,
        "body": draft.body,
    }


def value_at(draft: Draft, path: Path) -> Any:
    """Return the value of a draft at the path, REMOVED if there is none."""
    return at(parts_of(draft), path)


def at(value: Any, path: Path) -> Any:
    """Return what stands under the keys, REMOVED when nothing does; `*` is the first item."""
    for key in path:
        if key == "*" and isinstance(value, list) and value:
            value = value[0]
        elif key != "*" and isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return REMOVED
    return value


def values(value: Any, path: Path = ()) -> Iterator[Edit]:
    """Yield the values of a request one by one; a list counts as one."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from values(item, (*path, str(key)))
    elif len(path) > 1:
        yield path, value


def part_name(path: Path) -> str:
    """Return a field as check ids name it: its keys with dots, without the items of lists."""
    return ".".join(key for key in path[1:] if key != "*") or (path[0] if path else "")


def describe_value(value: Any) -> str:
    """Return an invalid value as text for a report, empty if it was removed."""
    if value is REMOVED:
        return ""
    text = f"{value.count} items" if isinstance(value, RepeatItems) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
