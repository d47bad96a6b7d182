"""Validation of documents against their schemas, with messages for those who write them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from harness.document.messages import choice, counted, guess, kind, near, shown, unknown_name
from harness.document.pointer import find
from harness.document.reader import Document, Pointer, Problem, refuse

Schema = Mapping[str, Any]

_SUFFIX = ".schema.json"
_FOLDER = files("harness.document").joinpath("schemas")

NAMES = tuple(sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.iterdir()))
"""The formats a schema is shipped for."""

# Members have an id too, which must not be shown, so targets have no labels.
_LABELS: Mapping[str, str] = {
    "laws": "id",
    "requirements": "id",
    "scenarios": "id",
    "waivers": "requirement",
    "workload": "name",
}
TYPE_WORDS: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}
"""What messages call the types of JSON Schema."""
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+(/.*)?")
_SWITCHES = frozenset({"on", "off", "yes", "no", "true", "false"})


def validate(document: Document, name: str) -> Document:
    """Return the document, which is of the format `name`, one of NAMES.

    Raises `Problems` with every way in which it is not. A value marked `writeOnly` is never shown.
    """
    if _fast_validator(name).is_valid(document.value):
        return document
    _refuse_another_kind(document, name)
    errors = _validator(name).iter_errors(document.value)
    refuse(problem for error in errors for problem in _problems_of(error, document, name))
    return document


def _refuse_another_kind(document: Document, name: str) -> None:
    """Raise `Problems` for a file of another kind, of which nothing is shown."""
    known, value = load_schema(name)["properties"], document.value
    if not isinstance(value, Mapping):
        refuse([document.problem(f"the file: expected a mapping, saw {kind(value)}")])
    if value and known.keys().isdisjoint(value):
        message = f"the file is of another kind; expected the keys {choice(known, 'and')}"
        refuse([document.problem(message, hint=f"`harness schema {name}` says what it may hold")])


def schema_text(name: str) -> str:
    """Return the JSON Schema of a format as it is shipped; raises `Problem` if there is none."""
    if name not in NAMES:
        raise unknown_name(f"unknown format '{name}'", "", name, NAMES)
    return _FOLDER.joinpath(name + _SUFFIX).read_text("utf-8")


def format_list() -> str:
    """Return a line for each format: its name, and the first sentence of its description."""
    firsts = {name: str(load_schema(name)["description"]).partition(". ")[0] for name in NAMES}
    return "".join(f"{name:<18} {first.rstrip('.')}\n" for name, first in firsts.items())


@lru_cache
def load_schema(name: str) -> Schema:
    """Return the JSON Schema of a format, one of NAMES."""
    schema: Schema = json.loads(schema_text(name))
    return schema


@lru_cache
def _fast_validator(name: str) -> Any:
    """Return what says whether a document is of a format, where errors need no words."""
    return jsonschema_rs.Draft202012Validator(dict(load_schema(name)), retriever=_schema_at)


def _schema_at(address: str) -> dict[str, Any]:
    return dict(load_schema(address.rpartition("/")[2].removesuffix(_SUFFIX)))


@lru_cache
def _validator(name: str) -> Any:
    registry: Any = Registry(retrieve=_resource)  # type: ignore[call-arg]
    return Draft202012Validator(load_schema(name), registry=registry)


def _resource(file: str) -> Any:
    return DRAFT202012.create_resource(load_schema(file.removesuffix(_SUFFIX)))


def _problems_of(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    """Yield the problems for an error of the validator."""
    violation = _Violation(error, document, name)
    match error.validator:
        case "anyOf" | "oneOf" if branch := _intended(error):
            for inner in branch:
                yield from _problems_of(inner, document, name)
        case "additionalProperties":
            yield from violation.unknown_keys()
        case "required":
            yield from violation.missing_keys()
        case "dependentRequired":
            yield from violation.dependent_keys()
        case _:
            yield violation.malformed_name() if violation.is_name else violation.wrong_value()


@dataclass(frozen=True, slots=True)
class _Violation:
    error: ValidationError
    document: Document
    name: str

    @property
    def pointer(self) -> Pointer:
        return tuple(self.error.absolute_path)

    @property
    def schema(self) -> Schema:
        return _schema(self.error)

    @property
    def seen(self) -> Any:
        return self.error.instance

    @property
    def where(self) -> str:
        """The way to the value, with list items called by the name they give themselves."""
        text, value = "", self.document.value
        for part in self.pointer:
            value = value[part]
            if isinstance(part, int):
                own = value.get(_LABELS.get(self.name)) if isinstance(value, dict) else None
                text += f"[{own if isinstance(own, str) else part}]"
            else:
                text += f".{part}" if text else part
        return text or "the file"

    @property
    def is_name(self) -> bool:
        """Whether the value is a key whose form is wrong."""
        return "propertyNames" in list(self.error.absolute_schema_path)[-4:]

    def unknown_keys(self) -> Iterator[Problem]:
        known = list(self.schema.get("properties", {}))
        for key in self._unknown():
            message = f"{self.where} has the unknown key '{key}'"
            yield self.document.unknown(message, (*self.pointer, key), key, known)

    def missing_keys(self) -> Iterator[Problem]:
        properties = self.schema.get("properties", {})
        missing = [key for key in self.schema["required"] if key not in self.seen]
        mistyped = {near(key, missing) for key in self._unknown()} if properties else set()
        for key in missing:
            # A misspelt key is reported once, as an unknown key.
            if key not in mistyped:
                terms = properties.get(key, {})
                wanted, saw = _expected(terms, self.name), choice(self.seen, "and")
                message = f"{self.where} lacks the key '{key}'; expected {wanted}, saw {saw}"
                hint = f"add `{key}: {terms['const']}`" if "const" in terms else _hint(self.schema)
                yield self.document.problem(message, self.pointer, hint)

    def dependent_keys(self) -> Iterator[Problem]:
        for key, needed in self.schema["dependentRequired"].items():
            missing = [other for other in needed if other not in self.seen]
            if key in self.seen and missing:
                message = f"{self.where} has '{key}' without '{missing[0]}'; expected both"
                yield self.document.problem(message, (*self.pointer, key))

    def malformed_name(self) -> Problem:
        wanted, name = _expected(self.schema, self.name), self.seen
        message = f"the name '{name}' in {self.where} is malformed; expected {wanted}"
        return self.document.problem(message, (*self.pointer, name), _hint(self.schema))

    def wrong_value(self) -> Problem:
        schema, value = self.schema, self.seen
        saw = kind(value) if schema.get("writeOnly") else shown(value)
        message = f"{self.where}: expected {_expected(schema, self.name)}, saw {saw}"
        if self.error.validator == "uniqueItems":
            message = f"{self.where}: expected each item once, saw one twice"
        words = list(_literals(schema, self.name))
        hint = (guess(value, words) if isinstance(value, str) else "") or _hint(schema)
        return self.document.problem(
            message, self.pointer, hint or _quote_hint(schema, value, words)
        )

    def _unknown(self) -> list[str]:
        known = self.schema.get("properties", ())
        patterns = self.schema.get("patternProperties", ())
        return [
            key
            for key in self.seen
            if key not in known and not any(re.search(pattern, key) for pattern in patterns)
        ]


def _intended(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the one branch whose kind the value has, none if there are several."""
    branches: dict[Any, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        branches[inner.relative_schema_path[0]].append(inner)
    fitting = [
        branch for branch in branches.values() if not any(_of_other_kind(inner) for inner in branch)
    ]
    return fitting[0] if len(fitting) == 1 else []


def _of_other_kind(error: ValidationError) -> bool:
    if error.relative_path:
        return False
    if error.validator in ("enum", "const"):
        schema = _schema(error)
        allowed = schema.get("enum", [schema.get("const")])
        return kind(error.instance) not in {kind(value) for value in allowed}
    return error.validator == "type"


def _expected(schema: Schema, name: str) -> str:
    schema = _resolved(schema, name)
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return choice(_plain(value) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_expected(branch, name) for branch in schema[key])
    types = schema.get("type", [])
    kinds = [TYPE_WORDS[word] for word in ([types] if isinstance(types, str) else types)]
    return (choice(kinds) if kinds else "a value") + _limits(schema)


def number_range(schema: Schema) -> str:
    """Return the range of a number in words, such as ` from 1 to 256`, empty without one."""
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    if lowest is not None:
        least = f" of at least {lowest:,}"
        return least if highest is None else f" from {lowest:,} to {highest:,}"
    if above is not None:
        return f" above {above:,}" + (f" and up to {highest:,}" if highest is not None else "")
    return "" if highest is None else f" of at most {highest:,}"


def _limits(schema: Schema) -> str:
    if found := number_range(schema):
        return found
    unit = "item" if "minItems" in schema else "key"
    fewest = schema.get("minItems", schema.get("minProperties"))
    if schema.get("minLength"):
        return " that is not empty"
    if fewest is None:
        return ""
    exact = fewest == schema.get("maxItems", schema.get("maxProperties"))
    return f" of {'exactly' if exact else 'at least'} {counted(fewest, unit)}"


def _literals(schema: Schema, name: str) -> Iterator[str]:
    schema = _resolved(schema, name)
    if "const" in schema:
        yield str(schema["const"])
    yield from (value for value in schema.get("enum", ()) if isinstance(value, str))
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _literals(branch, name)


def _quote_hint(schema: Schema, value: Any, words: list[str]) -> str:
    types = schema.get("type", "")
    if isinstance(value, str) and _EXPONENT.fullmatch(value) and not schema.get("writeOnly"):
        return "write the number out, such as 1000 or 0.5"
    if types == "string" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if types in ("integer", "number") and isinstance(value, str):
        digits = value.lstrip("-").replace(".", "", 1).isdecimal()
        return "take the quotes away" if digits and not schema.get("writeOnly") else ""
    if types == "boolean" and isinstance(value, str) and value.lower() in _SWITCHES:
        return "write true or false"
    if isinstance(value, bool | int | float) and _plain(value) in words:
        return "put it in quotes"
    return ""


def _resolved(schema: Schema, name: str) -> Schema:
    while "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        name = file.removesuffix(_SUFFIX) or name
        schema = find(load_schema(name), pointer, {})
    return schema


def _schema(error: ValidationError) -> Schema:
    schema = error.schema
    return schema if isinstance(schema, Mapping) else {}


def _hint(schema: Schema) -> str:
    return str(schema.get("x-hint", ""))


def _plain(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value
