"""The parts of the operations of an OpenAPI document: parameters, bodies, responses, schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.document.messages import PROBLEMS_MAX, choice, guess, kind
from harness.document.pointer import MISSING, find, split
from harness.document.reader import Document, Pointer, Problem, refuse
from harness.model.operation import Body, Parameter, Responses
from harness.spec.form import form_fields
from harness.spec.provenance import mark_of
from harness.spec.schema_faults import faults_of_schema


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
    "encoding": frozenset(("contentType", "headers", "style", "explode", "allowReserved")),
    "media type": frozenset(("schema", "example", "examples", "encoding")),
}

Part = tuple[Any, Pointer]
"""A node of the document, or what is in its place, with its pointer."""

STYLES: Mapping[str, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
"""The styles of a parameter in each place, the usual one first."""

_PLACES = tuple(STYLES)
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
_HOPS = 16  # no honest chain of references is longer


@dataclass(frozen=True, slots=True)
class PartReader:
    """Reads parts of one document, and gathers the problems of all that it reads."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def report(self, message: str, pointer: Pointer, hint: str = "") -> None:
        """Keep a problem at the pointer."""
        self.keep(self.document.problem(message, pointer, hint))

    def keep(self, problem: Problem) -> None:
        """Keep a problem; raises `Problems` with all of them where there are too many to go on."""
        self.problems.append(problem)
        if len(self.problems) > PROBLEMS_MAX:
            refuse(self.problems)

    def keys(self, form: str, node: Mapping[str, Any], pointer: Pointer) -> None:
        """Report the keys that a node of this form may not have."""
        known = sorted(KEYS[form])
        for key in node:
            if key not in known and not key.startswith("x-"):
                message = f"unknown key '{key}' in a {form}"
                self.keep(self.document.unknown(message, (*pointer, key), key, known))

    def mapping(self, node: Any, pointer: Pointer, what: str) -> dict[str, Any]:
        """Return the node if it is a mapping, otherwise report it and return an empty one."""
        if isinstance(node, dict):
            return node
        self.report(f"{what}: expected a mapping, saw {kind(node)}", pointer)
        return {}

    def items(self, node: Mapping[str, Any], key: str, pointer: Pointer) -> Iterator[Part]:
        """Yield the items of a list below a key."""
        listed = node.get(key, [])
        if not isinstance(listed, list):
            self.report(f"{key}: expected a list, saw {kind(listed)}", (*pointer, key))
            return
        yield from ((item, (*pointer, key, index)) for index, item in enumerate(listed))

    def resolve(self, node: Any, pointer: Pointer, what: str) -> tuple[dict[str, Any], Pointer]:
        """Follow `$ref` to the mapping it names; an empty one stands in for what is missing."""
        for _ in range(_HOPS):
            mapping = self.mapping(node, pointer, what)
            reference = mapping.get("$ref")
            if not isinstance(reference, str):
                return mapping, pointer
            node = referenced(self.document.value, reference)
            if node is MISSING:
                return {}, pointer  # it is reported where all references are checked
            pointer = split(reference[1:])
        self.report(f"{what}: the references lead in a circle", pointer)
        return {}, pointer

    def parameters(self, own: list[Part], shared: list[Part]) -> tuple[Parameter, ...]:
        """Return the parameters of an operation: its own, and those of its path that it keeps."""
        found: dict[tuple[str, str], Parameter] = {}
        for level in (shared, own):
            seen: set[tuple[str, str]] = set()
            for raw, pointer in level:
                parameter = self.parameter(raw, pointer)
                if parameter is None:
                    continue
                key = (parameter.place, parameter.name)
                if key in seen:
                    self.report(f"the {key[0]} parameter '{key[1]}' is a duplicate", pointer)
                seen.add(key)
                found[key] = parameter
        return tuple(found.values())

    def parameter(self, raw: Any, origin: Pointer) -> Parameter | None:
        """Return one parameter, None where it is malformed."""
        node, pointer = self.resolve(raw, origin, "a parameter")
        if not node:
            return None
        self.keys("parameter", node, pointer)
        name, place = node.get("name"), node.get("in")
        if not isinstance(name, str) or place not in _PLACES:
            saw = "nothing" if place is None else f"'{place}'"
            message = f"a parameter needs a name, and `in` of {choice(_PLACES)}; saw {saw}"
            self.report(message, pointer, guess(place, _PLACES))
            return None
        required = node.get("required") is True
        if place == "path" and not required:
            self.report(f"the path parameter '{name}' is not `required: true`", pointer)
        schema, how = _written(self, node, str(place), pointer)
        return Parameter(name, str(place), required, schema, mark_of(node), **how)

    def body(self, operation: Mapping[str, Any], origin: Pointer) -> Body | None:
        """Return the request body of an operation; of several media types the first counts."""
        if "requestBody" not in operation:
            return None
        below = (*origin, "requestBody")
        node, pointer = self.resolve(operation["requestBody"], below, "requestBody")
        if not node:
            return None
        self.keys("request body", node, pointer)
        media = self.media(node, pointer)
        if not media:
            self.report("a request body needs content; expected a media type", pointer)
            return None
        media_type, schema = next(iter(media.items()))
        given = _encoding(self, node["content"][media_type], (*pointer, "content", media_type))
        fields = form_fields(media_type, schema, given, self.document.value)
        required = node.get("required") is True
        return Body(media_type, required, schema or {}, mark_of(node), fields)

    def responses(self, operation: Mapping[str, Any], origin: Pointer) -> dict[str, Responses]:
        """Return the responses of an operation by their status."""
        below = (*origin, "responses")
        listed = self.mapping(operation.get("responses", {}), below, "responses")
        if not listed:
            self.report("an operation needs responses; expected at least one status", origin)
        responses: dict[str, Responses] = {}
        for status, raw in listed.items():
            if status.startswith("x-"):
                continue
            if not _STATUS.fullmatch(status):
                message = f"'{status}' is no status; expected such as 200, 4XX or default"
                self.report(message, (*below, status), guess(status, ("default",)))
                continue
            node, pointer = self.resolve(raw, (*below, status), f"the response {status}")
            self.keys("response", node, pointer)
            responses[status] = Responses(status, self.media(node, pointer), mark_of(node))
        return responses

    def media(self, node: Mapping[str, Any], origin: Pointer) -> dict[str, Any]:
        """Return the schemas of a body or response by media type, None where one is missing."""
        below = (*origin, "content")
        media: dict[str, Any] = {}
        for media_type, raw in self.mapping(node.get("content", {}), below, "content").items():
            pointer = (*below, media_type)
            form = self.mapping(raw, pointer, media_type)
            self.keys("media type", form, pointer)
            media[media_type] = self.schema(form.get("schema"), (*pointer, "schema"))
        return media

    def schema(self, node: Any, pointer: Pointer) -> Mapping[str, Any] | None:
        """Return a schema as a mapping, None where there is none."""
        if node is None:
            return None
        for problem in faults_of_schema(self.document, node, pointer):
            self.keep(problem)
        if isinstance(node, dict):
            return dict(node)
        return {"not": {}} if node is False else {}


