"""Which keys an OpenAPI document may have, and whether its schemas are valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from harness.document.messages import dotted, guess, kind
from harness.document.reader import Document, Pointer, Problem
from harness.spec.provenance import BY_NAME, CONTRARY, IN_LISTS, SINGLE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

KEYS: Mapping[str, frozenset[str]] = {
    "document": _words(
        "openapi info jsonSchemaDialect servers paths webhooks components security tags "
        "externalDocs"
    ),
    "components": _words(
        "schemas responses parameters examples requestBodies headers securitySchemes links "
        "callbacks pathItems"
    ),
    "path": frozenset(("summary", "description", "servers", "parameters", *METHODS)),
    "operation": _words(
        "tags summary description externalDocs operationId parameters requestBody responses "
        "callbacks deprecated security servers"
    ),
    "parameter": _words(
        "name in description required deprecated allowEmptyValue style explode allowReserved "
        "schema example examples content"
    ),
    "request body": frozenset(("description", "content", "required")),
    "response": frozenset(("description", "headers", "content", "links")),
    "media type": frozenset(("schema", "example", "examples", "encoding")),
}

_ONE = SINGLE | CONTRARY
_WORDS = (
    _ONE
    | BY_NAME
    | IN_LISTS
    | _words(
        "$ref $id $schema $anchor $dynamicRef $dynamicAnchor $comment type enum const multipleOf "
        "maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
        "minItems uniqueItems maxContains minContains maxProperties minProperties required "
        "dependentRequired title description default deprecated readOnly writeOnly examples format "
        "contentEncoding contentMediaType discriminator xml externalDocs example"
    )
)


def check_schema(document: Document, node: Any, pointer: Pointer) -> Iterator[Problem]:
    """Yield what keeps the node at the pointer from being a JSON Schema of draft 2020-12.

    An unknown keyword is a mistake, since a misspelt one checks nothing.
    """
    misspelt = list(_unknown(document, node, pointer))
    yield from misspelt
    if not misspelt and isinstance(node, dict):
        try:
            jsonschema_rs.meta.validate(node)
        except (jsonschema_rs.ValidationError, ValueError) as error:
            below = (*pointer, *getattr(error, "instance_path", ()))
            message = getattr(error, "message", str(error))
            yield document.problem(f"the schema is malformed: {message}", below)


def _unknown(document: Document, node: Any, pointer: Pointer) -> Iterator[Problem]:
    if isinstance(node, bool):
        return
    if not isinstance(node, dict):
        message = f"{dotted(pointer[-2:])}: expected a schema, saw {kind(node)}"
        yield document.problem(message, pointer)
        return
    for key, item in node.items():
        below = (*pointer, key)
        if key not in _WORDS and not key.startswith("x-"):
            message = f"unknown key '{key}' in a schema"
            yield document.problem(message, below, guess(key, _WORDS))
        elif key in _ONE:
            yield from _unknown(document, item, below)
        elif key in BY_NAME and isinstance(item, dict):
            for name, inner in item.items():
                yield from _unknown(document, inner, (*below, name))
        elif key in IN_LISTS and isinstance(item, list):
            for index, inner in enumerate(item):
                yield from _unknown(document, inner, (*below, index))
