"""Decides whether a request, once written and parsed again, fits what its operation declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import isfinite
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

import jsonschema_rs
import orjson

from harness.engine.property.declared_fields import DeclaredFields, Node
from harness.model.exchange import Request
from harness.model.operation import Operation, Parameter, Specification
from harness.wire.message.body import FORM, MULTIPART, file_content
from harness.wire.message.parameter import Found, Pair, found_in_pairs, found_in_text
from harness.wire.request import Draft, render

_INTEGER = re.compile(r"\s*[+-]?\d+(\.0*)?\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


class RequestSchema(DeclaredFields):
    """Decides of one operation's requests whether they are valid as the vendor reads them."""

    def __init__(self, operation: Operation, specification: Specification) -> None:
        super().__init__(operation, specification)
        self._compiled: dict[tuple[str, bool], Any] = {}
        self._fields: dict[str, Node] = {}
        self._told: list[str] | None = None
        # The path template as a pattern that gives the values back.
        pieces = re.split(r"\{([^}/]+)\}", operation.path)
        self._holes = pieces[1::2]
        self._path = re.compile("([^/]*)".join(re.escape(piece) for piece in pieces[::2]))

    def is_surely_invalid(self, draft: Draft, formats: bool = False) -> bool:
        """Return whether the request is invalid in every interpretation of its text.

        Everything is text in a form, a query and a header: 5 may be a number or a string, and an
        empty value may be an empty string or a missing value. `formats` checks formats too.
        """
        return not all(any(verdicts) for verdicts in self._interpretations(draft, formats))

    def why_surely_invalid(self, draft: Draft) -> str:
        """Return the first field that does not fit, with what stands there; empty if all may."""
        self._told = []
        try:
            for verdicts in self._interpretations(draft, False):
                if not any(verdicts):
                    return self._told[0] if self._told else "a required parameter is missing"
                self._told.clear()
        finally:
            self._told = None
        return ""

    def is_surely_valid(self, draft: Draft) -> bool:
        """Return whether the request is valid, whether or not empty values count as missing."""
        return all(
            any(typed[::2]) and any(typed[1::2]) for typed in self._interpretations(draft, False)
        )

    def _interpretations(self, draft: Draft, formats: bool) -> Iterator[list[bool]]:
        """Yield for each part its verdicts: number kept blank, number no blank, text, text."""
        declared = self.operation.body
        if declared is not None and declared.media_type in (FORM, MULTIPART):
            # A part is text like a form's field, and a form is read back more simply.
            form = replace(declared, media_type=FORM, fields={})
            draft = replace(
                draft, operation=replace(draft.operation, body=form), body=_texts(draft.body)
            )
        request = render(draft)
        pairs = self._pairs(request)
        for parameter in self.parameters.values():
            yield self._parameter(parameter, self._found(parameter, pairs), formats)
        if declared is None:
            return
        if declared.media_type in (FORM, MULTIPART):
            yield self._form(parse_qs(request.body.decode(), keep_blank_values=True), formats)
        elif "json" in declared.media_type:
            yield self._json(request.body, declared.required, formats)

    def _pairs(self, request: Request) -> Mapping[str, list[Pair]]:
        """Return what a request holds in each place; a path and headers as they are written."""
        path, _, query = request.path.partition("?")
        found = self._path.fullmatch(path)
        headers = [(name.lower(), text) for name, text in request.headers]
        cookies = [one.partition("=") for one in dict(headers).get("cookie", "").split("; ")]
        return {
            "path": list(zip(self._holes, found.groups() if found else (), strict=False)),
            "query": parse_qsl(query, keep_blank_values=True),
            "header": headers,
            "cookie": [(name, unquote(text)) for name, _, text in cookies if name],
        }

    def _found(self, parameter: Parameter, pairs: Mapping[str, list[Pair]]) -> Found:
        """Return what a request holds for a parameter, as a server reads it."""
        name, place, kinds = parameter.name, parameter.place, self.kinds(parameter.schema)
        if place in ("path", "header"):
            key = name.lower() if place == "header" else name
            text = next((text for other, text in pairs[place] if other == key), None)
            return None if text is None else found_in_text(parameter, kinds, text)
        others = frozenset(key for where, key in self.parameters if where == place and key != name)
        return found_in_pairs(parameter, kinds, pairs[place], others)

    def _parameter(self, parameter: Parameter, found: Found, formats: bool) -> list[bool]:
        key = f"{parameter.place} {parameter.name}"
        return [
            not parameter.required
            if found is None or not (blank or _is_filled(found))
            else self._valid(key, parameter.schema, self._read(parameter, found, number), formats)
            for number, blank in _INTERPRETATIONS
        ]

    def _read(self, parameter: Parameter, found: Found, number: bool) -> Any:
        schema = parameter.schema
        if isinstance(found, Mapping):
            fields = {name: {"allOf": self.schemas_of((name,), schema)} for name in found}
            return {name: self._value(fields[name], texts, number) for name, texts in found.items()}
        return self._value(schema, found or [], number)

    def _form(self, fields: Mapping[str, list[str]], formats: bool) -> list[bool]:
        verdicts = []
        for number in (True, False):
            value = {
                name: self._value(self._field(name), texts, number)
                for name, texts in fields.items()
            }
            filled = {name: item for name, item in value.items() if any(fields[name])}
            verdicts += [self._valid("body", self.body, one, formats) for one in (value, filled)]
        return verdicts

    def _field(self, name: str) -> Node:
        if name not in self._fields:
            self._fields[name] = {"allOf": self.schemas_of((name,))}
        return self._fields[name]

    def _json(self, body: bytes, required: bool, formats: bool) -> list[bool]:
        if not body:
            return [not required] * len(_INTERPRETATIONS)
        value = orjson.loads(body)
        # A caller that sends nothing for a field may as well have left it out.
        both = (value, _without_blanks(value))
        return [self._valid("body", self.body, one, formats) for one in both] * 2

    def _valid(self, name: str, schema: Node, value: Any, formats: bool) -> bool:
        key = (name, formats)
        if key not in self._compiled:
            whole = {"allOf": [schema], **self._document}
            self._compiled[key] = jsonschema_rs.Draft202012Validator(
                whole, validate_formats=formats, offline=True
            )
        if self._told is not None:
            for error in self._compiled[key].iter_errors(value):
                at = "".join(f"/{step}" for step in error.instance_path)
                self._told.append(f"{name}{at and ' ' + at}: {str(error.message).splitlines()[0]}")
        return bool(self._compiled[key].is_valid(value))

    def _value(self, schema: Node, texts: list[str], number: bool) -> Any:
        kinds = self.kinds(schema)
        if "array" in kinds:
            items = {"anyOf": [n["items"] for n in self.nodes(schema) if "items" in n]}
            inner = self.kinds(items) if items["anyOf"] else frozenset({"string"})
            return [_read(text, inner, number) for text in texts]
        return _read(texts[-1], kinds, number)


_INTERPRETATIONS = tuple(product((True, False), (True, False)))


def _is_filled(found: list[str] | Mapping[str, list[str]]) -> bool:
    """Return whether any text is not empty."""
    return any(map(any, found.values())) if isinstance(found, Mapping) else any(found)


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


def _texts(body: Any) -> Any:
    """Return the fields of a form with the content of files as text."""
    if not isinstance(body, Mapping):
        return body
    contents = {name: file_content(value) for name, value in body.items()}
    texts = {n: c if isinstance(c, str) else c.decode("latin-1") for n, c in contents.items() if c}
    return {**body, **texts}


def _without_blanks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_blanks(item) for k, item in value.items() if item not in (None, "")}
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    return value