def _written(
    reader: PartReader, node: Mapping[str, Any], place: str, pointer: Pointer
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the schema of a parameter, and the fields that say how it is written."""
    schema, media_type = reader.schema(node.get("schema"), (*pointer, "schema")), ""
    if "content" in node:
        media_type, schema = next(iter(reader.media(node, pointer).items()), ("", None))
    style = node.get("style", STYLES[place][0])
    if style not in STYLES[place]:
        message = f"a {place} parameter has no style '{style}'; expected {choice(STYLES[place])}"
        reader.report(message, (*pointer, "style"), guess(style, STYLES[place]))
        style = STYLES[place][0]
    return schema or {}, {
        "style": style,
        "explode": node.get("explode", style in ("form", "deepObject")) is True,
        "reserved": node.get("allowReserved") is True,
        "media_type": media_type,
    }


def _encoding(reader: PartReader, form: Mapping[str, Any], pointer: Pointer) -> dict[str, Any]:
    """Return how a media type says that the fields of a form are written, by name."""
    below = (*pointer, "encoding")
    given = reader.mapping(form.get("encoding", {}), below, "encoding")
    for name, how in given.items():
        reader.keys("encoding", reader.mapping(how, (*below, name), name), (*below, name))
    return given


def referenced(root: Any, reference: str) -> Any:
    """Return what a `$ref` names within its document, `MISSING` where it names nothing there.

    Other files are followed before (`bundle`).
    """
    local = reference == "#" or reference.startswith("#/")
    return find(root, reference[1:]) if local else MISSING
