"""Provenance: which parts of a specification are stated by the vendor and which are inferred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from harness.document.messages import choice, guess, kind
from harness.document.pointer import find, split
from harness.document.reader import Document, Pointer, Problem
from harness.model.operation import STATED, Body, Parameter, Provenance, Responses, Specification

Part = TypeVar("Part", Parameter, Body, Responses)

BASIS = "x-basis"
"""The basis of a node and of all below it, unless one below has its own."""
CONFIDENCE = "x-confidence"
"""The confidence in an inferred node."""
INFERRED = "x-inferred"
"""Keywords of a schema that are inferred although the rest is not, each with its confidence."""

BASES = ("documented", "example", "published", "inferred")
CONFIDENCES = ("high", "medium", "low")
_DOUBT = {"medium": 1, "low": 2}

# Keywords of a schema that hold schemas: by name, in a list, or one alone.
BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
IN_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SINGLE = frozenset({"items", "additionalProperties", "propertyNames", "contentSchema"})
CONTRARY = frozenset(
    {"not", "if", "then", "else", "contains", "unevaluatedProperties", "unevaluatedItems"}
)
"""Keywords that would ask for more instead of less without an inferred part inside them."""
_VALUES = frozenset({"example", "examples", "const", "enum", "default"})

BESIDE = ("allOf", "anyOf", "oneOf")
"""Keywords whose schemas describe the same value as the schema that has them."""


def mark_of(node: Any) -> Provenance:
    """Return the provenance that a node carries; one without a mark is stated."""
    if not isinstance(node, Mapping) or BASIS not in node:
        return STATED
    return Provenance(str(node[BASIS]), str(node.get(CONFIDENCE, "")))


def weaker(*provenances: Provenance) -> Provenance:
    """Return the provenance of what depends on all of these, outermost first.

    It is inferred, with the least confidence, if any of them is; otherwise the last one counts.
    """
    inferred = [one for one in provenances if one.inferred]
    if inferred:
        return max(inferred, key=lambda one: _DOUBT.get(one.confidence, 0))
    return next((one for one in reversed(provenances) if one != STATED), STATED)


def with_provenance(part: Part, known: Provenance) -> Part:
    """Return a part of an operation with a provenance no better than that of the operation."""
    return replace(part, provenance=weaker(known, part.provenance))


def stated_specification(specification: Specification) -> Specification:
    """Return the specification without its inferred parts: a violation of it is the vendor's.

    One without a mark is returned unchanged.
    """
    document = specification.document
    if not any(marked(document)):
        return specification
    components = document.get("components", {})
    schemas = {name: stated(schema) for name, schema in components.get("schemas", {}).items()}
    operations = {
        name: replace(
            operation,
            parameters=tuple(map(_parameter, operation.parameters)),
            body=None if operation.body is None else _body(operation.body),
        )
        for name, operation in specification.operations.items()
    }
    document = {**document, "components": {**components, "schemas": schemas}}
    return replace(specification, operations=operations, document=document)


def _parameter(parameter: Parameter) -> Parameter:
    if parameter.provenance.inferred:
        return replace(parameter, required=parameter.place == "path", schema={})
    inferred = "required" in parameter.schema.get(INFERRED, {})
    required = parameter.required and (parameter.place == "path" or not inferred)
    return replace(parameter, required=required, schema=stated(parameter.schema))


def _body(body: Body) -> Body:
    if body.provenance.inferred:
        return replace(body, required=False, schema={})
    return replace(body, schema=stated(body.schema))


def stated(schema: Any) -> Any:
    """Return a schema that asks for what the vendor states and nothing else.

    An inferred part may have any value, or be missing. A `oneOf` becomes an `anyOf`, as branches
    without their inferred parts may overlap.
    """
    if not isinstance(schema, Mapping):
        return schema
    if mark_of(schema).inferred:
        return {}
    made: dict[str, Any] = {}
    for key, item in schema.items():
        if key in schema.get(INFERRED, {}):
            continue
        if key in BY_NAME:
            made[key] = {name: stated(inner) for name, inner in item.items()}
        elif key in IN_LISTS:
            made[key] = [stated(inner) for inner in item]
        elif key in SINGLE:
            made[key] = stated(item)
        elif key not in CONTRARY or not (any(marked(item)) or "$ref" in str(item)):
            made[key] = item
    if "oneOf" in made:
        made["allOf"] = [*made.get("allOf", []), {"anyOf": made.pop("oneOf")}]
    if "if" not in made:
        made = {key: item for key, item in made.items() if key not in ("then", "else")}
    if "required" in made:
        properties = schema.get("properties", {})
        made["required"] = [n for n in made["required"] if not mark_of(properties.get(n)).inferred]
    return made


def infers_responses(specification: Specification, operation: str) -> bool:
    """Say whether anything about the responses of an operation is inferred."""
    declared = specification.operations[operation]
    responses = declared.responses.values()
    parts = [declared.closed, *(one.provenance for one in responses)]
    schemas = [schema for one in responses for schema in one.media.values()]
    return _any_inferred(parts, schemas, specification.document)


def infers_request(specification: Specification, operation: str) -> bool:
    """Say whether anything about the request of an operation is inferred."""
    declared = specification.operations[operation]
    inputs: list[Parameter | Body] = list(declared.parameters)
    if declared.body is not None:
        inputs.append(declared.body)
    parts = [declared.provenance, *(one.provenance for one in inputs)]
    return _any_inferred(parts, [one.schema for one in inputs], specification.document)


def _any_inferred(parts: Iterable[Provenance], schemas: Iterable[Any], root: Any) -> bool:
    """Say whether a part is inferred, or a part of a schema or of one that it refers to."""
    return any(part.inferred for part in parts) or any(
        INFERRED in node or mark_of(node).inferred
        for schema in schemas
        for one in (schema, *(find(root, name[1:], {}) for name in reached(schema, root)))
        for _, node in marked(one)
    )


def provenance_at(
    specification: Specification, operation: str, status: int, pointer: str
) -> Provenance | None:
    """Return the provenance of a place in a response, None where nothing declares it.

    `*` in the pointer is each item of a list. It depends on the operation, the response and every
    schema on the way; of several ways that lead there a stated one counts. A status that is not
    declared is taken for the others of its class.
    """
    declared = specification.operations.get(operation)
    if declared is None:
        return None
    exact = declared.under(status)
    near = [one for key, one in declared.responses.items() if key[0] == str(status)[0]]
    root, told = specification.document, set[_Told]()
    known = [
        found
        for responses in (near if exact is None else [exact])
        for schema in responses.media.values()
        for found in _at(schema, split(pointer), root, responses.provenance, told)
    ]
    return min(known, key=lambda one: one.inferred, default=None)


_Told = tuple[int, int, Provenance]
"""A schema, by its id, with how many parts of a pointer are left and what holds around it."""


def _at(
    schema: Any, parts: tuple[str, ...], root: Any, around: Provenance, told: set[_Told]
) -> Iterator[Provenance]:
    """Yield the provenance of a place on each way there, of ways through one schema only one."""
    key = (id(schema), len(parts), around)
    if not isinstance(schema, Mapping) or key in told:
        return
    told.add(key)
    own = weaker(around, mark_of(schema))
    beside = [branch for key in BESIDE for branch in schema.get(key, ())]
    if "$ref" in schema:
        beside.append(find(root, str(schema["$ref"])[1:], {}))
    ways = [(branch, parts) for branch in beside]
    if parts:
        item = parts[0] == "*" or parts[0].isdigit()
        below = schema.get("items") if item else schema.get("properties", {}).get(parts[0])
        ways.append((below, parts[1:]))
    elif not beside:
        yield own
    for inner, rest in ways:
        yield from _at(inner, rest, root, own, told)


def marked(node: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    """Yield every node that carries a mark, with its pointer."""
    for at, inner in _mappings(node, pointer):
        if {BASIS, CONFIDENCE, INFERRED} & inner.keys():
            yield at, inner


def references(node: Any) -> Iterator[tuple[Pointer, str]]:
    """Yield every `$ref` below a node, with its pointer."""
    for at, inner in _mappings(node, ()):
        if isinstance(inner.get("$ref"), str):
            yield (*at, "$ref"), inner["$ref"]


def reached(node: Any, root: Any) -> set[str]:
    """Return the references below a node, and those below what they refer to."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for _, reference in references(waiting.pop()):
            if reference.startswith("#/") and reference not in found:
                found.add(reference)
                waiting.append(find(root, reference[1:], {}))
    return found


