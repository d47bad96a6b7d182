"""Which keys an OpenAPI document may have, and whether its schemas and marks are valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from harness.document.messages import choice, dotted, guess, kind
from harness.document.reader import Document, Pointer, Problem
from harness.spec.provenance import BASES, BASIS, CONFIDENCE, CONFIDENCES, INFERRED, marked


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
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
)

_ONE = _words(
    "additionalProperties propertyNames unevaluatedProperties items contains unevaluatedItems not "
    "if then else contentSchema"
)
_NAMED = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs"))
_LISTED = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_WORDS = (
    _ONE
    | _NAMED
    | _LISTED
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
        elif key in _NAMED and isinstance(item, dict):
            for name, inner in item.items():
                yield from _unknown(document, inner, (*below, name))
        elif key in _LISTED and isinstance(item, list):
            for index, inner in enumerate(item):
                yield from _unknown(document, inner, (*below, index))


def faults_of_marks(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the marks of provenance in a specification."""
    for pointer, node in marked(document.value):
        basis, confidence, inferred = node.get(BASIS), node.get(CONFIDENCE), node.get(INFERRED, {})
        at_basis, at_confidence = (*pointer, BASIS), (*pointer, CONFIDENCE)
        if BASIS in node and basis not in BASES:
            message = f"{BASIS}: expected {choice(BASES)}, saw '{basis}'"
            yield document.problem(message, at_basis, guess(basis, BASES))
        elif basis == "inferred" and confidence is None:
            message = f"what is inferred needs {CONFIDENCE}; expected {choice(CONFIDENCES)}"
            yield document.problem(message, at_basis)
        elif confidence is not None and basis != "inferred":
            yield document.problem(f"{CONFIDENCE} is only for what is inferred", at_confidence)
        elif confidence is not None and confidence not in CONFIDENCES:
            message = f"{CONFIDENCE}: expected {choice(CONFIDENCES)}, saw '{confidence}'"
            yield document.problem(message, at_confidence, guess(confidence, CONFIDENCES))
        if not isinstance(inferred, Mapping):
            message = f"{INFERRED}: expected keywords with a confidence each, saw {kind(inferred)}"
            yield document.problem(message, (*pointer, INFERRED))
            continue
        for keyword, confidence in inferred.items():
            at = (*pointer, INFERRED, keyword)
            if keyword not in node:
                message = f"{INFERRED} names '{keyword}', which is not a keyword of the schema"
                yield document.problem(message, at, guess(keyword, node))
            if confidence not in CONFIDENCES:
                message = f"{INFERRED}.{keyword}: expected {choice(CONFIDENCES)}"
                message += f", saw '{confidence}'"
                yield document.problem(message, at, guess(confidence, CONFIDENCES))
