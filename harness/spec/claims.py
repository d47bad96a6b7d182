"""The statements of a specification, part by part, each with its provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.model.operation import STATED, Provenance, Specification
from harness.spec.parts import METHODS
from harness.spec.provenance import BASIS, BESIDE, INFERRED, mark_of, reached, weaker

OPERATION, PARAMETER, RESPONSE, FIELD = "operation", "parameter", "response", "field"
SOURCE = "x-source"


@dataclass(frozen=True, slots=True)
class Statement:
    """One part of a specification that carries a mark of provenance.

    `kind`: operation, parameter, response or field.
    `owner`: the operation or component that declares it.
    `name`: the path, the parameter, the status, or the pointer of the field within the owner.
    `inferred_keywords`: keywords of its schema that are inferred although the part is not.
    `operations`: those that use the part.
    `title`: its purpose, where the specification states it.
    `required`: whether the object that it is in must contain it.
    """

    kind: str
    owner: str
    name: str
    provenance: Provenance
    source: str
    inferred_keywords: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    title: str = ""
    required: bool = True


def statements(specification: Specification) -> tuple[Statement, ...]:
    """Return the parts of a specification that carry a mark, each shared part once."""
    root = specification.document
    users = _users(specification)
    found: dict[tuple[str, str, str], Statement] = {}
    for one in (*_marked_operations(specification), *_components(root), *_inline(specification)):
        known = replace(one, operations=tuple(users.get(one.owner, ())) or (one.owner,))
        found.setdefault((one.kind, one.owner, one.name), known)
    return tuple(found.values())


def _marked_operations(specification: Specification) -> Iterator[Statement]:
    for path, item, method, node in _operations(specification):
        if BASIS not in item and BASIS not in node:
            continue
        operation = specification.operations[node["operationId"]]
        sources = dict.fromkeys(one[SOURCE] for one in (item, node) if one.get(SOURCE))
        name = f"{method.upper()} {path.partition('#')[0]}"
        source, title = "; ".join(sources), operation.title
        yield Statement(OPERATION, operation.id, name, operation.provenance, source, title=title)


def _operations(
    specification: Specification,
) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
    for path, item in specification.document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, item, method, item[method]


def _components(root: Mapping[str, Any]) -> Iterator[Statement]:
    components = root.get("components", {})
    for name, node in components.get("parameters", {}).items():
        yield from _parameter(name, node)
    for name, node in components.get("responses", {}).items():
        yield from _response(name, "", node)
    for name, schema in components.get("schemas", {}).items():
        yield from _fields(name, schema)


def _inline(specification: Specification) -> Iterator[Statement]:
    """Yield what operations declare inline, without a component."""
    for _, item, _, node in _operations(specification):
        name = node["operationId"]
        for parameter in (*item.get("parameters", ()), *node.get("parameters", ())):
            yield from _parameter(name, parameter)
        for media in node.get("requestBody", {}).get("content", {}).values():
            yield from _fields(f"{name} request", media.get("schema"))
        for status, response in node.get("responses", {}).items():
            if not isinstance(response, Mapping) or "$ref" in response:
                continue
            yield from _response(name, status, response)
            for media in response.get("content", {}).values():
                yield from _fields(f"{name} {status}", media.get("schema"))


def _response(owner: str, status: str, node: Mapping[str, Any]) -> Iterator[Statement]:
    if BASIS in node:
        title, source = str(node.get("description", "")).rstrip("."), node.get(SOURCE, "")
        yield Statement(RESPONSE, owner, status, mark_of(node), source, title=title)


def _parameter(owner: str, node: Mapping[str, Any]) -> Iterator[Statement]:
    if BASIS in node:
        inferred = tuple(node.get("schema", {}).get(INFERRED, ()))
        name = f"{node.get('in')} {node.get('name')}"
        yield Statement(PARAMETER, owner, name, mark_of(node), node.get(SOURCE, ""), inferred)


def _fields(
    owner: str,
    schema: Any,
    pointer: str = "",
    above: Provenance = STATED,
    required: bool = True,
) -> Iterator[Statement]:
    """Yield a schema and the fields below it, without those of the components it refers to."""
    if not isinstance(schema, Mapping):
        return
    known = weaker(above, mark_of(schema))
    if BASIS in schema or INFERRED in schema:
        inferred = tuple(schema.get(INFERRED, ()))
        source = schema.get(SOURCE, "")
        yield Statement(FIELD, owner, pointer, known, source, inferred, required=required)
    for name, inner in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield from _fields(owner, inner, f"{pointer}/{name}", known, needed)
    if "items" in schema:
        yield from _fields(owner, schema["items"], f"{pointer}/*", known)
    for key in BESIDE:
        for branch in schema.get(key, ()):
            yield from _fields(owner, branch, pointer, known)


def _users(specification: Specification) -> dict[str, list[str]]:
    """Return the operations that refer to each component, directly or through others."""
    users: dict[str, list[str]] = {}
    for _, item, _, node in _operations(specification):
        shared = {"parameters": item.get("parameters", ())}
        found = reached({**shared, **node}, specification.document)
        for name in sorted({reference.rpartition("/")[2] for reference in found}):
            users.setdefault(name, []).append(node["operationId"])
    return users
