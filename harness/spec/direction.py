"""Schemas as they hold in one direction: `readOnly` is never sent, `writeOnly` never expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.document.pointer import find
from harness.spec.provenance import BY_NAME, CONTRARY, IN_LISTS, SINGLE

_HOPS_MAX = 16
_BESIDE = ("allOf", "anyOf", "oneOf")
_BRANCHES = ("oneOf", "anyOf")
_WORDS = frozenset({"readOnly", "writeOnly", "discriminator"})

BRANCH_NAME = "x-branch-name"
"""The mark of an enumeration that a discriminator implies and no schema declares."""

Schema = Mapping[str, Any]


def as_sent(root: Schema) -> Direction:
    """Return the schemas of a document for what is sent: without their `readOnly` properties."""
    return Direction(root, "readOnly")


def as_received(root: Schema) -> Direction:
    """Return the schemas of a document for what is received: `writeOnly` ones may be missing."""
    return Direction(root, "writeOnly")


def _is_directed(node: Any) -> bool:
    """Say whether anything below a node holds in one direction only, or has a discriminator."""
    if isinstance(node, dict):
        return not _WORDS.isdisjoint(node) or any(map(_is_directed, node.values()))
    return isinstance(node, list) and any(map(_is_directed, node))


@dataclass(frozen=True)
class Direction:
    """The schemas of a document as they hold one way.

    root   the document that references start from
    mark   the keyword of what does not go this way
    """

    root: Schema
    mark: str

    @cached_property
    def _has_marks(self) -> bool:
        return _is_directed(self.root)

    def schema(self, node: Any) -> Any:
        """Return a schema as it holds this way; its components are those of `components`."""
        return self._schema(node) if self._has_marks or _is_directed(node) else node

    def components(self) -> dict[str, Any]:
        """Return the components of the document, with their schemas as they hold this way."""
        components = dict(self.root.get("components", {}))
        schemas = components.get("schemas")
        if isinstance(schemas, Mapping):
            components["schemas"] = {name: self.schema(one) for name, one in schemas.items()}
        return components

    @property
    def _sends(self) -> bool:
        return self.mark == "readOnly"

    def _schema(self, node: Any, around: frozenset[str] = frozenset(), depth: int = 0) -> Any:
        """Return a schema; `around` are the properties that schemas around it leave out."""
        if not isinstance(node, Mapping) or depth > _HOPS_MAX:
            return node
        gone = around | self._marked(node)
        made: dict[str, Any] = {}
        for key, item in node.items():
            if key == "properties":
                kept = {n: i for n, i in item.items() if not (self._sends and n in gone)}
                made[key] = {name: self._schema(inner) for name, inner in kept.items()}
            elif key == "required" and isinstance(item, list):
                made[key] = [name for name in item if name not in gone]
            elif key in _BESIDE:
                made[key] = [self._schema(branch, gone, depth + 1) for branch in item]
            elif key in IN_LISTS:
                made[key] = [self._schema(inner) for inner in item]
            elif key in BY_NAME and isinstance(item, Mapping):
                made[key] = {name: self._schema(inner) for name, inner in item.items()}
            elif key in SINGLE or key in CONTRARY:
                made[key] = self._schema(item)
            else:
                made[key] = item
        made = self._discriminated(node, made)
        target = self._target(node)
        if target is not None and self._asks_for(target, gone - self._marked(target)):
            # What is referred to asks for a property that only the schema around it leaves out.
            del made["$ref"]
            made["allOf"] = [*made.get("allOf", ()), self._schema(target, gone, depth + 1)]
        return made

    def _discriminated(self, node: Schema, made: dict[str, Any]) -> dict[str, Any]:
        """Return a schema whose discriminator decides, so that its branches may overlap."""
        told = node.get("discriminator")
        key = next((key for key in _BRANCHES if key in node), "")
        if not isinstance(told, Mapping) or not key or "propertyName" not in told:
            return made
        names = [_names(branch, told.get("mapping", {})) for branch in node[key]]
        if not all(names):
            return made
        name = told["propertyName"]
        tags = [{"enum": one, BRANCH_NAME: True} for one in names]
        named = [{"required": [name], "properties": {name: tag}} for tag in tags]
        if self._sends:
            both = zip(made[key], named, strict=True)
            return {**made, key: [{"allOf": [branch, one]} for branch, one in both]}
        pairs = zip(made[key], named, strict=True)
        rules = [{"if": one, "then": branch} for branch, one in pairs]
        # A value that names no branch is judged as if nothing had to name one.
        rest = {"if": {"anyOf": named}, "else": {key: made[key]}}
        others = {word: item for word, item in made.items() if word != key}
        return {**others, "allOf": [*made.get("allOf", ()), *rules, rest]}

    def _marked(self, node: Schema) -> frozenset[str]:
        return frozenset(
            name
            for beside in self._beside(node)
            for name, inner in beside.get("properties", {}).items()
            if any(one.get(self.mark) is True for one in self._beside(inner))
        )

    def _asks_for(self, node: Schema, names: frozenset[str]) -> bool:
        return any(not names.isdisjoint(one.get("required", ())) for one in self._beside(node))

    def _target(self, node: Schema) -> Schema | None:
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        target = find(self.root, reference[1:], None)
        return target if isinstance(target, Mapping) else None

    def _beside(self, node: Any, depth: int = 0) -> Iterator[Schema]:
        """Yield a schema and those that describe the same value."""
        if not isinstance(node, Mapping) or depth > _HOPS_MAX:
            return
        yield node
        yield from self._beside(self._target(node), depth + 1)
        for key in _BESIDE:
            for branch in node.get(key, ()):
                yield from self._beside(branch, depth + 1)


def _names(branch: Any, mapping: Mapping[str, str]) -> list[str]:
    """Return the values of a discriminator that name a branch, none for one without a name."""
    reference = branch.get("$ref") if isinstance(branch, Mapping) else None
    if not isinstance(reference, str):
        return []
    name = reference.rpartition("/")[2]
    return [value for value, target in mapping.items() if target in (reference, name)] or [name]
