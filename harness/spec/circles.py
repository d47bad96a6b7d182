"""References of a specification that lead in a circle, or that stand for too much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.document.pointer import find, split
from harness.document.reader import Document, Pointer, Problem
from harness.model.operation import Operation
from harness.spec.bundle import mappings
from harness.spec.provenance import BY_NAME, CONTRARY, IN_LISTS, SINGLE

SCHEMAS_MAX = 1_000
"""The most schemas that may describe one value, references written out."""

DEPTH_MAX = 64
"""The most of them of which each is within, or referred to by, another."""

WIDTH_MAX = 500
"""The most schemas of a request, references written out, for which requests are generated."""

_SAME_VALUE = frozenset({"not", "if", "then", "else"})
_SAME_IN_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_SEEN_MOST = 5
_ITEMS_MOST = 4
"""How many items of a list count: a longer one repeats them."""


def faults_of_references(document: Document) -> Iterator[Problem]:
    """Yield the references that lead back to where they stand, and those that stand for too much.

    A schema may refer to itself through a property or the items of a list, as a tree does: each
    level then describes another value. Without one in between it would describe its value by itself
    and be checked for ever. Each step of the search is one reference, each of which is taken once.
    """
    own, below = _of_same_value(document.value)
    sizes: dict[Pointer, int] = {}
    depths: dict[Pointer, int] = {}
    for start in below:
        path: dict[Pointer, int] = {}
        waiting = [(start, False)]
        while waiting:
            at, done = waiting.pop()
            if done:
                del path[at]
                inner = below.get(at, ())
                most = max((sizes[to] for _, to in inner), default=0)
                deepest = max((depths[to] for _, to in inner), default=0)
                size = own[at] + sum(sizes[to] for _, to in inner)
                sizes[at] = min(size, SCHEMAS_MAX + 1)
                steps = ((len(where) - len(at)) // 2 + 1 + depths[to] for where, to in inner)
                depths[at] = max(steps, default=0)
                if sizes[at] > SCHEMAS_MAX >= most or depths[at] > DEPTH_MAX >= deepest:
                    yield _too_many(document, at)
            elif at not in sizes:
                path[at] = len(path)
                sizes[at] = depths[at] = 0  # what leads back here, which is told, counts nothing
                waiting.append((at, True))
                for where, to in below.get(at, ()):
                    if to in path:
                        yield _in_a_circle(document, where, [*list(path)[path[to] :], to])
                    else:
                        waiting.append((to, False))


def is_wide(operation: Operation, root: Any) -> bool:
    """Say whether the request of an operation stands for more than `WIDTH_MAX` schemas."""
    schemas = [parameter.schema for parameter in operation.parameters]
    return stand_for_many([*schemas, {} if operation.body is None else operation.body.schema], root)


def stand_for_many(schemas: Sequence[Any], root: Any) -> bool:
    """Say whether schemas stand for more than `WIDTH_MAX` when their references are written out.

    A reference that leads back to itself is taken twice, and no further where another one is: that
    is how far requests are generated. The search ends with the first schema that is too many.
    """
    opened: Counter[str] = Counter()
    waiting: list[Any] = [*schemas]
    count = 0
    while waiting and count <= WIDTH_MAX:
        node = waiting.pop()
        if isinstance(node, _Closed):
            opened[node.reference] -= 1
            continue
        if not isinstance(node, Mapping):
            continue
        count += 1
        waiting += _inner(node)
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            twice = any(times > 1 for times in opened.values())
            if not (opened[reference] and twice):
                opened[reference] += 1
                waiting += (_Closed(reference), find(root, reference[1:], {}))
    return count > WIDTH_MAX


@dataclass(frozen=True, slots=True)
class _Closed:
    """Says that what a reference stands for has been counted."""

    reference: str


def _inner(node: Mapping[str, Any]) -> Iterator[Any]:
    least = node.get("minItems", 1)
    for key, item in node.items():
        if key in BY_NAME and isinstance(item, Mapping):
            yield from item.values()
        elif key in IN_LISTS and isinstance(item, list):
            yield from item
        elif (key in SINGLE or key in CONTRARY) and isinstance(item, Mapping):
            times = min(least, _ITEMS_MOST) if isinstance(least, int) and key == "items" else 1
            yield from [item] * times


def _of_same_value(
    root: Any,
) -> tuple[Counter[Pointer], Mapping[Pointer, list[tuple[Pointer, Pointer]]]]:
    """Return how many schemas describe the value that a schema does, and those it refers to.

    Both are by the pointer of the schema; those that it refers to come with where the reference is.
    References of parameters, responses and bodies are followed, and told, where these are read.
    """
    own: Counter[Pointer] = Counter()
    below: dict[Pointer, list[tuple[Pointer, Pointer]]] = defaultdict(list)
    for pointer, node in mappings(root):
        reference = node.get("$ref")
        is_schema = "schema" in pointer or pointer[:2] == ("components", "schemas")
        target = _target(reference) if is_schema and isinstance(reference, str) else None
        for at in _around(pointer):
            own[at] += 1
            if target is not None:
                below[at].append(((*pointer, "$ref"), target))
    return own, dict(below)


def _target(reference: str) -> Pointer | None:
    if not reference.startswith("#/"):
        return () if reference == "#" else None
    parts = split(reference[1:])
    # Items of a list have their indexes as numbers.
    return tuple(
        int(part) if before in _SAME_IN_LISTS and part.isdecimal() else part
        for before, part in zip(("", *parts), parts, strict=False)
    )


def _around(pointer: Pointer) -> Iterator[Pointer]:
    """Yield a pointer, and those of the schemas around it that describe the same value."""
    yield pointer
    while len(pointer) > 1:
        last, before = pointer[-1], pointer[-2]
        named = before in BY_NAME
        if isinstance(last, int) and before in _SAME_IN_LISTS:
            pointer = pointer[:-2]
        elif (last in _SAME_VALUE and not named) or before == "dependentSchemas":
            pointer = pointer[: -2 if before == "dependentSchemas" else -1]
        else:
            return
        yield pointer


def _in_a_circle(document: Document, where: Pointer, circle: list[Pointer]) -> Problem:
    names = [str(pointer[-1]) if pointer else "#" for pointer in circle]
    if len(names) > _SEEN_MOST:
        names = [*names[: _SEEN_MOST - 1], "…", names[-1]]
    message = f"the references lead in a circle: {' → '.join(names)}"
    message += "; expected a property or a list between a schema and itself"
    return document.problem(message, where)


def _too_many(document: Document, at: Pointer) -> Problem:
    message = f"one value is described by more than {SCHEMAS_MAX:,} schemas, references written out"
    message += f", or by more than {DEPTH_MAX} one in another"
    return document.problem(message, at, "refer to fewer schemas in allOf, anyOf and oneOf")
