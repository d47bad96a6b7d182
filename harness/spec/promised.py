"""What the responses of an operation promise to hold at a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.pointer import find, split
from harness.model.operation import Specification
from harness.spec.provenance import BESIDE

# More references than this lead in a circle.
_HOPS_MAX = 16
_OPEN = frozenset({"additionalProperties", "patternProperties", "unevaluatedProperties", "if"})


@dataclass(frozen=True, slots=True)
class Promised:
    """Whether some response promises a place, or the schemas leave it open.

    `known` are the names that are promised where the place is neither promised nor open.
    """

    promised: bool = False
    open: bool = False
    known: tuple[str, ...] = ()


def promised_at(specification: Specification, operation: str, pointer: str) -> Promised:
    """Return what the responses of an operation promise at a pointer, under any status."""
    parts = split(pointer)
    told: _Told = {}
    found = [
        _at(schema, parts, specification.document, told)
        for responses in specification.operations[operation].responses.values()
        for schema in (responses.media.values() or (None,))
    ]
    if any(one.promised for one in found):
        return Promised(promised=True)
    if not found or any(one.open for one in found):
        return Promised(open=True)
    return Promised(known=tuple(sorted({name for one in found for name in one.known})))


_Told = dict[tuple[int, int], Promised]
"""What schemas promise so far, by their ids and how many parts of the pointer are left.

Alternatives often share what stands below them, so that each is asked once.
"""


def _at(schema: Any, parts: tuple[str, ...], root: Mapping[str, Any], told: _Told) -> Promised:
    key = (id(schema), len(parts))
    if key not in told:
        told[key] = _promised(schema, parts, root, told)
    return told[key]


def _promised(
    schema: Any, parts: tuple[str, ...], root: Mapping[str, Any], told: _Told
) -> Promised:
    if not parts:
        return Promised(promised=True)
    nodes = list(_beside(schema, root, 0))
    item = parts[0].isdigit() or parts[0] == "*"
    below: list[Any] = []
    known: set[str] = set()
    says = False
    for node in nodes:
        properties = node.get("properties", {})
        known.update(properties)
        says |= "properties" in node or "items" in node or node.get("type") in _PLAIN
        if parts[0] in properties:
            below.append(properties[parts[0]])
        elif item:
            below += [node["items"]] if "items" in node else []
            below += node.get("prefixItems", ())
    found = [_at(one, parts[1:], root, told) for one in below]
    if any(one.promised for one in found):
        return Promised(promised=True)
    free = any(node.get(key) not in (None, False) for node in nodes for key in _OPEN)
    if any(one.open for one in found) or (not found and (free or not says)):
        return Promised(open=True)
    deeper = {name for one in found for name in one.known}
    return Promised(known=tuple(sorted(deeper if found else known)))


_PLAIN = ("string", "integer", "number", "boolean", "null")


def _beside(schema: Any, root: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield a schema with those that describe the same value."""
    if not isinstance(schema, Mapping) or depth > _HOPS_MAX:
        return
    yield schema
    if "$ref" in schema:
        yield from _beside(find(root, str(schema["$ref"])[1:], {}), root, depth + 1)
    for key in BESIDE:
        for branch in schema.get(key, ()):
            yield from _beside(branch, root, depth + 1)
