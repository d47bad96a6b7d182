"""What a specification says of one place in a response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.pointer import find, split
from harness.model.operation import Operation, Provenance, Responses, Specification
from harness.spec.provenance import mark_of, weaker

_HOPS_MAX = 16
_BESIDE = ("allOf", "anyOf", "oneOf")


def place_in_response(
    specification: Specification, operation: str, status: int, pointer: str
) -> Provenance | None:
    """Return how it is known that something stands at a pointer, None where nothing declares it.

    `*` in the pointer is each item of a list. All that leads there counts: the operation, the
    answer, and every schema on the way. A status that is not declared is read as its neighbours.
    """
    declared = specification.operations.get(operation)
    known = [
        weaker(responses.provenance, found)
        for responses in (_responses(declared, status) if declared is not None else ())
        for schema in responses.media.values()
        for found in _at(schema, split(pointer), specification.document, 0)
    ]
    # Of several ways that lead there the surest counts.
    return min(known, key=lambda one: one.inferred, default=None)


def _responses(operation: Operation, status: int) -> list[Responses]:
    exact = operation.under(status)
    if exact is not None:
        return [exact]
    return [one for key, one in operation.responses.items() if key[0] == str(status)[0]]


def _at(schema: Any, parts: tuple[str, ...], root: Any, depth: int) -> Iterator[Provenance]:
    if not isinstance(schema, Mapping) or depth > _HOPS_MAX:
        return
    own = mark_of(schema)
    inner = [schema[key] for key in _BESIDE if key in schema]
    beside = [branch for branches in inner for branch in branches]
    if "$ref" in schema:
        beside.append(find(root, str(schema["$ref"])[1:], {}))
    for branch in beside:
        for found in _at(branch, parts, root, depth + 1):
            yield weaker(own, found)
    if not parts:
        if not beside:
            yield own
        return
    first, rest = parts[0], parts[1:]
    item = first == "*" or first.isdigit()
    below = schema.get("items") if item else schema.get("properties", {}).get(first)
    for found in _at(below, rest, root, depth + 1):
        yield weaker(own, found)
