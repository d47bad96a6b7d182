"""Where requests send what a target names, and what the vendor says of it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract.inputs.names import names_in
from harness.contract.vendor import Vendor
from harness.document.pointer import find
from harness.model.operation import Operation
from harness.spec.provenance import BESIDE

_SOURCE = "x-source"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A place of a request: its operation, the part of the request and the field there.

    `words`: the vendor's description of the field, `source`: where it stands; both may be empty.
    """

    operation: str
    part: str
    field: str
    words: str = ""
    source: str = ""


def stated_places(vendor: Vendor) -> Mapping[str, tuple[Stated, ...]]:
    """Return where each name of a target is sent, the verbs first, with the vendor's words."""
    found: dict[str, dict[tuple[str, str, str], Stated]] = {}
    for operation, send in _requests(vendor):
        declared = vendor.specification.operations.get(operation)
        for path, text in _leaves(send, ()) if declared is not None else ():
            for name in (*names_in(text), *names_in(text, optional=True)):
                part, field = path[0], "/".join(path[1:])
                key = (operation, part, field)
                if declared is not None and key not in found.setdefault(name, {}):
                    found[name][key] = _stated(vendor, declared, path)
    return {name: tuple(places.values()) for name, places in found.items()}


def _requests(vendor: Vendor) -> Iterator[tuple[str, Any]]:
    binding = vendor.binding
    for verb in binding.verbs.values():
        yield verb.operation, verb.send
        if verb.rows is not None and verb.rows.columns:
            yield verb.operation, {"body": dict(verb.rows.columns)}
    yield from binding.samples.items()
    for step in binding.enroll.steps if binding.enroll is not None else ():
        yield step.operation, step.send
    for scenario in vendor.scenarios:
        for sent in scenario.steps:
            if sent.operation is not None:
                yield sent.operation, sent.send
            elif sent.verb is not None and sent.verb in binding.verbs:
                yield binding.verbs[sent.verb].operation, sent.send


def _leaves(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Mapping):
        for key, item in node.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _leaves(item, (*path, "*"))
    elif isinstance(node, str) and len(path) > 1:
        yield path, node


def _stated(vendor: Vendor, operation: Operation, path: Path) -> Stated:
    part, *keys = path
    document = vendor.specification.document
    if part == "body":
        schema = operation.body.schema if operation.body is not None else {}
        nodes = _at(schema, tuple(keys), document, set())
    else:
        nodes = _parameters(document, operation, part, keys[0])
    said = next((node for node in nodes if "description" in node), {})
    source = str(said.get(_SOURCE, "") or operation.source)
    words = " ".join(str(said.get("description", "")).split())
    return Stated(operation.id, part, "/".join(keys), words, " ".join(source.split()))


def _at(
    schema: Any, keys: Path, root: Any, told: set[tuple[int, int]]
) -> Iterator[Mapping[str, Any]]:
    """Yield the schemas that describe a field of a body, the one that stands there first.

    `told` are those that were asked, by their ids and how many keys were left.
    """
    if not isinstance(schema, Mapping) or (id(schema), len(keys)) in told:
        return
    told.add((id(schema), len(keys)))
    if not keys:
        yield schema
    beside = [branch for key in BESIDE for branch in schema.get(key, ())]
    if "$ref" in schema:
        beside.append(find(root, str(schema["$ref"])[1:], {}))
    for branch in beside:
        yield from _at(branch, keys, root, told)
    if keys:
        fields = {"*": schema.get("items"), **schema.get("properties", {})}
        yield from _at(fields.get(keys[0]), keys[1:], root, told)


def _parameters(
    document: Mapping[str, Any], operation: Operation, part: str, name: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the parameter of that name, as the document writes it."""
    item = document.get("paths", {}).get(operation.path, {})
    own = item.get(operation.method.lower(), {})
    for raw in (*own.get("parameters", ()), *item.get("parameters", ())):
        node = find(document, str(raw["$ref"])[1:], {}) if "$ref" in raw else raw
        if node.get("in") == part and str(node.get("name", "")).lower() == name.lower():
            yield node
            yield from _at(node.get("schema", {}), (), document, set())
