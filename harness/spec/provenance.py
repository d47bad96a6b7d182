"""Provenance: which parts of a specification the vendor states, and which are inferred."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from harness.document.messages import choice, guess, kind
from harness.document.pointer import find
from harness.document.reader import Document, Problem
from harness.model.operation import (
    STATED,
    Body,
    Operation,
    Parameter,
    Provenance,
    Responses,
    Specification,
)

Pointer = tuple[str | int, ...]
Part = TypeVar("Part", Parameter, Body, Responses)

BASIS = "x-basis"
"""The basis of a node and of all below it; a node without it has the basis of the one above."""
CONFIDENCE = "x-confidence"
"""The confidence in an inferred node."""
INFERRED = "x-inferred"
"""Keywords of a schema that are inferred although the rest is not, each with its confidence."""

BASES = ("documented", "example", "published", "inferred")
CONFIDENCES = ("high", "medium", "low")

_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_LISTED = frozenset({"allOf", "anyOf", "prefixItems"})
_ONE = frozenset({"items", "additionalProperties", "propertyNames", "contentSchema"})
# With less known inside, these would ask for more instead of less.
_CONTRARY = frozenset(
    {"not", "if", "then", "else", "contains", "unevaluatedProperties", "unevaluatedItems"}
)
_VALUES = frozenset({"example", "examples"})


def mark_of(node: Any) -> Provenance:
    """Return the provenance that a node carries; one without a mark is stated."""
    if not isinstance(node, Mapping) or BASIS not in node:
        return STATED
    return Provenance(str(node[BASIS]), str(node.get(CONFIDENCE, "")))


def weaker(*provenances: Provenance) -> Provenance:
    """Return the provenance of what rests on all of these: inferred if any is, and as unsure.

    If none is inferred the last counts, as it is the nearest.
    """
    inferred = [one for one in provenances if one.inferred]
    if inferred:
        return max(inferred, key=lambda one: _doubt(one.confidence))
    return next((one for one in reversed(provenances) if one != STATED), STATED)


def resting(part: Part, known: Provenance) -> Part:
    """Return a part of an operation as it is known, which is no better than the operation is."""
    return replace(part, provenance=weaker(known, part.provenance))


def _doubt(confidence: str) -> int:
    return CONFIDENCES.index(confidence) if confidence in CONFIDENCES else 0


def stated_specification(specification: Specification) -> Specification:
    """Return the specification without its inferred parts: a violation of it is the vendor's.

    One without a mark is returned unchanged.
    """
    if not any(True for _ in _marked(specification.document, ())):
        return specification
    document = dict(specification.document)
    components = dict(document.get("components", {}))
    components["schemas"] = {
        name: stated(schema) for name, schema in components.get("schemas", {}).items()
    }
    document["components"] = components
    operations = {name: _operation(one) for name, one in specification.operations.items()}
    return replace(specification, operations=operations, document=document)


def _operation(operation: Operation) -> Operation:
    body = operation.body
    return replace(
        operation,
        parameters=tuple(_parameter(parameter) for parameter in operation.parameters),
        body=None if body is None else _body(body),
    )


def _parameter(parameter: Parameter) -> Parameter:
    if parameter.provenance.inferred:
        return replace(parameter, required=parameter.place == "path", schema={})
    unsure = "required" in parameter.schema.get(INFERRED, {})
    required = parameter.required and (parameter.place == "path" or not unsure)
    return replace(parameter, required=required, schema=stated(parameter.schema))


def _body(body: Body) -> Body:
    if body.provenance.inferred:
        return replace(body, required=False, schema={})
    return replace(body, schema=stated(body.schema))


def stated(schema: Any) -> Any:
    """Return a schema that asks for what the vendor states and nothing else.

    What is inferred may be anything, or be missing. Exactly one of several becomes any of them, as
    branches of which less is known may overlap.
    """
    if not isinstance(schema, Mapping):
        return schema
    if mark_of(schema).inferred:
        return {}
    unsure = schema.get(INFERRED, {})
    kept = {key: item for key, item in schema.items() if key not in unsure}
    made: dict[str, Any] = {}
    for key, item in kept.items():
        if key in _NAMED:
            made[key] = {name: stated(inner) for name, inner in item.items()}
        elif key in _LISTED or key == "oneOf":
            made[key] = [stated(inner) for inner in item]
        elif key in _ONE:
            made[key] = stated(item)
        elif key not in _CONTRARY or not _rests_on_inference(item):
            made[key] = item
    if "oneOf" in made:
        made["allOf"] = [*made.get("allOf", []), {"anyOf": made.pop("oneOf")}]
    if "if" not in made:
        made = {key: item for key, item in made.items() if key not in ("then", "else")}
    if "required" in made:
        properties = schema.get("properties", {})
        made["required"] = [n for n in made["required"] if not mark_of(properties.get(n)).inferred]
    return made


def reads_responses(specification: Specification, operation: str) -> bool:
    """Say whether anything about the responses of an operation is inferred."""
    declared = specification.operations[operation]
    if declared.closed.inferred:
        return True
    schemas = [schema for one in declared.responses.values() for schema in one.media.values()]
    inferred = any(one.provenance.inferred for one in declared.responses.values())
    return inferred or any(_reaches_inference(schema, specification.document) for schema in schemas)


def reads_request(specification: Specification, operation: str) -> bool:
    """Say whether anything about how an operation is called is inferred."""
    declared = specification.operations[operation]
    body = declared.body
    parts = [declared.provenance, *(one.provenance for one in declared.parameters)]
    schemas: list[Any] = [one.schema for one in declared.parameters]
    if body is not None:
        parts.append(body.provenance)
        schemas.append(body.schema)
    inferred = any(part.inferred for part in parts)
    return inferred or any(_reaches_inference(schema, specification.document) for schema in schemas)


def _reaches_inference(node: Any, root: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Say whether a schema, or one it refers to, has a part that is inferred."""
    for _, marked in _marked(node, ()):
        if INFERRED in marked or mark_of(marked).inferred:
            return True
    for reference in _references(node):
        if reference not in seen:
            inner = find(root, reference[1:], {})
            if _reaches_inference(inner, root, seen | {reference}):
                return True
    return False


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            yield reference
        for item in node.values():
            yield from _references(item)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _rests_on_inference(node: Any) -> bool:
    return any(True for _ in _marked(node, ())) or "$ref" in str(node)