def _mappings(node: Any, pointer: Pointer) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    """Yield every mapping below a node that is not within a value, with its pointer."""
    if isinstance(node, Mapping):
        yield pointer, node
        for key, item in node.items():
            if key not in _VALUES or (pointer and pointer[-1] == "properties"):
                yield from _mappings(item, (*pointer, str(key)))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _mappings(item, (*pointer, index))


def faults_of_marks(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the marks of provenance in a specification."""
    for pointer, node in marked(document.value):
        basis, confidence, inferred = node.get(BASIS), node.get(CONFIDENCE), node.get(INFERRED, {})
        at_basis, at_confidence = (*pointer, BASIS), (*pointer, CONFIDENCE)
        if BASIS in node and basis not in BASES:
            yield from _one_of(document, basis, BASES, at_basis, BASIS)
        elif basis == "inferred" and confidence is None:
            message = f"what is inferred needs {CONFIDENCE}; expected {choice(CONFIDENCES)}"
            yield document.problem(message, at_basis)
        elif confidence is not None and basis != "inferred":
            yield document.problem(f"{CONFIDENCE} is only for what is inferred", at_confidence)
        elif confidence is not None:
            yield from _one_of(document, confidence, CONFIDENCES, at_confidence, CONFIDENCE)
        if not isinstance(inferred, Mapping):
            message = f"{INFERRED}: expected keywords with a confidence each, saw {kind(inferred)}"
            yield document.problem(message, (*pointer, INFERRED))
            continue
        for keyword, confidence in inferred.items():
            at = (*pointer, INFERRED, keyword)
            if keyword not in node:
                message = f"{INFERRED} names '{keyword}', which is not a keyword of the schema"
                yield document.problem(message, at, guess(keyword, node))
            yield from _one_of(document, confidence, CONFIDENCES, at, f"{INFERRED}.{keyword}")


def _one_of(
    document: Document, value: Any, options: tuple[str, ...], at: Pointer, what: str
) -> Iterator[Problem]:
    if value not in options:
        message = f"{what}: expected {choice(options)}, saw '{value}'"
        yield document.problem(message, at, guess(value, options))
