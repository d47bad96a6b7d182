"""The request of an operation, as templates: from its examples, else made from its schemas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import find as simplest
from hypothesis.errors import HypothesisException
from hypothesis.strategies import from_regex

from harness.scaffold.fields import (
    Schema,
    field_and_below,
    flat,
    is_id,
    names_entry,
    names_member,
    names_request,
    origin,
    type_of,
    words,
)
from harness.scaffold.outline import Outline
from harness.scaffold.verbs import units_field
from harness.spec.circles import stand_for_many

_TEXT = "harness"
_FORMATS: Mapping[str, str] = {
    "date-time": "${now|iso-8601}",
    "date": "${now|date}",
    "email": "${fresh}@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
}
_UNIQUE = frozenset({"phone", "mobile", "msisdn", "email"})
"""Words of fields that a new member has alone."""
_DEPTH = 12
_TIMES_MOST = 2
"""How often a schema may be within itself."""
_LENGTH_MOST = 1_000
_Around = tuple[int, ...]
"""The ids of the schemas around a value, and its own."""
_OWN_HEADERS = frozenset({"authorization", "content-type", "accept"})
"""Headers that credentials or the client set, whatever the document says of them."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """Makes the request of one operation.

    `verb`: what it is sent for, empty for a sample. `values`: what the target must give, by name,
    which grows as requests are made. `units`: the name of the field with the units.
    """

    one: Outline
    root: Schema
    verb: str
    values: dict[str, Any]
    units: str | None = None

    def send(self) -> dict[str, Any]:
        """Return the request by its parts; a part without values is left out."""
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in self.one.parameters:
            place, name = str(parameter.get("in")), str(parameter.get("name"))
            role = self.role(name, flat(parameter.get("schema"), self.root), place)
            if place not in parts or name.lower() in _OWN_HEADERS:
                continue
            if parameter.get("required") or (role and place != "query"):
                parts[place][name] = self.value(name, parameter.get("schema"), parameter, place)
        made: dict[str, Any] = {place: values for place, values in parts.items() if values}
        schema = self.one.body.get("schema")
        # A body that stands for very many fields is left to whoever knows it.
        if self.one.body and not stand_for_many([schema], self.root):
            body = self.value("", schema, self.one.body, "body")
            if body != {} or schema:
                made["body"] = body
        return made

    def value(
        self, name: str, schema: Any, holder: Schema, place: str = "body", around: _Around = ()
    ) -> Any:
        """Return the template of a parameter, field or body; `holder` may have an example."""
        node = flat(schema, self.root)
        around = (*around, id(origin(schema, self.root)))
        role = self.role(name, node, place)
        if role:
            return role
        examples = [*_examples(holder), *_examples(node)]
        kind = type_of(node)
        if examples and (kind not in ("object", "array") or isinstance(examples[0], dict | list)):
            return self.filled(examples[0], node, around)
        if kind == "object" or "properties" in node:
            return self.mapping(node, around)
        if kind == "array":
            return [self.value(name, node.get("items"), {}, place, around)]
        if kind in ("integer", "number"):
            return _number(node)
        if kind == "boolean":
            return False
        if node.get("format") == "binary" and self.one.media_type.startswith("multipart/"):
            return {"filename": f"{_TEXT}.txt", "content": _TEXT}
        return self.text(name, node) if kind in ("string", "") else None

    def mapping(self, node: Schema, around: _Around) -> dict[str, Any]:
        """Return the required fields, and those in which the verb's own values stand."""
        if len(around) > _DEPTH or around.count(around[-1]) > _TIMES_MOST:
            return {}
        required = node.get("required", ())
        return {
            name: self.value(name, inner, {}, around=around)
            for name, inner in node.get("properties", {}).items()
            if not flat(inner, self.root).get("readOnly")
            and (name in required or self.wanted(name, inner))
        }

    def wanted(self, name: str, schema: Any) -> bool:
        """Say whether an optional field holds a value of the verb, itself or below."""
        return self.holds_units(name, schema) or any(
            bool(self.verb) and type_of(node) != "object" and bool(self.role(field, node, "body"))
            for field, node in field_and_below(name, schema, self.root)
        )

    def filled(self, example: Any, schema: Schema, around: _Around) -> Any:
        """Return an example with the values of the verb and of the target in their fields."""
        if isinstance(example, list):
            inner = flat(schema.get("items"), self.root)
            return [self.filled(item, inner, around) for item in example]
        if not isinstance(example, dict):
            return example
        properties = schema.get("properties", {})
        closed = bool(properties) and not schema.get("additionalProperties")
        made: dict[str, Any] = {}
        for name, item in example.items():
            node = flat(properties.get(name), self.root)
            if _opaque(name) or (closed and name not in properties):
                continue
            if not node.get("readOnly"):
                made[name] = self.role(name, node, "body") or self.filled(item, node, around)
        missing = [
            name
            for name, inner in properties.items()
            if name not in made
            and (name in schema.get("required", ()) or self.holds_units(name, inner))
        ]
        return {**made, **{n: self.value(n, properties[n], {}, around=around) for n in missing}}

    def holds_units(self, name: str, schema: Any) -> bool:
        """Say whether a field is the one with the units, or has it below."""
        return self.units is not None and any(
            field == self.units for field, _ in field_and_below(name, schema, self.root)
        )

    def role(self, name: str, node: Schema, place: str) -> Any:
        """Return the placeholder for a field that a name of the harness fills, None for others."""
        kind = type_of(node)
        if kind in ("object", "array", "boolean") or "const" in node or "enum" in node:
            return None
        whole = kind in ("integer", "number")
        if name == self.units and self.units is not None:
            return "${units}" if whole else "${units|text}"
        if self.verb == "void" and (
            names_entry(name) or (place == "path" and _ends(self.one, name))
        ):
            return "${entry|number}" if whole else "${entry}"
        if self.verb == "enroll" and kind == "string" and _UNIQUE & set(words(name)):
            return "${fresh}@example.com" if "email" in words(name) else "${number|text}"
        if self.verb != "enroll" and _is_member(self.one, name, place):
            return "${member.id|number}" if whole else "${member.id}"
        if names_request(name) and place != "path" and not whole:
            return "${reference}" if self.verb in ("earn", "burn", "void") else "${fresh}"
        return None

    def text(self, name: str, node: Schema) -> str:
        """Return a text that fits: a value of the target for an id, else a made one."""
        if node.get("format") in _FORMATS:
            return _FORMATS[node["format"]]
        found = set(words(name))
        if _UNIQUE & found and "email" not in found and "pattern" not in node:
            return "${number|text}"
        if self.verb == "enroll" and "username" in found:
            return "${fresh}"
        if is_id(name) and "pattern" not in node:
            key = "_".join(words(name))
            self.values.setdefault(key, _fitting(_TEXT, node))
            return f"${{value.{key}}}"
        return _matching(node["pattern"]) if "pattern" in node else _fitting(_TEXT, node)


