"""The operations of a document, as far as a guess about them needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.document.pointer import find
from harness.scaffold.fields import Schema, fields_of, flat, words
from harness.scaffold.source import Source, operations

_HOPS = 16


@dataclass(frozen=True, slots=True)
class Outline:
    """One operation: its words, its parameters, and the schemas of its body and of a success.

    `body` is the media type's part of the document, with a schema and perhaps examples. `located`
    says that a success declares the header Location, `open` that it needs no credentials.
    """

    id: str
    method: str
    path: str
    title: str
    parameters: tuple[Schema, ...]
    media_type: str
    body: Schema
    success: Schema
    located: bool
    open: bool

    @property
    def words(self) -> frozenset[str]:
        """The words of its name, its path and its summary."""
        return frozenset(words(f"{self.id} {self.path} {self.title}"))

    def named(self) -> frozenset[str]:
        """Return the words of its name and of the end of its path, which say the most."""
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        return frozenset(words(" ".join([self.id, *parts[-1:]])))


def outlines(source: Source) -> tuple[Outline, ...]:
    """Return all operations of a document."""
    return tuple(_outlines(source.document))


def _outlines(root: Mapping[str, Any]) -> Iterator[Outline]:
    for path, method, node in operations(root):
        shared = root["paths"][path].get("parameters", [])
        both = (*_resolved(shared, root), *_resolved(node.get("parameters"), root))
        known = {(one.get("in"), one.get("name")): one for one in both}
        content = _resolve(node.get("requestBody", {}), root).get("content", {})
        media_type = next((kind for kind in content if "json" in kind), next(iter(content), ""))
        response = _success(node.get("responses", {}), root)
        security = node.get("security", root.get("security", []))
        yield Outline(
            id=node["operationId"],
            method=method.upper(),
            path=path.partition("#")[0],
            title=str(node.get("summary", "")),
            parameters=tuple(known.values()),
            media_type=media_type,
            body=content.get(media_type) or {},
            success=_schema(response),
            located=any(name.lower() == "location" for name in response.get("headers", {})),
            open=not security or {} in security,
        )


def _success(responses: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first response that reports a success, an empty one where none is declared."""
    known = sorted(responses) if isinstance(responses, Mapping) else []
    named = [status for status in known if status.startswith("2")] or ["default"]
    return _resolve(responses.get(named[0], {}), root) if known else {}


def _schema(response: Mapping[str, Any]) -> Schema:
    """Return the schema of a JSON response."""
    for kind, media in response.get("content", {}).items():
        if "json" in kind and isinstance(media, Mapping):
            schema: Schema = media.get("schema") or {}
            return schema
    return {}


def _resolved(nodes: Any, root: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for node in nodes if isinstance(nodes, list) else ():
        yield _resolve(node, root)


def _resolve(node: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part itself, which a reference may name."""
    for _ in range(_HOPS):
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(reference, str):
            break
        node = find(root, reference[1:], {})
    return {**node} if isinstance(node, Mapping) else {}


def inputs(one: Outline, root: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield the place, the name and the flat schema of each parameter and field of a request."""
    for parameter in one.parameters:
        name, form = str(parameter.get("name")), flat(parameter.get("schema"), root)
        yield str(parameter.get("in")), name, form
    for _, field, schema, _ in fields_of(one.body.get("schema"), root):
        yield "body", field, schema
