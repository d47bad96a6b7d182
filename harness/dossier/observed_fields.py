"""Which fields the responses of a run contained, compared with those their schemas declare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.document.pointer import find
from harness.model.operation import Specification
from harness.wire.redact.needle import HIDDEN

Node = Mapping[str, Any]
Response = tuple[str, int, Any]
"""Operation, status and decoded body of one response."""

_COMPONENT = "#/components/schemas/"
_ITEMS_MAX = 50
_DEPTH_MAX = 16
_VALUES_MAX = 6
_VALUE_CHARACTERS_MAX = 24
_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
}


@dataclass(slots=True)
class ObservedField:
    """One field as observed: in how many objects, with which types and which few text values."""

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: set[str] = field(default_factory=set)


@dataclass(slots=True)
class ObservedSchema:
    """One schema as observed in responses.

    `objects` maps the pointer of an object to how often it occurred; `declared` and `undeclared`
    map the pointers of fields that the schema declares, and of those it does not.
    """

    objects: Counter[str] = field(default_factory=Counter)
    declared: dict[str, ObservedField] = field(default_factory=dict)
    undeclared: dict[str, ObservedField] = field(default_factory=dict)

    def objects_around(self, pointer: str) -> int:
        """Return how many objects could have contained the field at a pointer."""
        return self.objects[pointer.rpartition("/")[0]]


def observed_fields(
    specification: Specification, responses: Iterable[Response]
) -> dict[str, ObservedSchema]:
    """Return what responses contained, by component of the schema, else by operation and status."""
    found: dict[str, ObservedSchema] = defaultdict(ObservedSchema)
    collector = _Collector(specification.document, found)
    for operation, status, value in responses:
        declared = specification.operations.get(operation)
        under = None if declared is None else declared.under(status)
        for schema in under.media.values() if under is not None else ():
            if schema is not None:
                collector.value(schema, value, f"{operation} {status}", "", 0)
    return found


@dataclass(frozen=True, slots=True)
class _Collector:
    root: Node
    found: dict[str, ObservedSchema]

    def value(self, schema: Any, value: Any, owner: str, pointer: str, depth: int) -> None:
        """Count the fields of a value under the component that its schema comes from."""
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
        observed = self.found[owner]
        observed.objects[pointer] += 1
        known = {
            name: inner for node in nodes for name, inner in node.get("properties", {}).items()
        }
        open_ = any("additionalProperties" in node or "properties" not in node for node in nodes)
        for name, item in value.items():
            at = f"{pointer}/{name}"
            if name in known:
                _count(observed.declared, at, item)
                self.value(known[name], item, owner, at, depth + 1)
            elif known or not open_:
                _count(observed.undeclared, at, item)

    def _nodes(self, schema: Node, value: Any, depth: int) -> Iterator[tuple[str, Node]]:
        """Yield the schema and those that apply with it, each with its component name, if any."""
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
        """Say whether a branch is likely the one that the value is meant to match."""
        if "$ref" in branch:
            branch = find(self.root, str(branch["$ref"])[1:], {})
        kinds = branch.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        kind = _type(value)
        if kinds and kind not in kinds and not (kind == "integer" and "number" in kinds):
            return False
        held = value if isinstance(value, Mapping) else {}
        return all(
            held.get(name) == inner["const"]
            for name, inner in branch.get("properties", {}).items()
            if isinstance(inner, Mapping) and "const" in inner
        )


def _count(fields: dict[str, ObservedField], pointer: str, value: Any) -> None:
    seen = fields.setdefault(pointer, ObservedField())
    seen.count += 1
    hidden = isinstance(value, str) and value.startswith(HIDDEN)
    seen.types["hidden" if hidden else _type(value)] += 1
    if isinstance(value, str) and not hidden and len(seen.values) <= _VALUES_MAX:
        seen.values.add(value if len(value) <= _VALUE_CHARACTERS_MAX else "…")


def values_of(seen: ObservedField) -> tuple[str, ...]:
    """Return the few text values of a field, none where there are many or long ones."""
    few = len(seen.values) <= _VALUES_MAX and "…" not in seen.values
    return tuple(sorted(seen.values)) if few and seen.count > len(seen.values) else ()


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "object")
