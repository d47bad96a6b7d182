from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from harness.document.schema import load_schema
from harness.model.check_id import CheckId
from harness.model.record import Malformed, from_document, to_document
from harness.model.result import FindingResult, Result
from harness.model.run_header import LoadHeader, MixHeader, RunHeader
from harness.model.verdict import Verdict
from harness.model.workload import Stage
from tests.report.example import example, hostile

LOAD = LoadHeader("mix", 5, (Stage("steady", 1, 2.5, 3),), 50, mix=(MixHeader("earn", "earn"),))
HEADER = RunHeader(vendor="acme", engines=("load",), auth={"earn": ("header:key",)}, load=LOAD)


@pytest.mark.parametrize("document", [example(), hostile()], ids=["example", "hostile"])
def test_a_result_is_read_and_written_without_loss(document: dict[str, Any]) -> None:
    """Its document and its record tell the same."""
    result = from_document(Result, document)
    assert to_document(result) == document
    assert from_document(Result, to_document(result)) == result


def test_a_header_is_read_and_written_without_loss() -> None:
    """So is what a journal begins with; a document that tells less takes the defaults."""
    assert from_document(RunHeader, to_document(HEADER)) == HEADER
    assert from_document(RunHeader, {"vendor": "acme"}) == RunHeader(vendor="acme")


def test_unknown_keys_are_ignored() -> None:
    """A newer writer may tell more within the same format."""
    assert from_document(RunHeader, {"vendor": "acme", "colour": 5}).vendor == "acme"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exit": "1"}, "exit: expected int, saw str"),
        ({"exit": True}, "exit: expected int, saw bool"),
        ({"verdict": "good"}, "verdict: expected a Verdict, saw str"),
        ({"vendors": {}}, "vendors: expected a list, saw dict"),
        ({"vendors": [{}]}, r"vendors\[0\] lacks 'vendor'"),
        ({"run": None}, "run: expected a mapping, saw NoneType"),
    ],
)
def test_a_malformed_document_names_the_place(change: dict[str, Any], words: str) -> None:
    """A value of another type is refused with the way to it."""
    with pytest.raises(Malformed, match=words):
        from_document(Result, {**example(), **change})


def test_values_are_typed() -> None:
    """Check ids and verdicts are read as such, whole numbers as the fractions they stand for."""
    vendor = from_document(Result, example()).vendors[0]
    finding: FindingResult = vendor.findings[0]
    assert finding.check == CheckId("invariant", "one-effect")
    assert finding.verdict is Verdict.FAIL
    assert vendor.loads[0].thresholds[0].at_most == 50
    assert replace(finding, count=3).count == 3


@pytest.mark.parametrize(("name", "kind"), [("result", Result), ("run_header", RunHeader)])
def test_schema_and_record_agree(name: str, kind: type) -> None:
    """Each record has a part of the schema with the same keys, all required, and their types."""
    schema = load_schema(name)
    assert str(schema["$id"]).endswith(":1")
    line = {"event", "format"} if kind is RunHeader else set()
    seen: set[str] = set()
    for record, part in _parts(kind, schema, schema["$defs"], seen):
        hints = get_type_hints(record)
        extra = line if record is RunHeader else set()
        assert set(part["properties"]) - extra == set(hints), record
        assert set(part["required"]) == set(part["properties"]), record
        for one in fields(record):
            shown = part["properties"][one.name]
            assert shown["description"]
            assert _kind(shown) == _json_kind(hints[one.name]), (record, one.name)
    assert seen == set(schema["$defs"])


def _parts(kind: Any, part: Any, defs: Any, seen: set[str]) -> Any:
    yield kind, part
    for hint in get_type_hints(kind).values():
        for inner in (hint, *get_args(hint)):
            name = getattr(inner, "__name__", "")
            if is_dataclass(inner) and inner is not CheckId and name not in seen:
                seen.add(name)
                yield from _parts(inner, defs[name], defs, seen)


def _kind(shown: Mapping[str, Any]) -> Any:
    if "anyOf" in shown:
        return (_kind(shown["anyOf"][0]), "null")
    if "$ref" in shown:
        return shown["$ref"].rpartition("/")[2]
    if "enum" in shown or "const" in shown:
        known = shown.get("enum", [shown.get("const")])
        return {str: "string", int: "integer"}[type(known[0])]
    return shown["type"]


def _json_kind(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return (_json_kind(get_args(hint)[0]), "null")
    if get_origin(hint) is tuple:
        return "array"
    if get_origin(hint) is Mapping:
        return "object"
    if hint is CheckId or (isinstance(hint, type) and issubclass(hint, Enum)):
        return "string"
    if is_dataclass(hint):
        return getattr(hint, "__name__", "")
    return {str: "string", bool: "boolean", int: "integer", float: "number"}[hint]


def test_a_record_of_an_unknown_type_cannot_be_read() -> None:
    """Nothing is guessed where a field's type is not one that JSON has."""

    @dataclass
    class Odd:
        when: bytes

    with pytest.raises(Malformed, match="expected bytes"):
        from_document(Odd, {"when": "now"})
