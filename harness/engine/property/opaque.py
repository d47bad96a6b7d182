"""Values that only the server makes, such as cursors: no request may hold one that is made up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.engine.property.declared_fields import DeclaredFields
from harness.model.binding import Binding
from harness.model.operation import Operation, Specification, only_reads

_PAGE = re.compile("cursor|token|page|continu|marker|bookmark|scroll|next|after|before", re.I)
_SHAPED = frozenset({"enum", "const", "pattern", "format", "contentEncoding"})


def opaque_names(
    binding: Binding, specification: Specification, operation: Operation
) -> frozenset[str]:
    """Return the fields and parameters of an operation whose values only the server makes.

    They are those that the binding names, those that a link of the specification takes out of a
    response, and what names a page where the operation's own responses name the next one: a free
    text such as cursor or page_token, which no request has to have.
    """
    declared = DeclaredFields(operation, specification)
    found = set(binding.opaque) | set(_linked(specification, operation))
    if only_reads(operation, binding.verbs_of(operation.id)):
        responses = [
            schema
            for status, under in operation.responses.items()
            if status.startswith("2")
            for schema in under.media.values()
            if schema is not None
        ]
        held = {_bare(n) for schema in responses for n in _texts(declared, schema, False)}
        asked = set(_texts(declared, declared.body, True))
        asked |= {
            one.name
            for one in declared.parameters.values()
            if one.place == "query" and not one.required and _is_free_text(declared, one.schema)
        }
        found |= {n for n in asked if _PAGE.search(n) and _is_told(_bare(n), held)}
    return frozenset(found)


def _linked(specification: Specification, operation: Operation) -> Iterator[str]:
    """Yield the parameters of an operation that links take out of the bodies of responses."""
    for link in _links(specification.document):
        if link.get("operationId") == operation.id:
            for name, value in link.get("parameters", {}).items():
                if isinstance(value, str) and value.startswith("$response."):
                    yield name.rpartition(".")[2]


def _links(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        links = node.get("links")
        if isinstance(links, Mapping):
            yield from (link for link in links.values() if isinstance(link, Mapping))
        for item in node.values():
            yield from _links(item)
    elif isinstance(node, list):
        for item in node:
            yield from _links(item)


def _texts(declared: DeclaredFields, schema: Any, optional: bool) -> Iterator[str]:
    """Yield the names of free texts of a schema, of the objects in it too; each schema once."""
    waiting, seen = [schema], set[int]()
    while waiting:
        nodes = [node for node in declared.nodes(waiting.pop()) if id(node) not in seen]
        seen.update(map(id, nodes))
        required = {name for node in nodes for name in node.get("required", ())}
        for node in nodes:
            waiting.append(node.get("items"))
            for name, inner in node.get("properties", {}).items():
                waiting.append(inner)
                if _is_free_text(declared, inner) and not (optional and name in required):
                    yield name


def _is_told(name: str, held: Iterable[str]) -> bool:
    """Return whether a response names it, or the next one of it: next_page_token, page_token."""
    return any(other in (name, f"next{name}") for other in held)


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_free_text(declared: DeclaredFields, schema: Any) -> bool:
    nodes = list(declared.nodes(schema))
    plain = declared.kinds(schema) - {"null"} == {"string"}
    return plain and all(_SHAPED.isdisjoint(node) for node in nodes)
