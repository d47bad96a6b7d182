"""Checking a document's form against its schema, with messages for those who write it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from harness.document.composer import Pointer
from harness.document.messages import Problem, choice, guess, kind, near, refuse, shown
from harness.document.pointer import find
from harness.document.reader import Document

Schema = Mapping[str, Any]

NAMES = (
    "binding",
    "laws",
    "observed",
    "proof",
    "requirements",
    "result",
    "run_header",
    "scenarios",
    "targets",
    "waivers",
    "workload",
    "workload-defaults",
)
"""The formats a schema is shipped for."""

_SUFFIX = ".schema.json"
# Members have an id too, which must not be shown, so targets have no labels.
_LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "laws": ("id",),
        "requirements": ("id",),
        "scenarios": ("id",),
        "waivers": ("requirement",),
        "workload": ("name",),
    }
)
_KINDS = MappingProxyType(
    {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "object": "a mapping",
        "array": "a list",
        "null": "null",
    }
)
_SWITCHES = frozenset({"on", "off", "yes", "no", "true", "false"})


def validate(document: Document, name: str) -> None:
    """Raise `Problems` with every way in which the document is not of the format `name`.

    `name` is one of NAMES. A value that its schema marks `writeOnly` is never shown.
    """
    validator = _validator(name)
    refuse(
        problem
        for error in validator.iter_errors(document.value)
        for problem in _tell(error, document, name)
    )


def schema_text(name: str) -> str:
    """Return the JSON Schema of a format as it is shipped; raises `Problem` if there is none."""
    if name not in NAMES:
        raise Problem(f"unknown format '{name}'; expected {choice(NAMES)}", "", guess(name, NAMES))
    return files("harness.document").joinpath("schemas", name + _SUFFIX).read_text("utf-8")


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
def _validator(name: str) -> Any:
    registry: Any = Registry(retrieve=_resource)  # type: ignore[call-arg]
    return Draft202012Validator(load_schema(name), registry=registry)


def _resource(file: str) -> Any:
    return DRAFT202012.create_resource(load_schema(file.removesuffix(_SUFFIX)))


def _tell(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    if error.validator in ("anyOf", "oneOf"):
        branch = _intended(error)
        if branch:
            for inner in branch:
                yield from _tell(inner, document, name)
            return
    tell = _TELLERS.get(str(error.validator), _tell_value)
    yield from tell(error, document, name)


def _tell_unknown(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    known = list(_schema(error).get("properties", {}))
    pointer = _pointer(error)
    for key in _unknown(error):
        message = f"{_where(pointer, document, name)} has the unknown key '{key}'"
        message += f"; expected {choice(known)}"
        yield Problem(message, document.place((*pointer, key)), guess(key, known))


def _tell_missing(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    schema, pointer = _schema(error), _pointer(error)
    properties = schema.get("properties", {})
    seen: Any = error.instance
    missing = [key for key in schema["required"] if key not in seen]
    mistyped = {near(key, missing) for key in _unknown(error)} if properties else set()
    for key in missing:
        # A misspelt key is told of once, as the unknown key that it is.
        if key not in mistyped:
            expected = _expected(properties.get(key, {}), name)
            message = (
                f"{_where(pointer, document, name)} lacks the key '{key}'; expected {expected}"
            )
            fixed = properties.get(key, {}).get("const")
            hint = _hint(schema) if fixed is None else f"add `{key}: {fixed}`"
            yield Problem(f"{message}, saw {choice(seen, 'and')}", document.place(pointer), hint)


def _tell_dependent(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    pointer = _pointer(error)
    seen: Any = error.instance
    for key, needed in _schema(error)["dependentRequired"].items():
        missing = [other for other in needed if other not in seen]
        if key in seen and missing:
            where = _where(pointer, document, name)
            message = f"{where} has '{key}' without '{missing[0]}'; expected both"
            yield Problem(message, document.place((*pointer, key)))


def _tell_value(error: ValidationError, document: Document, name: str) -> Iterator[Problem]:
    schema, pointer = _schema(error), _pointer(error)
    value: Any = error.instance
    if _is_name(error, document):
        message = f"the name '{value}' in {_where(pointer, document, name)} is malformed"
        message += f"; expected {_expected(schema, name)}"
        yield Problem(message, document.place((*pointer, value)), _hint(schema))
        return
    saw = kind(value) if schema.get("writeOnly") else shown(value)
    message = f"{_where(pointer, document, name)}: expected {_expected(schema, name)}, saw {saw}"
    if str(error.validator) == "uniqueItems":
        message = f"{_where(pointer, document, name)}: expected each item once, saw one twice"
    words = list(_words(schema, name))
    hint = (guess(value, words) if isinstance(value, str) else "") or _hint(schema)
    yield Problem(message, document.place(pointer), hint or _retype(schema, value, words))


_TELLERS: Mapping[str, Callable[[ValidationError, Document, str], Iterator[Problem]]] = (
    MappingProxyType(
        {
            "additionalProperties": _tell_unknown,
            "required": _tell_missing,
            "dependentRequired": _tell_dependent,
        }
    )
)


def _intended(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the one branch the value is meant for, none if that cannot be told."""
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
    listed = [types] if isinstance(types, str) else types
    text = choice(_KINDS[word] for word in listed) if listed else "a value"
    return text + _limits(schema)


def _limits(schema: Schema) -> str:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        return f" from {lowest} to {highest}"
    if lowest is not None:
        return f" of at least {lowest}"
    if "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']}"
    if schema.get("minLength"):
        return " that is not empty"
    items = schema.get("minItems", schema.get("minProperties"))
    most = schema.get("maxItems", schema.get("maxProperties"))
    if items is None:
        return ""
    return f" of exactly {items}" if items == most else f" of at least {items}"


def _words(schema: Schema, name: str) -> Iterator[str]:
    schema = _resolved(schema, name)
    if "const" in schema:
        yield str(schema["const"])
    yield from (value for value in schema.get("enum", ()) if isinstance(value, str))
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _words(branch, name)


def _retype(schema: Schema, value: Any, words: list[str]) -> str:
    types = schema.get("type", "")
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


def _is_name(error: ValidationError, document: Document) -> bool:
    path = list(error.absolute_schema_path)
    holder = document.value
    for part in error.absolute_path:
        holder = holder[part]
    return len(path) > 1 and "propertyNames" in path[-4:] and isinstance(holder, dict)


def _unknown(error: ValidationError) -> list[str]:
    schema = _schema(error)
    seen: Any = error.instance
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return [
        key
        for key in seen
        if key not in known and not any(re.search(pattern, key) for pattern in patterns)
    ]


def _schema(error: ValidationError) -> Schema:
    schema = error.schema
    return schema if isinstance(schema, Mapping) else {}


def _pointer(error: ValidationError) -> Pointer:
    return tuple(error.absolute_path)


def _where(pointer: Pointer, document: Document, name: str) -> str:
    """Return the way to a value, with list items called by the name they give themselves."""
    text, value = "", document.value
    for part in pointer:
        value = value[part]
        if isinstance(part, int):
            own = value if isinstance(value, dict) else {}
            given = [own[key] for key in _LABELS.get(name, ()) if isinstance(own.get(key), str)]
            text += f"[{given[0] if given else part}]"
        else:
            text += f".{part}" if text else part
    return text or "the file"


def _hint(schema: Schema) -> str:
    return str(schema.get("x-hint", ""))


def _plain(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value