def _is_member(one: Outline, name: str, place: str) -> bool:
    """Say whether a field holds the id of the member: by its name, or by what its path is of."""
    if names_member(name):
        return True
    if place != "path" or not is_id(name):
        return False
    before = one.path.partition(f"{{{name}}}")[0].rstrip("/").rpartition("/")[2]
    return names_member(f"{before}_id")


def _ends(one: Outline, name: str) -> bool:
    """Say whether a path parameter is the last one, and no member."""
    last = one.path.rpartition("{")[2].partition("}")[0]
    return name == last and is_id(name) and not _is_member(one, name, "path")


def sampler(one: Outline, root: Schema, verb: str, values: dict[str, Any]) -> Sampler:
    """Return what makes the request of an operation for a verb, or a sample of it."""
    units = units_field(one, root) if verb in ("earn", "burn") else None
    return Sampler(one, root, verb, values, units)


def _examples(node: Schema) -> Iterator[Any]:
    """Yield the values that a part of the document names as examples, or allows alone."""
    if "const" in node:
        yield node["const"]
    if "example" in node:
        yield node["example"]
    examples = node.get("examples")
    if isinstance(examples, Mapping):
        yield from (
            e["value"] for e in examples.values() if isinstance(e, Mapping) and "value" in e
        )
    elif isinstance(examples, list):
        yield from examples
    if "default" in node:
        yield node["default"]
    yield from node.get("enum", ())


def _opaque(name: str) -> bool:
    """Say whether only the server makes the values of a field, such as the cursor of a page."""
    return "cursor" in words(name) or words(name)[-2:] == ("page", "token")


def _number(node: Schema) -> int | float:
    lowest: int | float = node.get("minimum", node.get("exclusiveMinimum", 1))
    least: int | float = (
        max(1, lowest) if node.get("maximum", 1) >= 1 else node.get("maximum", lowest)
    )
    if "exclusiveMinimum" in node and least <= node["exclusiveMinimum"]:
        least = math.floor(node["exclusiveMinimum"]) + 1
    step = node.get("multipleOf")
    return int(math.ceil(least / step) * step) if isinstance(step, int) else least


def _fitting(text: str, node: Schema) -> str:
    least, most = int(node.get("minLength", 0)), int(node.get("maxLength", _LENGTH_MOST))
    return text.ljust(min(least, _LENGTH_MOST), "x")[:most]


def _matching(pattern: str) -> str:
    """Return the simplest text that matches a pattern, `harness` where there is none."""
    try:
        found: str = simplest(from_regex(pattern), lambda text: text.isprintable())
    except (HypothesisException, ValueError, TypeError, RecursionError):
        return _TEXT
    return found
