"""Decides whether a request, once written and parsed again, fits what its operation declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import isfinite
from typing import Any
from urllib.parse import parse_qs, unquote

import jsonschema_rs
import orjson

from harness.engine.property.declared_fields import DeclaredFields, Node
from harness.model.operation import Operation, Parameter, Specification
from harness.wire.request import FORM, MULTIPART, Draft, render

_INTEGER = re.compile(r"\s*[+-]?\d+(\.0*)?\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


class RequestSchema(DeclaredFields):
    """Decides of one operation's requests whether they are valid as the vendor reads them."""

    def __init__(self, operation: Operation, specification: Specification) -> None:
        super().__init__(operation, specification)
        self._compiled: dict[tuple[str, bool], Any] = {}
        self._fields: dict[str, Node] = {}
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

    def is_surely_valid(self, draft: Draft) -> bool:
        """Return whether the request is valid, whether or not empty values count as missing."""
        return all(
            any(typed[::2]) and any(typed[1::2]) for typed in self._interpretations(draft, False)
        )

    def _interpretations(self, draft: Draft, formats: bool) -> Iterator[list[bool]]:
        """Yield for each part its verdicts: number kept blank, number no blank, text, text."""
        declared = self.operation.body
        if declared is not None and declared.media_type == MULTIPART:
            # A part is text like a form's field, and a form is read back more simply.
            form = replace(declared, media_type=FORM)
            draft = replace(draft, operation=replace(draft.operation, body=form))
        request = render(draft)
        path, _, query = request.path.partition("?")
        found = self._path.fullmatch(path)
        holes = found.groups() if found else ()
        values: Mapping[str, Mapping[str, list[str]]] = {
            "path": {n: [unquote(text)] for n, text in zip(self._holes, holes, strict=False)},
            "query": parse_qs(query, keep_blank_values=True),
            "header": {name.lower(): [text] for name, text in request.headers},
        }
        for (place, name), parameter in self.parameters.items():
            key = name.lower() if place == "header" else name
            if place in values:
                yield self._parameter(parameter, values[place].get(key), formats)
        if declared is None:
            return
        if declared.media_type in (FORM, MULTIPART):
            yield self._form(parse_qs(request.body.decode(), keep_blank_values=True), formats)
        elif "json" in declared.media_type:
            yield self._json(request.body, declared.required, formats)

    def _parameter(
        self, parameter: Parameter, texts: list[str] | None, formats: bool
    ) -> list[bool]:
        key = f"{parameter.place} {parameter.name}"
        return [
            not parameter.required
            if texts is None or not (blank or any(texts))
            else self._valid(
                key, parameter.schema, self._value(parameter.schema, texts, number), formats
            )
            for number, blank in _INTERPRETATIONS
        ]

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


_INTERPRETATIONS = tuple(product((True, False), (True, False)))


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
