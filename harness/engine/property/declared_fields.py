"""What an operation declares of each field of its request, without those of credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from harness.model.operation import Operation, Parameter, Specification
from harness.spec.credentials import own_parameters, resolved, without_auth
from harness.spec.direction import BRANCH_NAME, as_sent
from harness.spec.provenance import INFERRED, mark_of

# More references than this lead in a circle.
_HOPS_MAX = 16

_DEPTH_MAX = 8
_FORMATS = frozenset({"format", "pattern", "contentMediaType", "contentEncoding"})
_KINDS: Mapping[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    type(None): "null",
}

Node = Mapping[str, Any]


class DeclaredFields:
    """The schemas of one operation's parameters and body.

    A path names a field: path, query, header, cookie or body, then keys; `*` is any item of a list.
    """

    def __init__(self, operation: Operation, specification: Specification) -> None:
        self.operation = operation
        self._root: Node = specification.document
        own_words: Node = {"components": without_auth(self._root.get("components", {}), self._root)}
        self._document: Node = {"components": as_sent(own_words).components()}
        own = own_parameters(operation, self._root)
        self.parameters: Mapping[tuple[str, str], Parameter] = {(p.place, p.name): p for p in own}

    @cached_property
    def body(self) -> Node:
        """The schema of the body, empty when anything goes."""
        declared = self.operation.body
        if declared is None:
            return {}
        own: Node = as_sent(self._root).schema(without_auth(declared.schema, self._root))
        return own

    def names_a_branch(self, path: tuple[str, ...]) -> bool:
        """Return whether the field is a discriminator whose values no schema enumerates."""
        told = [node for node in self._nodes_at(path) if "enum" in node or "const" in node]
        if told or path[0] != "body":
            return bool(told) and all(BRANCH_NAME in node for node in told)
        # The schemas that extend the one with the discriminator name themselves.
        around = (node for one in self.schemas_of(path[1:-1]) for node in self.nodes(one))
        named = (node.get("discriminator", {}).get("propertyName") for node in around)
        return path[-1] in named

    def declares(self, path: tuple[str, ...]) -> bool:
        """Return whether the operation declares the field."""
        return bool(self._nodes_at(path))

    def is_choice(self, path: tuple[str, ...]) -> bool:
        """Return whether the field is an enumeration or a constant."""
        nodes = [*self._nodes_at(path), *self._nodes_at((*path, "*"))]
        return any("enum" in node or "const" in node for node in nodes)

    def has_format(self, path: tuple[str, ...]) -> bool:
        """Return whether a format, a pattern or a kind of content is declared for the text."""
        return any(not _FORMATS.isdisjoint(node) for node in self._nodes_at(path))

    def is_inferred(self, path: tuple[str, ...]) -> bool:
        """Return whether the field, or one around it, is only inferred."""
        in_body = path[0] == "body"
        part = self.operation.body if in_body else self._parameter_at(path)
        around = [
            node
            for end in range(1 if in_body else 2, len(path) + 1)
            for node in self._nodes_at(path[:end])
        ]
        return (
            (part is not None and part.provenance.inferred)
            or any(INFERRED in node for node in self._nodes_at(path))
            or any(mark_of(node).inferred for node in around)
        )

    def _parameter_at(self, path: tuple[str, ...]) -> Parameter | None:
        place, name = path[:2]
        for (other, known), parameter in self.parameters.items():
            same = known == name or (place == "header" and known.lower() == name.lower())
            if place == other and same:
                return parameter
        return None

    def _nodes_at(self, path: tuple[str, ...]) -> list[Node]:
        if path[0] == "body":
            schemas: list[Node] = self.schemas_of(path[1:])
        elif (parameter := self._parameter_at(path)) is not None:
            schemas = [{"allOf": self.schemas_of(path[2:], parameter.schema)}]
        else:
            return []
        return [node for schema in schemas for node in self.nodes(schema)]

    def bounds(self, path: tuple[str, ...]) -> tuple[int | float | None, int | float | None]:
        """Return the bounds a field of the body names, its own or those of its items."""
        nodes = [*self._nodes_at(path), *self._nodes_at((*path, "*"))]
        low = [node["minimum"] for node in nodes if "minimum" in node]
        high = [node["maximum"] for node in nodes if "maximum" in node]
        return max(low, default=None), min(high, default=None)

    def alternatives(self) -> frozenset[tuple[str, ...]]:
        """Return the fields that some way of writing the body needs and another does without."""
        return frozenset(self._alternatives(self.body, ("body",)))

    def _alternatives(
        self, schema: Node, path: tuple[str, ...], around: tuple[int, ...] = ()
    ) -> Iterator[tuple[str, ...]]:
        # A schema within itself is asked once more, as generated requests go no further.
        own = id(resolved(schema, self._document)) if isinstance(schema, Mapping) else 0
        if len(path) > _DEPTH_MAX + 1 or around.count(own) > 1:
            return
        around = (*around, own)
        for node in self.nodes(schema):
            for branch in (*node.get("anyOf", []), *node.get("oneOf", [])):
                for part in self.nodes(branch):
                    for name in (*part.get("required", []), *part.get("properties", {})):
                        yield (*path, name)
            for name, child in node.get("properties", {}).items():
                yield from self._alternatives(child, (*path, name), around)
            if isinstance(node.get("items"), Mapping):
                yield from self._alternatives(node["items"], (*path, "*"), around)

    def kinds(self, schema: Node) -> frozenset[str]:
        """Return every type the schema names, in whichever branch."""
        found: set[str] = set()
        for node in self.nodes(schema):
            declared = node.get("type", [])
            found.update([declared] if isinstance(declared, str) else declared)
            constants = [*node.get("enum", []), *([node["const"]] if "const" in node else [])]
            found.update(_KINDS.get(type(value), "object") for value in constants)
        return frozenset(found)

    def nodes(self, schema: Any, depth: int = 0) -> Iterator[Node]:
        """Yield the schema and those beside it: what it refers to and its branches."""
        if not isinstance(schema, Mapping) or depth > _HOPS_MAX:
            return
        yield schema
        if "$ref" in schema:
            yield from self.nodes(resolved(schema, self._document), depth + 1)
        branches = [branch for key in ("anyOf", "oneOf", "allOf") for branch in schema.get(key, [])]
        for branch in (*branches, *map(schema.get, ("if", "then", "else"))):
            yield from self.nodes(branch, depth + 1)

    def schemas_of(self, keys: tuple[str, ...], schema: Node | None = None) -> list[Node]:
        """Return the schemas that speak of the value under these keys of the body."""
        found = [self.body if schema is None else schema]
        for key in keys:
            below = (
                node.get("items") if key == "*" else node.get("properties", {}).get(key)
                for schema in found
                for node in self.nodes(schema)
            )
            # Alternatives may share a schema, which then speaks once.
            children = {id(child): child for child in below if isinstance(child, Mapping)}
            found = list(children.values())
        return found
