"""What a caller writes into a request who leaves credentials to the client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.pointer import find
from harness.model.operation import Operation, Parameter

AUTH_MARK = "x-auth"
"""Marks the fields and parameters that credentials fill."""

# More references than this lead in a circle.
_HOPS_MAX = 16

Node = Mapping[str, Any]


def raw_operations(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the operations of a document as they are written, by operationId."""
    for item in root.get("paths", {}).values():
        for node in item.values() if isinstance(item, Mapping) else ():
            if isinstance(node, Mapping) and "operationId" in node:
                yield str(node["operationId"]), node


def without_auth(document: Any, root: Node | None = None) -> Any:
    """Return the document without the fields and parameters marked `x-auth`, nor security.

    What is left says what a caller writes who leaves credentials to the client. `root` is the
    whole document when only a part of it is given.
    """
    root = document if root is None else root
    if isinstance(document, list):
        return [
            without_auth(item, root)
            for item in document
            if not (isinstance(item, Mapping) and _is_marked_parameter(item, root))
        ]
    if not isinstance(document, Mapping):
        return document
    kept = dict(document)
    properties = document.get("properties")
    if isinstance(properties, Mapping):
        gone = {name for name, child in properties.items() if _marked(child, root)}
        kept["properties"] = {k: v for k, v in properties.items() if k not in gone}
        if gone and isinstance(document.get("required"), list):
            kept["required"] = [name for name in document["required"] if name not in gone]
    if "openapi" in document or "operationId" in document:
        kept.pop("security", None)
    kept.pop("securitySchemes", None)
    return {key: without_auth(item, root) for key, item in kept.items()}


def _is_marked_parameter(item: Node, root: Node) -> bool:
    node = resolved(item, root)
    return "in" in node and (_marked(item, root) or _marked(node.get("schema"), root))


def _marked(node: Any, root: Node) -> bool:
    if not isinstance(node, Mapping):
        return False
    return node.get(AUTH_MARK) is True or resolved(node, root).get(AUTH_MARK) is True


def resolved(node: Node, root: Node) -> Node:
    """Return what a local reference leads to, the node itself without one.

    A schema that is true or false says nothing: it leads to an empty one.
    """
    for _ in range(_HOPS_MAX):
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found = find(root, reference[1:], {})
        node = found if isinstance(found, Mapping) else {}
    return node


def own_parameters(operation: Operation, root: Node) -> list[Parameter]:
    """Return the parameters of an operation that the caller writes itself."""
    method = operation.method.lower()
    # Several paths may share one address, so the operation is known by its name.
    named = (
        (*item.get("parameters", []), *item[method].get("parameters", []))
        for item in root.get("paths", {}).values()
        if item.get(method, {}).get("operationId") == operation.id
    )
    nodes = ({**resolved(node, root), **node} for node in next(named, ()))
    raw = {(node.get("in"), node.get("name")): node for node in nodes}
    return [
        one
        for one in operation.parameters
        if not _marked(raw.get((one.place, one.name)), root) and not _marked(one.schema, root)
    ]