def _marked(node: Any, pointer: Pointer) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    """Yield every node that carries a mark, with where it stands."""
    if isinstance(node, Mapping):
        if {BASIS, CONFIDENCE, INFERRED} & node.keys():
            yield pointer, node
        for key, item in node.items():
            if key not in _VALUES or (pointer and pointer[-1] == "properties"):
                yield from _marked(item, (*pointer, str(key)))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _marked(item, (*pointer, index))


def faults_of_marks(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the marks of provenance in a specification."""
    for pointer, node in _marked(document.value, ()):
        yield from _faults(document, pointer, node)


def _faults(document: Document, pointer: Pointer, node: Mapping[str, Any]) -> Iterator[Problem]:
    basis, confidence, unsure = node.get(BASIS), node.get(CONFIDENCE), node.get(INFERRED, {})
    if BASIS in node and basis not in BASES:
        message = f"{BASIS}: expected {choice(BASES)}, saw '{basis}'"
        yield Problem(message, document.place((*pointer, BASIS)), guess(basis, BASES))
    elif basis == "inferred" and confidence is None:
        message = f"what is inferred needs {CONFIDENCE}; expected {choice(CONFIDENCES)}"
        yield Problem(message, document.place((*pointer, BASIS)))
    elif confidence is not None and basis != "inferred":
        message = f"{CONFIDENCE} is only for what is inferred"
        yield Problem(message, document.place((*pointer, CONFIDENCE)))
    elif confidence is not None and confidence not in CONFIDENCES:
        message = f"{CONFIDENCE}: expected {choice(CONFIDENCES)}, saw '{confidence}'"
        below = (*pointer, CONFIDENCE)
        yield Problem(message, document.place(below), guess(confidence, CONFIDENCES))
    if not isinstance(unsure, Mapping):
        message = f"{INFERRED}: expected keywords with a confidence each, saw {kind(unsure)}"
        yield Problem(message, document.place((*pointer, INFERRED)))
        return
    for keyword, sure in unsure.items():
        below = (*pointer, INFERRED, keyword)
        if keyword not in node:
            message = f"{INFERRED} names '{keyword}', which is not a keyword of the schema"
            yield Problem(message, document.place(below), guess(keyword, node))
        if sure not in CONFIDENCES:
            message = f"{INFERRED}.{keyword}: expected {choice(CONFIDENCES)}, saw '{sure}'"
            yield Problem(message, document.place(below), guess(sure, CONFIDENCES))
