"""Decide whether a request, once written and read back, fits what its operation declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema_rs
import orjson

from harness.engine.property.without_auth import Node, own_parameters, resolved, without_auth
from harness.model.operation import STATED, Operation, Parameter, Specification
from harness.spec.provenance import INFERRED, mark_of
from harness.wire.request import FORM, MULTIPART, Draft, render

_BRANCHES = ("anyOf", "oneOf", "allOf")
_HOPS_MAX = 16
_DEPTH_MAX = 8
_INTEGER = re.compile(r"\s*[+-]?\d+(\.0*)?\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


class Shape:
    """What one operation accepts, with the fields of the auth steps taken away."""

    def __init__(self, operation: Operation, specification: Specification) -> None:
        self.operation = operation
        self._root: Node = specification.document
        self._components = without_auth(self._root.get("components", {}), self._root)
        self._document: Node = {"components": self._components}
        self.parameters: Mapping[tuple[str, str], Parameter] = {
            (parameter.place, parameter.name): parameter
            for parameter in own_parameters(operation, self._root)
        }
        self._compiled: dict[tuple[str, bool], Any] = {}
        self._fields: dict[str, Node] = {}
        # The path template as a pattern that gives the values back.
        pieces = re.split(r"\{([^}/]+)\}", operation.path)
        self._holes = pieces[1::2]
        self._path = re.compile("([^/]*)".join(re.escape(piece) for piece in pieces[::2]))

    @cached_property
    def body(self) -> Node:
        """The schema of the body, empty when anything goes."""
        declared = self.operation.body
        return {} if declared is None else without_auth(declared.schema, self._root)

    def surely_wrong(self, draft: Draft, formats: bool = False) -> bool:
        """Say whether the request is wrong however kindly its text is read.

        Everything is text in a form, a query and a header, so 5 may be a number or a word, and
        nothing between the signs may be an empty word or no value at all. Only what is wrong in
        every reading is a fault of the sender. `formats` holds formats against it too.
        """
        return not all(any(readings) for readings in self._readings(draft, formats))

    def surely_right(self, draft: Draft) -> bool:
        """Say whether the request is right whether or not empty values count as missing."""
        return all(any(typed[::2]) and any(typed[1::2]) for typed in self._readings(draft, False))

    def _readings(self, draft: Draft, formats: bool) -> Iterator[list[bool]]:
        """Yield for each part its verdicts: number kept blank, number no blank, text, text."""
        declared = self.operation.body
        if declared is not None and declared.media_type == MULTIPART:
            # A part is text like a form's field, and a form is read back more simply.
            draft = _as_form(draft)
        request = render(draft)
        path, _, query = request.path.partition("?")
        found = self._path.fullmatch(path)
        holes = found.groups() if found else ()
        values: Mapping[str, Mapping[str, list[str]]] = {
            "path": {n: [unquote(text)] for n, text in zip(self._holes, holes, strict=False)},
            "query": _grouped(query),
            "header": {name.lower(): [text] for name, text in request.headers},
        }
        for (place, name), parameter in self.parameters.items():
            key = name.lower() if place == "header" else name
            if place in values:
                yield self._parameter(parameter, values[place].get(key), formats)
        if declared is None:
            return
        if declared.media_type in (FORM, MULTIPART):
            yield self._form(_grouped(request.body.decode()), formats)
        elif "json" in declared.media_type:
            yield self._json(request.body, declared.required, formats)

    def _parameter(
        self, parameter: Parameter, texts: list[str] | None, formats: bool
    ) -> list[bool]:
        verdicts = []
        for number, blank in _READINGS:
            if texts is None or (not blank and not any(texts)):
                verdicts.append(not parameter.required)
            else:
                value = self._value(parameter.schema, texts, number)
                key = f"{parameter.place} {parameter.name}"
                verdicts.append(self._valid(key, parameter.schema, value, formats))
        return verdicts

    def _form(self, fields: Mapping[str, list[str]], formats: bool) -> list[bool]:
        verdicts = []
        filled = {name: texts for name, texts in fields.items() if any(texts)}
        for number in (True, False):
            value = {
                name: self._value(self._field(name), texts, number)
                for name, texts in fields.items()
            }
            verdicts.append(self._valid("body", self.body, value, formats))
            if len(filled) < len(fields):
                value = {name: value[name] for name in filled}
                verdicts.append(self._valid("body", self.body, value, formats))
            else:
                verdicts.append(verdicts[-1])
        return verdicts

    def _field(self, name: str) -> Node:
        if name not in self._fields:
            self._fields[name] = {"allOf": self.schemas_of((name,))}
        return self._fields[name]

    def _json(self, body: bytes, required: bool, formats: bool) -> list[bool]:
        if not body:
            return [not required] * len(_READINGS)
        value = orjson.loads(body)
        # A caller that sends nothing for a field may as well have left it out.
        kept = self._valid("body", self.body, value, formats)
        bare = self._valid("body", self.body, _without_blanks(value), formats)
        return [kept if blank else bare for _, blank in _READINGS]

    def _valid(self, name: str, schema: Node, value: Any, formats: bool) -> bool:
        key = (name, formats)
        if key not in self._compiled:
            whole = {"allOf": [schema], **self._document}
            self._compiled[key] = jsonschema_rs.Draft202012Validator(
                whole, validate_formats=formats
            )
        return bool(self._compiled[key].is_valid(value))

    def _value(self, schema: Node, texts: list[str], number: bool) -> Any:
        kinds = self.kinds(schema)
        if "array" in kinds:
            items = {"anyOf": [n["items"] for n in self.nodes(schema) if "items" in n]}
            inner = self.kinds(items) if items["anyOf"] else frozenset({"string"})
            return [_read(text, inner, number) for text in texts]
        return _read(texts[-1], kinds, number)

    def declares(self, path: tuple[str, ...]) -> bool:
        """Say whether the operation speaks of the value at this place."""
        return bool(self._nodes_at(path))

    def is_choice(self, path: tuple[str, ...]) -> bool:
        """Say whether the value at this place is one of a declared few."""
        nodes = [*self._nodes_at(path), *self._nodes_at((*path, "*"))]
        return any("enum" in node or "const" in node for node in nodes)

    def has_form(self, path: tuple[str, ...]) -> bool:
        """Say whether the text at this place has to look a certain way."""
        return any("format" in node or "pattern" in node for node in self._nodes_at(path))

    def is_inferred(self, path: tuple[str, ...]) -> bool:
        """Say whether the value at this place, or one around it, is inferred."""
        body = self.operation.body
        if path[0] == "body":
            known = body.provenance if body is not None else STATED
        else:
            found = (p for (place, n), p in self.parameters.items() if _same(place, n, path[1]))
            known = next((parameter.provenance for parameter in found), STATED)
        first = 1 if path[0] == "body" else 2
        around = [
            node for end in range(first, len(path) + 1) for node in self._nodes_at(path[:end])
        ]
        doubtful = any(INFERRED in node for node in self._nodes_at(path))
        return known.inferred or doubtful or any(mark_of(node).inferred for node in around)

    def _nodes_at(self, path: tuple[str, ...]) -> list[Node]:
        if path[0] == "body":
            schemas: list[Node] = self.schemas_of(path[1:])
        else:
            top = [
                parameter.schema
                for (place, name), parameter in self.parameters.items()
                if place == path[0] and _same(place, name, path[1])
            ]
            schemas = [{"allOf": self.schemas_of(path[2:], schema)} for schema in top]
        return [node for schema in schemas for node in self.nodes(schema)]

    def span(self, path: tuple[str, ...]) -> tuple[int | float | None, int | float | None]:
        """Return the bounds a field of the body names, its own or those of its items."""
        nodes = [*self._nodes_at(path), *self._nodes_at((*path, "*"))]
        low = [node["minimum"] for node in nodes if "minimum" in node]
        high = [node["maximum"] for node in nodes if "maximum" in node]
        return max(low, default=None), min(high, default=None)

    def rivals(self) -> frozenset[tuple[str, ...]]:
        """Return the fields that some way of writing the body needs and another does without."""
        found: set[tuple[str, ...]] = set()
        self._rivals(self.body, ("body",), found, 0)
        return frozenset(found)

    def _rivals(
        self, schema: Node, path: tuple[str, ...], found: set[tuple[str, ...]], depth: int
    ) -> None:
        if depth > _DEPTH_MAX:
            return
        for node in self.nodes(schema):
            for key in ("anyOf", "oneOf"):
                for branch in node.get(key, []):
                    for part in self.nodes(branch):
                        fields = [*part.get("required", []), *part.get("properties", {})]
                        found.update((*path, name) for name in fields)
            for name, child in node.get("properties", {}).items():
                self._rivals(child, (*path, name), found, depth + 1)
            if isinstance(node.get("items"), Mapping):
                self._rivals(node["items"], (*path, "*"), found, depth + 1)

    def kinds(self, schema: Node) -> frozenset[str]:
        """Return every type the schema names, in whichever branch."""
        found: set[str] = set()
        for node in self.nodes(schema):
            declared = node.get("type", [])
            found.update([declared] if isinstance(declared, str) else declared)
            for value in [*node.get("enum", []), *([node["const"]] if "const" in node else [])]:
                found.add(_kind(value))
        return frozenset(found)

    def nodes(self, schema: Any, depth: int = 0) -> Iterator[Node]:
        """Yield the schema and those beside it: what it refers to and its branches."""
        if not isinstance(schema, Mapping) or depth > _HOPS_MAX:
            return
        yield schema
        if "$ref" in schema:
            yield from self.nodes(resolved(schema, self._document), depth + 1)
        for key in _BRANCHES:
            for branch in schema.get(key, []):
                yield from self.nodes(branch, depth + 1)
        for key in ("if", "then", "else"):
            yield from self.nodes(schema.get(key), depth + 1)

    def schemas_of(self, keys: tuple[str, ...], schema: Node | None = None) -> list[Node]:
        """Return the schemas that speak of the value under these keys of the body."""
        found = [self.body if schema is None else schema]
        for key in keys:
            below = []
            for node in (node for schema in found for node in self.nodes(schema)):
                child = node.get("items") if key == "*" else node.get("properties", {}).get(key)
                if isinstance(child, Mapping):
                    below.append(child)
            found = below
        return found


_READINGS = tuple(product((True, False), (True, False)))


def _same(place: str, name: str, other: str) -> bool:
    return name == other or (place == "header" and name.lower() == other.lower())


def _grouped(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def _as_form(draft: Draft) -> Draft:
    body = draft.operation.body
    if body is None:
        return draft
    return replace(draft, operation=replace(draft.operation, body=replace(body, media_type=FORM)))


def _read(text: str, kinds: frozenset[str], number: bool) -> Any:
    """Return the text as the type its schema names, or as it is when it is no such value."""
    if number and kinds & {"integer", "number"}:
        if _INTEGER.fullmatch(text):
            return int(float(text)) if "." in text else int(text)
        if _NUMBER.fullmatch(text) and isfinite(float(text)):
            return float(text)
    word = text.strip().lower()
    if "boolean" in kinds and word in _BOOLEANS and (number or "string" not in kinds):
        return _BOOLEANS[word]
    if kinds & {"object", "array"} and text[:1] in ("{", "["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text


def _without_blanks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_blanks(item) for k, item in value.items() if item not in (None, "")}
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    return value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if value is None:
        return "null"
    return "string" if isinstance(value, str) else "object"
