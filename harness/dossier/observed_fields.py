"""What the responses of a run held, field by field, beside what their schemas declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.document.pointer import find
from harness.model.operation import Specification
from harness.wire.redact import HIDDEN

Node = Mapping[str, Any]
Answered = tuple[str, int, Any]
"""Operation, status and decoded body of one response."""

_COMPONENT = "#/components/schemas/"
_ITEMS_MAX = 50
_DEPTH_MAX = 16
_WORDS_MAX = 6
_WORD_CHARACTERS_MAX = 24


@dataclass(slots=True)
class SeenField:
    """One field as answers held it: in how many objects, as which types, with which few words."""

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sighting:
    """One schema as answers held it.

    `objects` maps the pointer of an object to how often it was seen, `declared` and `strange` the
    pointers of fields that the schema knows, and of those it does not.
    """

    objects: Counter[str] = field(default_factory=Counter)
    declared: dict[str, SeenField] = field(default_factory=dict)
    strange: dict[str, SeenField] = field(default_factory=dict)

    def of(self, pointer: str) -> tuple[int, int]:
        """Return in how many objects a field was seen, and how many could have held it."""
        parent = pointer.rpartition("/")[0]
        seen = self.declared.get(pointer)
        return (seen.count if seen is not None else 0), self.objects[parent]


def sightings(specification: Specification, responses: Iterable[Answered]) -> dict[str, Sighting]:
    """Return what was seen of each schema: by its component, else by operation and status."""
    found: dict[str, Sighting] = {}
    walk = _Walk(specification.document, found)
    for operation, status, value in responses:
        declared = specification.operations.get(operation)
        under = None if declared is None else declared.under(status)
        for schema in under.media.values() if under is not None else ():
            if schema is not None:
                walk.value(schema, value, f"{operation} {status}", "", 0)
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    root: Node
    found: dict[str, Sighting]

    def value(self, schema: Any, value: Any, owner: str, pointer: str, depth: int) -> None:
        """Count what stands in a value, under the component its schema comes from."""
        if not isinstance(schema, Mapping) or depth > _DEPTH_MAX:
            return
        nodes = list(self._nodes(schema, value, 0))
        named = [name for name, _ in nodes if name]
        if named:
            owner, pointer = named[-1], ""
        if isinstance(value, Mapping):
            self._object([node for _, node in nodes], value, owner, pointer, depth)
        elif isinstance(value, list):
            inner = next((node["items"] for _, node in nodes if "items" in node), None)
            for item in value[:_ITEMS_MAX]:
                self.value(inner, item, owner, f"{pointer}/*", depth + 1)

    def _object(self, nodes: list[Node], value: Node, owner: str, pointer: str, depth: int) -> None:
        sighting = self.found.setdefault(owner, Sighting())
        sighting.objects[pointer] += 1
        known: dict[str, Any] = {}
        for node in nodes:
            known.update(node.get("properties", {}))
        open_ = any("additionalProperties" in node or "properties" not in node for node in nodes)
        for name, item in value.items():
            at = f"{pointer}/{name}"
            if name in known:
                _count(sighting.declared, at, item)
                self.value(known[name], item, owner, at, depth + 1)
            elif known or not open_:
                _count(sighting.strange, at, item)

    def _nodes(self, schema: Node, value: Any, depth: int) -> Iterator[tuple[str, Node]]:
        """Yield the schema and those that hold beside it, each with its component if it is one."""
        if depth > _DEPTH_MAX:
            return
        yield "", schema
        reference = str(schema.get("$ref", ""))
        if reference.startswith(_COMPONENT):
            name = reference.removeprefix(_COMPONENT)
            for inner, node in self._nodes(find(self.root, reference[1:], {}), value, depth + 1):
                yield inner or name, node
        for branch in schema.get("allOf", ()):
            yield from self._nodes(branch, value, depth + 1)
        for key in ("oneOf", "anyOf"):
            for branch in schema.get(key, ()):
                if self._fits(branch, value):
                    yield from self._nodes(branch, value, depth + 1)
                    break

    def _fits(self, branch: Node, value: Any) -> bool:
        """Say whether a branch is likely the one that the value was meant to match."""
        if "$ref" in branch:
            branch = find(self.root, str(branch["$ref"])[1:], {})
        kinds = branch.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and _type(value) not in kinds and not ("number" in kinds and _is_number(value)):
            return False
        held = value if isinstance(value, Mapping) else {}
        fixed = {
            name: inner["const"]
            for name, inner in branch.get("properties", {}).items()
            if isinstance(inner, Mapping) and "const" in inner
        }
        return all(held.get(name) == wanted for name, wanted in fixed.items())


def _count(fields: dict[str, SeenField], pointer: str, value: Any) -> None:
    seen = fields.setdefault(pointer, SeenField())
    seen.count += 1
    seen.types["hidden" if value == HIDDEN else _type(value)] += 1
    if isinstance(value, str) and value != HIDDEN and len(seen.words) <= _WORDS_MAX:
        seen.words.add(value if len(value) <= _WORD_CHARACTERS_MAX else "…")


def words_of(seen: SeenField) -> tuple[str, ...]:
    """Return the few words that a field takes, none where there are many or long ones."""
    few = len(seen.words) <= _WORDS_MAX and "…" not in seen.words
    return tuple(sorted(seen.words)) if few and seen.count > len(seen.words) else ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
