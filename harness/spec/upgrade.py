"""OpenAPI 3.0 documents as OpenAPI 3.1 says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.spec.bundle import NAMED, VALUES
from harness.spec.provenance import BY_NAME, CONTRARY, IN_LISTS, SINGLE

VERSION = "3.1.0"

Convert = Callable[[dict[str, Any]], dict[str, Any]]


def upgraded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.0 document as 3.1: the same operations with schemas of draft 2020-12.

    A schema with `nullable` allows null, wherever it stands: beside a type, an enumeration, a
    reference or a composition. A true `exclusiveMinimum` becomes the number itself, `example` the
    list `examples`. What 3.0 ignores beside a `$ref` is left out.
    """
    return {**with_schemas(document, _schema), "openapi": VERSION}


def with_schemas(node: Any, convert: Convert, name: str = "", above: str = "") -> Any:
    """Return a document with each of its schemas converted, inner ones first."""
    if isinstance(node, list):
        return [with_schemas(item, convert, "", name) for item in node]
    if not isinstance(node, Mapping):
        return node
    made: dict[str, Any] = {}
    for key, item in node.items():
        if name not in NAMED and (key in VALUES or key.startswith("x-")):
            made[key] = item
        elif key == "schema":
            made[key] = _converted(item, convert)
        elif (key == "schemas" and name == "components") or (key == "definitions" and not name):
            made[key] = {each: _converted(schema, convert) for each, schema in item.items()}
        else:
            made[key] = with_schemas(item, convert, key, name)
    return made


def _converted(node: Any, convert: Convert) -> Any:
    if not isinstance(node, Mapping):
        return node
    made: dict[str, Any] = {}
    for key, item in node.items():
        if key in BY_NAME and isinstance(item, Mapping):
            made[key] = {name: _converted(inner, convert) for name, inner in item.items()}
        elif key in IN_LISTS and isinstance(item, list):
            made[key] = [_converted(inner, convert) for inner in item]
        elif key in SINGLE or key in CONTRARY:
            made[key] = _converted(item, convert)
        else:
            made[key] = item
    return convert(made)


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    nullable = node.get("nullable") is True
    if "$ref" in node:
        # 3.0 ignores what stands beside a reference; a nullable there is meant all the same.
        kept = {key: item for key, item in node.items() if key in ("$ref", "description")}
        return _or_null(kept) if nullable else kept
    made = dict(_keywords(node))
    if not nullable:
        return made
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("type"), str):
        return {**made, "type": [made["type"], "null"]}
    return made if "enum" in made else _or_null(made)


def _keywords(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keywords of a 3.0 schema as those of draft 2020-12."""
    for key, item in node.items():
        limit = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(key)
        if key == "nullable":
            continue
        if limit is not None and isinstance(item, bool):
            if item and limit in node:
                yield key, node[limit]
        elif key in ("minimum", "maximum"):
            if node.get(f"exclusive{key.capitalize()}") is not True:
                yield key, item
        elif key == "example":
            yield "examples", [item]
        else:
            yield key, item


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also allows null; what describes the value stays beside the choice."""
    beside = ("title", "description", "examples", "default", "deprecated", "readOnly", "writeOnly")
    outer = {key: item for key, item in node.items() if key in beside or key.startswith("x-")}
    inner = {key: item for key, item in node.items() if key not in outer}
    return {**outer, "anyOf": [inner, {"type": "null"}]} if inner else outer
