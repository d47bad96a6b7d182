"""Turn frozen records into plain JSON values and back, by the types of their fields."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from harness.model.check_id import CheckId

Record = TypeVar("Record")


class Malformed(ValueError):
    """A document does not have the form of the record it is read as."""


def to_document(record: Any) -> Any:
    """Return a record as mappings, lists, texts, numbers and None; a check id is one text."""
    if isinstance(record, CheckId):
        return str(record)
    if isinstance(record, Enum):
        return record.value
    if is_dataclass(record):
        return {field.name: to_document(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, Mapping):
        return {key: to_document(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [to_document(value) for value in record]
    return record


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return records, mappings, lists and values with every text in them changed."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: with_texts(getattr(value, one.name), change) for one in fields(value)}
        return replace(value, **changed)
    if isinstance(value, Mapping):
        return {key: with_texts(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(with_texts(item, change) for item in value)
    return value


def from_document(kind: type[Record], document: Any) -> Record:
    """Return the record of a class that a document tells; keys it does not know are ignored.

    Raises Malformed with the way to the value where one is missing or of another type.
    """
    record: Record = _read(kind, document, "")
    return record


def _read(kind: Any, value: Any, at: str) -> Any:
    if kind is Any:
        return value
    if isinstance(kind, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _read(options[0], value, at)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        _expect(isinstance(value, list | tuple), "a list", value, at)
        return tuple(_read(inner[0], item, f"{at}[{i}]") for i, item in enumerate(value))
    if origin is Mapping:
        _expect(isinstance(value, Mapping), "a mapping", value, at)
        return {key: _read(inner[1], item, f"{at}.{key}") for key, item in value.items()}
    if kind is CheckId:
        _expect(isinstance(value, str), "a check id", value, at)
        return CheckId.parse(value)
    if is_dataclass(kind):
        return _read_record(kind, value, at)
    if issubclass(kind, Enum):
        _expect(value in {member.value for member in kind}, f"a {kind.__name__}", value, at)
        return kind(value)
    is_whole = kind is float and type(value) is int
    _expect(is_whole or type(value) is kind, kind.__name__, value, at)
    return value


def _read_record(kind: Any, value: Any, at: str) -> Any:
    _expect(isinstance(value, Mapping), "a mapping", value, at)
    read = {}
    for name, (hint, required) in _fields(kind).items():
        if name in value:
            read[name] = _read(hint, value[name], f"{at}.{name}" if at else name)
        elif required:
            raise Malformed(f"{at or 'the document'} lacks {name!r}")
    return kind(**read)


@lru_cache
def _fields(kind: Any) -> Mapping[str, tuple[Any, bool]]:
    """Return each field of a record class with its type and whether it must be given."""
    hints = get_type_hints(kind)
    return {
        one.name: (hints[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
    }


def _expect(right: bool, wanted: str, value: Any, at: str) -> None:
    if not right:
        raise Malformed(f"{at or 'the document'}: expected {wanted}, saw {type(value).__name__}")
