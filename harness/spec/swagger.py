"""Swagger 2 documents as OpenAPI 3.0 says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.spec.bundle import NAMED, VALUES
from harness.spec.parts import METHODS
from harness.spec.upgrade import with_schemas

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_SCHEMA = frozenset(
    {"type", "format", "items", "default", "enum", "maximum", "exclusiveMaximum", "minimum"}
    | {"exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems"}
    | {"uniqueItems", "multipleOf"}
)
"""Keys that a Swagger parameter or header has itself, and an OpenAPI one within its schema."""

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "multi": {"style": "form", "explode": True},
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_KEPT = ("info", "tags", "externalDocs", "security")
_REFERENCE = re.compile(r"#/(definitions|parameters|responses)/")


def from_swagger(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Swagger 2 document as OpenAPI 3.0.

    Parameters in a body or a form become request bodies with the media types that `consumes`
    declares, responses take those of `produces`. The document is one that references do not leave.
    """
    bodies = {
        name: node
        for name, node in document.get("parameters", {}).items()
        if node.get("in") in ("body", "formData")
    }
    made: dict[str, Any] = {
        "openapi": "3.0.3",
        **{key: document[key] for key in _KEPT if key in document},
        **{key: item for key, item in document.items() if key.startswith("x-")},
        "servers": [{"url": address} for address in _addresses(document)],
        "paths": {
            path: _path(item, document, bodies) for path, item in document.get("paths", {}).items()
        },
    }
    parameters = {
        name: _parameter(node)
        for name, node in document.get("parameters", {}).items()
        if name not in bodies
    }
    produces = document.get("produces") or [JSON]
    made["components"] = {
        "schemas": document.get("definitions", {}),
        "parameters": parameters,
        "responses": {
            name: _response(node, produces) for name, node in document.get("responses", {}).items()
        },
        "securitySchemes": {
            name: _scheme(node) for name, node in document.get("securityDefinitions", {}).items()
        },
    }
    return dict(_moved(with_schemas(made, _schema)))


def _addresses(document: Mapping[str, Any]) -> Iterator[str]:
    host, base = document.get("host"), document.get("basePath", "")
    if host:
        yield from (f"{s}://{host}{base}".rstrip("/") for s in document.get("schemes") or ["https"])
    elif base not in ("", "/"):
        yield base


def _path(
    item: Mapping[str, Any], document: Mapping[str, Any], bodies: Mapping[str, Any]
) -> dict[str, Any]:
    shared = [_resolved(node, bodies) for node in item.get("parameters", ())]
    made: dict[str, Any] = {}
    for key, node in item.items():
        if key in METHODS and isinstance(node, Mapping):
            made[key] = _operation(node, shared, document, bodies)
        elif key == "parameters":
            kept = [_parameter(one) for one in shared if not _of_body(one)]
            made |= {key: kept} if kept else {}
        else:
            made[key] = node
    return made


def _operation(
    node: Mapping[str, Any],
    shared: Sequence[Mapping[str, Any]],
    document: Mapping[str, Any],
    bodies: Mapping[str, Any],
) -> dict[str, Any]:
    consumes = node.get("consumes") or document.get("consumes") or [JSON]
    produces = node.get("produces") or document.get("produces") or [JSON]
    own = [_resolved(one, bodies) for one in node.get("parameters", ())]
    taken = {(one.get("in"), one.get("name")) for one in own}
    above = [one for one in shared if (one.get("in"), one.get("name")) not in taken]
    moved = ("consumes", "produces", "schemes", "parameters", "responses")
    made = {key: item for key, item in node.items() if key not in moved}
    parameters = [_parameter(one) for one in own if not _of_body(one)]
    if parameters:
        made["parameters"] = parameters
    body = _body([one for one in (*above, *own) if _of_body(one)], consumes)
    if body:
        made["requestBody"] = body
    made["responses"] = {
        status: _response(response, produces)
        for status, response in node.get("responses", {}).items()
    }
    return made


def _resolved(node: Mapping[str, Any], bodies: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameter itself where a reference names one in a body or form."""
    name = str(node.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = bodies.get(name, node)
    return found


def _of_body(node: Mapping[str, Any]) -> bool:
    return node.get("in") in ("body", "formData")


def _parameter(node: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return dict(node)
    made = {k: item for k, item in node.items() if k not in (*_SCHEMA, "collectionFormat")}
    style = _STYLES.get(node.get("collectionFormat", "csv"), {})
    if node.get("type") == "array" and (node.get("in") == "query" or not style.get("explode")):
        simple = {"style": "simple"} if node.get("in") in ("path", "header") else dict(style)
        made |= simple
    return {**made, "schema": _inline(node)}


def _inline(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in node.items() if key in _SCHEMA}


def _body(parameters: Iterable[Mapping[str, Any]], consumes: Sequence[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    required: list[str] = []
    for node in parameters:
        if node["in"] == "body":
            kept = {key: node[key] for key in ("description", "required") if key in node}
            return {**kept, "content": {kind: {"schema": node["schema"]} for kind in consumes}}
        described = {key: node[key] for key in ("description",) if key in node}
        fields[node["name"]] = {**_inline(node), **described}
        required += [node["name"]] if node.get("required") else []
    if not fields:
        return {}
    forms = [kind for kind in consumes if kind in (FORM, MULTIPART)]
    files = any(field.get("type") == "file" for field in fields.values())
    schema: dict[str, Any] = {"type": "object", "properties": fields}
    if required:
        schema["required"] = required
    kinds = forms or [MULTIPART if files else FORM]
    return {"required": bool(required), "content": {kind: {"schema": schema} for kind in kinds}}


def _response(node: Mapping[str, Any], produces: Sequence[str]) -> dict[str, Any]:
    if "$ref" in node:
        return dict(node)
    made = {k: item for k, item in node.items() if k not in ("schema", "headers", "examples")}
    if "headers" in node:
        made["headers"] = {
            name: {
                **{key: item for key, item in header.items() if key == "description"},
                "schema": _inline(header),
            }
            for name, header in node["headers"].items()
        }
    examples = node.get("examples", {})
    if "schema" in node:
        made["content"] = {
            kind: {
                "schema": node["schema"],
                **({"example": examples[kind]} if kind in examples else {}),
            }
            for kind in produces
        }
    return {"description": "", **made}


def _scheme(node: Mapping[str, Any]) -> dict[str, Any]:
    if node.get("type") == "basic":
        return {"type": "http", "scheme": "basic"}
    if node.get("type") != "oauth2":
        return dict(node)
    flow = str(node.get("flow", "implicit"))
    urls = {key: node[key] for key in ("authorizationUrl", "tokenUrl") if key in node}
    described = {**urls, "scopes": node.get("scopes", {})}
    return {"type": "oauth2", "flows": {_FLOWS.get(flow, flow): described}}


def _schema(node: dict[str, Any]) -> dict[str, Any]:
    made = {key: item for key, item in node.items() if key != "x-nullable"}
    if node.get("x-nullable") is True:
        made["nullable"] = True
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return made


def _moved(node: Any, name: str = "") -> Any:
    """Return a part whose references name the components."""
    if isinstance(node, list):
        return [_moved(item) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        homes = {"definitions": "schemas"}
        written = _REFERENCE.sub(
            lambda found: f"#/components/{homes.get(found[1], found[1])}/", reference, count=1
        )
        return {**node, "$ref": written}
    return {
        key: item if key in VALUES and name not in NAMED else _moved(item, key)
        for key, item in node.items()
    }
