"""How the fields of forms are written, and which parameters may be more than one plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.document.pointer import find
from harness.model.operation import FieldEncoding, Parameter

_HOPS_MAX = 16
_PLAIN = ("form", "simple")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def form_fields(
    media_type: str, schema: Any, given: Mapping[str, Any], root: Any
) -> dict[str, FieldEncoding]:
    """Return how fields of a form are written, for those of which the specification says it.

    `given` is the `encoding` of the media type. A file has the media type of its schema.
    """
    if media_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {}
    found = {
        name: FieldEncoding(str(kind))
        for node in _beside(schema, root)
        for name, field in node.get("properties", {}).items()
        if (kind := _media_type(field, root))
    }
    for name, how in given.items():
        if isinstance(how, Mapping):
            usual = found.get(name, FieldEncoding()).media_type
            found[name] = FieldEncoding(
                _one_type(str(how.get("contentType", ""))) or usual,
                str(how.get("style", "form" if "explode" in how else "")),
                how.get("explode", how.get("style", "form") in ("form", "deepObject")) is True,
            )
    return found


def styled_parameters(parameters: Iterable[Parameter]) -> dict[tuple[str, str], Parameter]:
    """Return the parameters that may be written in another way than one plain text.

    Content-Encoding is among them, as it says how the body is written.
    """
    named = {(p.place, p.name.lower() if p.place == "header" else p.name): p for p in parameters}
    return {
        key: one
        for key, one in named.items()
        if one.media_type
        or one.reserved
        or one.style not in _PLAIN
        or key == ("header", "content-encoding")
        or not _is_scalar(one.schema)
    }


def _is_scalar(schema: Mapping[str, Any]) -> bool:
    declared = schema.get("type")
    return isinstance(declared, str) and declared in _SCALARS


def _media_type(field: Any, root: Any) -> str:
    kinds = (str(node.get("contentMediaType", "")) for node in _beside(field, root))
    return next(filter(None, kinds), "")


def _one_type(listed: str) -> str:
    """Return the first of some media types that is not a range of them."""
    kinds = (kind.strip() for kind in listed.split(","))
    return next((kind for kind in kinds if kind and "*" not in kind), "")


def _beside(schema: Any, root: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield a schema, what it refers to, and its parts and branches."""
    if not isinstance(schema, Mapping) or depth > _HOPS_MAX:
        return
    yield schema
    if isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#"):
        yield from _beside(find(root, schema["$ref"][1:], {}), root, depth + 1)
    for key in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(key, ()):
            yield from _beside(branch, root, depth + 1)
