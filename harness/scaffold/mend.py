"""What a published document has against the rules, mended so that it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.document.messages import counted, listed
from harness.document.pointer import MISSING
from harness.spec.openapi import PLACEHOLDER
from harness.spec.parts import KEYS, METHODS, referenced
from harness.spec.provenance import reached
from harness.spec.schema_faults import WORDS, fault_of_expression
from harness.spec.upgrade import with_schemas

_SHOWN = 4
_PATTERN_SHOWN = 40
_REFERENCES = ("reference", "to parts that it lacks, which may then be anything")
_KEYS = ("key", "that OpenAPI does not have, left out")
_PARAMETERS = ("parameter", "that only a path names, taken for a required text")
_PATTERNS = ("pattern", "that no engine reads or that could keep one for ever, left out")
_LIMITS = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")

Found = dict[tuple[str, str], dict[str, None]]
"""What was mended of each kind, without repetitions and in the order of the document."""


def mended(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a document without such mistakes, and what was mended, one sentence for each kind."""
    found: Found = {_REFERENCES: {}, _KEYS: {}, _PARAMETERS: {}, _PATTERNS: {}}

    def schema(node: dict[str, Any]) -> dict[str, Any]:
        if _dangles(node, document, found):
            return {}
        kept = _with_usable_patterns(_kept(node, WORDS, found), found)
        return {k: _number(k, item) for k, item in kept.items()}

    made: dict[str, Any] = with_schemas(document, schema)
    paths = made.get("paths")
    if isinstance(paths, Mapping):
        made["paths"] = {path: _path(path, item, document, found) for path, item in paths.items()}
    sentences = (
        f"{counted(len(names), unit)} {what} ({listed([*names], _SHOWN)})"
        for (unit, what), names in found.items()
        if names
    )
    return made, tuple(sentences)


def _with_usable_patterns(node: dict[str, Any], found: Found) -> dict[str, Any]:
    pattern, by_name = node.get("pattern"), node.get("patternProperties")
    if isinstance(pattern, str) and fault_of_expression(pattern, node)[0]:
        found[_PATTERNS][pattern[:_PATTERN_SHOWN]] = None
        node = {key: item for key, item in node.items() if key != "pattern"}
    if isinstance(by_name, Mapping):
        bad = [name for name in by_name if fault_of_expression(name, {})[0]]
        found[_PATTERNS] |= {name[:_PATTERN_SHOWN]: None for name in bad}
        kept = {name: inner for name, inner in by_name.items() if name not in bad}
        node = {**node, "patternProperties": kept}
    return node


def _number(key: str, item: Any) -> Any:
    """Return the number that a limit such as 1E+15 means, which is a text when it is read."""
    if key not in _LIMITS or not isinstance(item, str):
        return item
    try:
        number = float(item)
    except ValueError:
        return item
    return int(number) if number.is_integer() else number


def about(document: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a document with the paths that contain a text, and the components that they need."""
    paths = {path: item for path, item in document.get("paths", {}).items() if text in path}
    wanted = {name.removeprefix("#/components/") for name in reached(paths, document)}
    components = {
        section: {
            name: part
            for name, part in parts.items()
            if section == "securitySchemes" or f"{section}/{name}" in wanted
        }
        for section, parts in document.get("components", {}).items()
        if isinstance(parts, Mapping)
    }
    return {**document, "paths": paths, "components": components}


def _path(path: str, item: Any, root: Mapping[str, Any], found: Found) -> Any:
    if not isinstance(item, Mapping):
        return item
    made = _kept(item, KEYS["path"], found)
    shared = [*_parameters(made, root, found)]
    if shared:
        made["parameters"] = shared
    for method in METHODS:
        node = made.get(method)
        if isinstance(node, Mapping):
            made[method] = _operation(path, node, shared, root, found)
    return made


def _operation(
    path: str,
    node: Mapping[str, Any],
    shared: Iterable[Mapping[str, Any]],
    root: Mapping[str, Any],
    found: Found,
) -> dict[str, Any]:
    made = _kept(node, KEYS["operation"], found)
    own = [*_parameters(made, root, found)]
    names = {name for one in (*shared, *own) for name in [_named(one, root)] if name is not None}
    for name in dict.fromkeys(PLACEHOLDER.findall(path.partition("#")[0])):
        if name not in names:
            found[_PARAMETERS][f"{{{name}}} of {path}"] = None
            own.append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
    if own:
        made["parameters"] = own
    if _dangles(made.get("requestBody"), root, found):
        del made["requestBody"]
    responses = made.get("responses")
    described = {"description": "not described"}
    made["responses"] = {
        str(status): described if _dangles(one, root, found) else one
        for status, one in (responses.items() if isinstance(responses, Mapping) else ())
        if _STATUS.fullmatch(str(status)) or str(status).startswith("x-")
    } or {"default": described}
    return made


def _parameters(
    node: Mapping[str, Any], root: Mapping[str, Any], found: Found
) -> Iterator[Mapping[str, Any]]:
    listed_here = node.get("parameters")
    for one in listed_here if isinstance(listed_here, list) else ():
        if isinstance(one, Mapping) and not _dangles(one, root, found):
            in_path = one.get("in") == "path" and "$ref" not in one
            yield {**one, "required": True} if in_path else one


def _named(one: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    """Return the name of a path parameter, None for others."""
    node = referenced(root, str(one["$ref"])) if "$ref" in one else one
    if not isinstance(node, Mapping) or node.get("in") != "path":
        return None
    return str(node.get("name"))


def _kept(node: Mapping[str, Any], known: frozenset[str], found: Found) -> dict[str, Any]:
    """Return a mapping without its unknown keys."""
    unknown = [key for key in node if key not in known and not key.startswith("x-")]
    found[_KEYS] |= dict.fromkeys(unknown)
    return {key: item for key, item in node.items() if key not in unknown}


def _dangles(node: Any, root: Mapping[str, Any], found: Found) -> bool:
    """Say whether a part is a reference that names nothing."""
    reference = node.get("$ref") if isinstance(node, Mapping) else None
    if not isinstance(reference, str) or referenced(root, reference) is not MISSING:
        return False
    found[_REFERENCES][reference] = None
    return True
