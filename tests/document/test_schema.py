"""The shipped schemas and the messages made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.document.reader import Problems, read_document
from harness.document.schema import NAMES, load_schema, validate

KEYS = {
    "binding": "verbs",
    "laws": "laws",
    "observed": "observed",
    "requirements": "requirements",
    "targets": "targets",
    "waivers": "waivers",
}
"""A key of each format that a person writes."""


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every subschema of a schema with its path."""
    if not isinstance(node, dict):
        return
    yield path, node
    for key in ("properties", "$defs"):
        for name, item in node.get(key, {}).items():
            yield from nodes(item, f"{path}/{key}/{name}")
    for key in ("items", "additionalProperties", "propertyNames", "else"):
        yield from nodes(node.get(key), f"{path}/{key}")
    for key in ("anyOf", "oneOf"):
        for index, item in enumerate(node.get(key, ())):
            yield from nodes(item, f"{path}/{key}/{index}")


def complaints(folder: Path, name: str, text: str) -> list[str]:
    """Return what a schema says against a text."""
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problems) as raised:
        validate(read_document(path), name)
    return [line.removeprefix(f"{path}:") for line in str(raised.value).splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_says_what_it_is(name: str) -> None:
    """Each shipped schema obeys its draft and has a title and a description."""
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_is_closed_and_every_property_described(name: str) -> None:
    """An unknown key is always a mistake, and an editor can explain every known one."""
    for path, node in nodes(load_schema(name)):
        if node.get("type") == "object":
            assert "additionalProperties" in node, path
        if path.endswith("/else"):
            continue
        for key, item in node.get("properties", {}).items():
            described = "description" in item or "$ref" in item
            assert described or "/else" in path, f"{path}: {key}"


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_the_wrong_kind_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    """A text where a mapping or list should be is one mistake."""
    (told,) = complaints(tmp_path, name, "hello")
    assert told == "1: the file: expected a mapping, saw a text"


def test_all_mistakes_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    """One reading tells everything, so that one editing mends everything."""
    text = """\
format: 1
waivers:
  - requirement: 7
    check: tale:x
    owner: ""
    reason: because
    expiry: 2030-01-31
  - x
more: 1
"""
    assert complaints(tmp_path, "waivers", text) == [
        "3: waivers[0].requirement: expected a text that is not empty, saw the number 7; "
        "put it in quotes",
        "4: waivers[0].check: expected kind:name or kind:name#part, where the kind is scenario, "
        "response, property, invariant, threshold or promise, saw the text 'tale:x'",
        "5: waivers[0].owner: expected a text that is not empty, saw the text ''",
        "7: waivers[0] has the unknown key 'expiry'; expected requirement, check, owner, reason "
        "or expires; did you mean 'expires'?",
        "8: waivers[1]: expected a mapping, saw the text 'x'",
        "9: the file has the unknown key 'more'; expected format or waivers",
    ]


@pytest.mark.parametrize("name", KEYS)
def test_the_version_of_a_format_is_told(tmp_path: Path, name: str) -> None:
    """A file says which version of its format it is written in, and there is one version."""
    told = complaints(tmp_path, name, f"{KEYS[name]}: x\n")
    assert (
        f"1: the file lacks the key 'format'; expected 1, saw {KEYS[name]}; add `format: 1`" in told
    )
    told = complaints(tmp_path, name, "format: 2\n")
    assert "1: format: expected 1, saw the number 2; this harness reads format 1" in told


def test_a_choice_of_kinds_is_told_by_the_kind_that_is_meant(tmp_path: Path) -> None:
    """A misspelt word is compared with the words, a list with what a list should hold."""
    head = "format: 1\nscenarios:\n  - id: a.b\n    title: t\n    steps:\n      - id: x\n"
    said = complaints(tmp_path, "scenarios", f"{head}        verb: earn\n        units: at_mux\n")
    assert said == [
        "8: scenarios[a.b].steps[x].units: expected whole_balance, over_balance, at_max "
        "or over_max, saw the text 'at_mux'; did you mean 'at_max'?"
    ]
    said = complaints(tmp_path, "scenarios", f"{head}        verb: earn\n        units: [1]\n")
    assert said == [
        "8: scenarios[a.b].steps[x].units: expected a whole number from 1 to "
        "1,000,000,000,000,000 or whole_balance, over_balance, at_max or over_max, saw a list of 1"
    ]
    said = complaints(
        tmp_path, "scenarios", f"{head}        verb: earn\n        rows: [{{unit: 1}}]\n"
    )
    assert said == [
        "8: scenarios[a.b].steps[x].rows[0] has the unknown key 'unit'; expected member, units, "
        "reference or invalid; did you mean 'units'?",
        "8: scenarios[a.b].steps[x].rows[0] lacks the key 'member'; expected a text that is "
        "not empty, saw unit",
    ]


def test_what_may_be_secret_is_never_shown(tmp_path: Path) -> None:
    """Secrets and members are told by their kind, at every level at which they may be wrong."""
    target = "targets:\n  x:\n    kind: sandbox\n"
    for line in (
        "secrets: hunter2",
        "secrets: {a: hunter2, b: [hunter2], c: env:hunter-2}",
        "members: hunter2",
        "members: [hunter2]",
        "members: [{id: [hunter2], name: {x: hunter2}}]",
        "base_url: https://jo:hunter2@example.com/?x",
    ):
        told = complaints(tmp_path, "targets", f"{target}    {line}\n")
        assert told
        assert "hunter" not in "".join(told)
