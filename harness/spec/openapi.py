"""OpenAPI documents read into specifications."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from harness.document.messages import guess, kind, near
from harness.document.pointer import MISSING, find
from harness.document.reader import Document, Pointer, refuse
from harness.model.operation import Operation, Parameter, Specification
from harness.spec.bundle import bundle
from harness.spec.circles import faults_of_references
from harness.spec.form import styled_parameters
from harness.spec.parts import METHODS, Part, PartReader, referenced
from harness.spec.provenance import faults_of_marks, mark_of, references, weaker, with_provenance
from harness.spec.upgrade import upgraded

PLACEHOLDER = re.compile(r"\{([^}/]+)\}")


def read_specification(path: Path, within: Path | None = None) -> Specification:
    """Return the operations of an OpenAPI 3.1 or 3.0 file, which may be YAML or JSON.

    A 3.0 document is read as 3.1 says the same (`upgraded`), and parts in other files as parts of
    the document (`bundle`).
    References of parameters, request bodies and responses are resolved; schemas keep theirs, which
    point into `document`. A path may end in a fragment, which tells operations with one method and
    address apart and is never sent. The digest is the SHA-256 of the document's values, so comments
    and layout do not change it. Raises `Problem` or `Problems` with every mistake.
    """
    document = bundle(path, within)
    if not isinstance(document.value, dict):
        raise document.problem(f"expected an OpenAPI mapping, saw {kind(document.value)}")
    if document.value.keys().isdisjoint(("openapi", "swagger", "info", "paths")):
        raise document.problem("the file is no OpenAPI document; expected openapi, info and paths")
    if str(document.value.get("openapi", "")).startswith("3.0."):
        document = replace(document, value=upgraded(document.value))
    return specification_of(document)


def specification_of(document: Document) -> Specification:
    """Return the operations of an OpenAPI 3.1 document; raises as `read_specification` does."""
    root: dict[str, Any] = document.value
    reader = PartReader(document)
    _check_head(reader, root)
    refuse(faults_of_references(document))
    operations: dict[str, Operation] = {}
    for pointer, item, shared in _methods(reader, root):
        operation = _operation(reader, pointer, item, shared)
        if operation is None:
            continue
        first = operations.setdefault(operation.id, operation)
        if first is not operation:
            message = f"the operationId '{operation.id}' is a duplicate"
            message += f"; {first.method} {first.path} has it already"
            reader.report(message, (*pointer, "operationId"))
    if not operations and not reader.problems:
        reader.report("no operation is declared; expected at least one path", ("paths",))
    _check_references(reader, root)
    _check_components(reader, root)
    refuse(chain(reader.problems, faults_of_marks(document)))
    canonical = json.dumps(root, sort_keys=True, separators=(",", ":"))
    return Specification(
        operations=operations,
        document=root,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _check_head(reader: PartReader, root: Mapping[str, Any]) -> None:
    version, info = root.get("openapi"), root.get("info")
    if "swagger" in root:
        message = f"a Swagger {root['swagger']} document; expected OpenAPI 3.1 or 3.0"
        hint = "convert it with `harness new VENDOR --openapi FILE`"
        raise reader.document.problem(message, ("swagger",), hint)
    if not (isinstance(version, str) and version.startswith("3.1.")):
        saw = f"'{version}'" if "openapi" in root else "nothing"
        reader.report(f"openapi: expected a version such as 3.1.0, saw {saw}", ("openapi",))
    if not isinstance(info, dict) or not isinstance(info.get("title"), str):
        reader.report("info.title is missing; expected the name of the API", ("info",))
    reader.keys("document", root, ())


def _methods(
    reader: PartReader, root: Mapping[str, Any]
) -> Iterator[tuple[Pointer, Mapping[str, Any], list[Part]]]:
    """Yield the pointer of each operation, the item of its path, and the parameters of that."""
    for path, raw in reader.mapping(root.get("paths", {}), ("paths",), "paths").items():
        pointer: Pointer = ("paths", path)
        if not path.startswith("/"):
            reader.report(f"the path '{path}' does not begin with '/'", pointer)
        item = reader.mapping(raw, pointer, "a path")
        reader.keys("path", item, pointer)
        shared = list(reader.items(item, "parameters", pointer))
        yield from (((*pointer, method), item, shared) for method in item if method in METHODS)


def _operation(
    reader: PartReader, pointer: Pointer, item: Mapping[str, Any], shared: list[Part]
) -> Operation | None:
    path, method = str(pointer[1]), str(pointer[2])
    where = f"{method.upper()} {path}"
    if not isinstance(item[method], dict):
        reader.mapping(item[method], pointer, where)
        return None
    node = item[method]
    reader.keys("operation", node, pointer)
    name, source = node.get("operationId"), node.get("x-source")
    if not isinstance(name, str) or not name:
        reader.report(f"{where} has no operationId; expected a name", pointer)
        return None
    if not isinstance(source, str) or not source.strip():
        hint = "say where in the vendor's document it stands"
        reader.report(f"{name} has no x-source; expected a text", pointer, hint)
        source = ""
    parameters = reader.parameters(list(reader.items(node, "parameters", pointer)), shared)
    _check_path(reader, path, parameters, pointer)
    known = weaker(mark_of(item), mark_of(node))
    body, responses = reader.body(node, pointer), reader.responses(node, pointer)
    return Operation(
        id=name,
        method=method.upper(),
        path=path.partition("#")[0],
        title=str(node.get("summary", name)),
        parameters=tuple(with_provenance(parameter, known) for parameter in parameters),
        body=None if body is None else with_provenance(body, known),
        responses={status: with_provenance(one, known) for status, one in responses.items()},
        source=source,
        provenance=known,
        closed=weaker(known, mark_of(node.get("responses"))),
        styled=styled_parameters(parameters),
    )


def _check_path(
    reader: PartReader, path: str, parameters: tuple[Parameter, ...], pointer: Pointer
) -> None:
    written = set(PLACEHOLDER.findall(path))
    declared = {parameter.name for parameter in parameters if parameter.place == "path"}
    for name in sorted(written - declared):
        message = f"the path names {{{name}}}, which no path parameter declares"
        reader.report(message, pointer, guess(name, declared - written))
    misspelt = {near(name, declared - written) for name in written - declared}
    for name in sorted(declared - written - misspelt):
        message = f"the path parameter '{name}' has no place in the path {path}"
        reader.report(message, pointer, guess(name, written - declared))


def _check_components(reader: PartReader, root: Mapping[str, Any]) -> None:
    components = reader.mapping(root.get("components", {}), ("components",), "components")
    reader.keys("components", components, ("components",))
    for section in ("schemas", "parameters", "requestBodies", "responses"):
        above = ("components", section)
        for name, raw in reader.mapping(components.get(section, {}), above, section).items():
            if section == "schemas":
                reader.schema(raw, (*above, name))
            elif section == "parameters":
                reader.parameter(raw, (*above, name))
            else:
                reader.media(*reader.resolve(raw, (*above, name), section))


def _check_references(reader: PartReader, root: Mapping[str, Any]) -> None:
    for pointer, reference in references(root):
        if referenced(root, reference) is MISSING:
            section, _, name = reference.rpartition("/")
            names = find(root, section[1:], {}) if section.startswith("#/") else {}
            hint = guess(name, names if isinstance(names, dict) else ())
            reader.report(f"nothing found at the reference '{reference}'", pointer, hint)
