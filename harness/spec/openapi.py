"""OpenAPI 3.1 documents read into specifications."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.document.messages import choice, guess, kind, near
from harness.document.pointer import MISSING, find
from harness.document.reader import Document, Problem, read_document, refuse
from harness.model.operation import Body, Operation, Parameter, Responses, Specification
from harness.spec.keywords import KEYS, METHODS, check_schema
from harness.spec.provenance import faults_of_marks, mark_of, resting, weaker

Pointer = tuple[str | int, ...]

_PLACES = ("path", "query", "header", "cookie")
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
_HOLE = re.compile(r"\{([^}/]+)\}")
_HOPS = 16  # no honest chain of references is longer


def read_specification(path: Path) -> Specification:
    """Return the operations of an OpenAPI 3.1 file, which may be YAML or JSON.

    References of parameters, request bodies and answers are resolved; schemas keep theirs, which
    point into `document`. Of several media types of a request body the first counts. A path may end
    in a fragment, which tells operations with one method and address apart and is never sent. The
    digest is the SHA-256 of the document's values, so comments and layout do not change it. Raises
    `Problem` or `Problems` with every mistake: missing operationId or x-source, unresolved
    references, unknown keys, path names without a parameter, malformed schemas.
    """
    document = read_document(path)
    if not isinstance(document.value, dict):
        saw = kind(document.value)
        raise Problem(f"expected an OpenAPI mapping, saw {saw}", document.place())
    run = _Reading(document)
    run.check_head()
    operations: dict[str, Operation] = {}
    for pointer, method, shared in run.methods():
        operation = run.operation(pointer, method, shared)
        if operation is None:
            continue
        if operation.id in operations:
            first = operations[operation.id]
            run.report(
                f"the operationId '{operation.id}' is a duplicate; "
                f"{first.method} {first.path} has it already",
                (*pointer, "operationId"),
            )
        operations.setdefault(operation.id, operation)
    if not operations and not run.problems:
        run.report("no operation is declared; expected at least one path", ("paths",))
    run.check_references()
    run.check_components()
    run.problems.extend(faults_of_marks(document))
    refuse(run.problems)
    canonical = json.dumps(document.value, sort_keys=True, separators=(",", ":"))
    return Specification(
        title=document.value["info"]["title"],
        operations=operations,
        document=document.value,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of one document, which gathers its problems."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def report(self, message: str, pointer: Pointer, hint: str = "") -> None:
        self.problems.append(Problem(message, self.document.place(pointer), hint))

    def check_head(self) -> None:
        root = self.document.value
        version = root.get("openapi")
        if not (isinstance(version, str) and version.startswith("3.1.")):
            saw = f"'{version}'" if "openapi" in root else "nothing"
            self.report(f"openapi: expected a version such as 3.1.0, saw {saw}", ("openapi",))
        info = root.get("info")
        if not isinstance(info, dict) or not isinstance(info.get("title"), str):
            self.report("info.title is missing; expected the name of the API", ("info",))
        self.keys("document", root, ())

    def keys(self, form: str, node: Mapping[str, Any], pointer: Pointer) -> None:
        known = KEYS[form]
        for key in node:
            if key not in known and not key.startswith("x-"):
                expected = f"expected {choice(sorted(known))}"
                message = f"unknown key '{key}' in a {form}; {expected}"
                self.report(message, (*pointer, key), guess(key, known))

    def mapping(self, node: Any, pointer: Pointer, what: str) -> dict[str, Any] | None:
        if isinstance(node, dict):
            return node
        self.report(f"{what}: expected a mapping, saw {kind(node)}", pointer)
        return None

    def resolve(self, node: Any, pointer: Pointer, what: str) -> tuple[dict[str, Any], Pointer]:
        """Follow `$ref` to the mapping it names; an empty one stands in for what is missing."""
        for _ in range(_HOPS):
            mapping = self.mapping(node, pointer, what)
            reference = mapping.get("$ref") if mapping is not None else None
            if mapping is None or not isinstance(reference, str):
                return mapping or {}, pointer
            target = _target(self.document.value, reference)
            if target is MISSING:
                return {}, pointer  # check_references tells of it
            node, pointer = target, tuple(_parts(reference))
        self.report(f"{what}: the references lead in a circle", pointer)
        return {}, pointer

    def methods(self) -> Iterator[tuple[Pointer, str, list[tuple[Any, Pointer]]]]:
        paths = self.document.value.get("paths", {})
        if self.mapping(paths, ("paths",), "paths") is None:
            return
        for path, raw in paths.items():
            pointer: Pointer = ("paths", path)
            if not path.startswith("/"):
                self.report(f"the path '{path}' does not begin with '/'", pointer)
            item = self.mapping(raw, pointer, "a path")
            if item is None:
                continue
            self.keys("path", item, pointer)
            shared = list(self.items(item, "parameters", pointer))
            for method in item:
                if method in METHODS:
                    yield (*pointer, method), method, shared

    def items(
        self, node: Mapping[str, Any], key: str, pointer: Pointer
    ) -> Iterator[tuple[Any, Pointer]]:
        listed = node.get(key, [])
        if not isinstance(listed, list):
            self.report(f"{key}: expected a list, saw {kind(listed)}", (*pointer, key))
            return
        for index, item in enumerate(listed):
            yield item, (*pointer, key, index)

    def operation(
        self, pointer: Pointer, method: str, shared: list[tuple[Any, Pointer]]
    ) -> Operation | None:
        path = str(pointer[1])
        where = f"{method.upper()} {path}"
        node = self.mapping(find_in(self.document.value, pointer), pointer, where)
        if node is None:
            return None
        self.keys("operation", node, pointer)
        name = node.get("operationId")
        if not isinstance(name, str) or not name:
            self.report(f"{where} has no operationId; expected a name", pointer)
            return None
        source = node.get("x-source")
        if not isinstance(source, str) or not source.strip():
            hint = "say where in the vendor's document it stands"
            self.report(f"{name} has no x-source; expected a text", pointer, hint)
            source = ""
        own = list(self.items(node, "parameters", pointer))
        parameters = self.parameters(own, shared)
        self.check_holes(path, parameters, pointer)
        known = weaker(mark_of(find_in(self.document.value, pointer[:-1])), mark_of(node))
        body, responses = self.body(node, pointer), self.responses(node, pointer)
        return Operation(
            id=name,
            method=method.upper(),
            path=path.partition("#")[0],
            title=str(node.get("summary", name)),
            parameters=tuple(resting(parameter, known) for parameter in parameters),
            body=None if body is None else resting(body, known),
            responses={status: resting(response, known) for status, response in responses.items()},
            source=source,
            extensions={key: value for key, value in node.items() if key.startswith("x-")},
            provenance=known,
            closed=weaker(known, mark_of(node.get("responses"))),
        )

    def parameters(
        self, own: list[tuple[Any, Pointer]], shared: list[tuple[Any, Pointer]]
    ) -> tuple[Parameter, ...]:
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
        schema = self.schema(node.get("schema"), (*pointer, "schema")) or {}
        return Parameter(name, str(place), required, schema, mark_of(node))

    def check_holes(self, path: str, parameters: tuple[Parameter, ...], pointer: Pointer) -> None:
        holes = set(_HOLE.findall(path))
        named = {parameter.name for parameter in parameters if parameter.place == "path"}
        for hole in sorted(holes - named):
            message = f"the path names {{{hole}}}, which no path parameter declares"
            self.report(message, pointer, guess(hole, named - holes))
        told = {near(hole, named - holes) for hole in holes - named}
        for name in sorted(named - holes - told):
            message = f"the path parameter '{name}' has no place in the path {path}"
            self.report(message, pointer, guess(name, holes - named))

    def body(self, operation: Mapping[str, Any], origin: Pointer) -> Body | None:
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
        return Body(media_type, node.get("required") is True, schema or {}, mark_of(node))

    def responses(self, operation: Mapping[str, Any], origin: Pointer) -> dict[str, Responses]:
        below = (*origin, "responses")
        listed = self.mapping(operation.get("responses", {}), below, "responses") or {}
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
        below = (*origin, "content")
        listed = self.mapping(node.get("content", {}), below, "content") or {}
        media: dict[str, Any] = {}
        for media_type, raw in listed.items():
            pointer = (*below, media_type)
            form = self.mapping(raw, pointer, media_type) or {}
            self.keys("media type", form, pointer)
            media[media_type] = self.schema(form.get("schema"), (*pointer, "schema"))
        return media

    def schema(self, node: Any, pointer: Pointer) -> Mapping[str, Any] | None:
        if node is None:
            return None
        self.problems.extend(check_schema(self.document, node, pointer))
        return {} if node is True else {"not": {}} if node is False else dict(node)

    def check_components(self) -> None:
        components = self.document.value.get("components", {})
        if self.mapping(components, ("components",), "components") is None:
            return
        self.keys("components", components, ("components",))
        for pointer, node in self.section(components, "schemas"):
            self.schema(node, pointer)
        for pointer, node in self.section(components, "parameters"):
            self.parameter(node, pointer)
        for section in ("requestBodies", "responses"):
            for origin, raw in self.section(components, section):
                node, pointer = self.resolve(raw, origin, section)
                self.media(node, pointer)

    def section(self, components: Mapping[str, Any], name: str) -> Iterator[tuple[Pointer, Any]]:
        pointer = ("components", name)
        listed = self.mapping(components.get(name, {}), pointer, name) or {}
        for key, node in listed.items():
            yield (*pointer, key), node

    def check_references(self) -> None:
        for pointer, reference in _references(self.document.value, ()):
            if _target(self.document.value, reference) is not MISSING:
                continue
            section = _parts(reference)[:-1] if reference.startswith("#/") else []
            known = find_in(self.document.value, tuple(section), {})
            names = known if isinstance(known, dict) and section else {}
            hint = guess(reference.rpartition("/")[2], names)
            self.report(f"nothing found at the reference '{reference}'", pointer, hint)


def find_in(value: Any, pointer: Pointer, default: Any = None) -> Any:
    """Return what stands at a tuple of keys and indexes, or the default."""
    for part in pointer:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def _references(node: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(node, dict):
        for key, item in node.items():
            below = (*pointer, key)
            if key == "$ref" and isinstance(item, str):
                yield below, item
            elif key not in ("example", "examples", "const", "enum", "default"):
                yield from _references(item, below)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _references(item, (*pointer, index))


def _target(root: Any, reference: str) -> Any:
    if reference != "#" and not reference.startswith("#/"):
        return MISSING  # other files are not followed: a specification is one file
    return find(root, reference[1:])


def _parts(reference: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")]
