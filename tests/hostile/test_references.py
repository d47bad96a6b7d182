"""References that lead in a circle or stand for very much end every command in few steps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from harness.contract.catalogue import read_catalogue
from harness.document import messages, reader, syntax
from harness.engine.property.generate import generate_cases
from harness.engine.property.request_schema import RequestSchema
from harness.model.operation import Specification
from harness.scaffold import fields
from harness.scaffold.fields import fields_of
from harness.scaffold.skeleton import skeleton
from harness.scaffold.source import read_source
from harness.spec import bundle, circles
from harness.spec.circles import is_wide
from harness.spec.openapi import read_specification
from harness.spec.promised import promised_at
from harness.spec.provenance import provenance_at
from tests.hostile.tree import SPECIFICATION, Tree, told

LEVELS, WIDTH = 30, 8
Level = Callable[[dict[str, str]], dict[str, Any]]


def to(name: str) -> dict[str, str]:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def levels(level: Level, first: str = "Key", count: int = LEVELS) -> dict[str, Any]:
    """Return schemas each of which refers to the next one."""
    names = [first, *(f"L{number}" for number in range(1, count)), "Last"]
    made = {name: level(to(below)) for name, below in pairwise(names)}
    return {**made, "Last": {"type": "string"}}


def optional(below: Any) -> dict[str, Any]:
    """Return an object with the next schema in each of its fields."""
    return {"type": "object", "properties": {f"p{n}": below for n in range(WIDTH)}}


def required(below: Any) -> dict[str, Any]:
    """Return an object that must have all of these fields."""
    return {**optional(below), "required": [f"p{n}" for n in range(WIDTH)]}


def many_for_one(below: Any) -> dict[str, Any]:
    """Return a schema that refers to the next one many times for one value."""
    return {"allOf": [below] * WIDTH}


def alternatives(below: Any) -> dict[str, Any]:
    """Return a schema with alternatives that all have the next one."""
    return {"anyOf": [{"properties": {"a": below, f"b{n}": {}}} for n in range(WIDTH)]}


def choice(below: Any) -> dict[str, Any]:
    """Return a schema with alternatives that are all the next one, and something more."""
    return {"oneOf": [{**below, "description": str(n)} for n in range(WIDTH)]}


def listed(below: Any) -> dict[str, Any]:
    """Return a list that must have many of the next one."""
    return {"type": "array", "minItems": WIDTH, "items": below}


CIRCLES: dict[str, tuple[dict[str, Any], str]] = {
    "itself": ({"Key": to("Key")}, "Key → Key"),
    "alias": ({"Key": to("A"), "A": to("B"), "B": to("A")}, "A → B → A"),
    "allOf": ({"Key": {"type": "object", "allOf": [{"type": "object"}, to("Key")]}}, "Key → Key"),
    "anyOf": ({"Key": {"anyOf": [to("Key"), {"type": "string"}]}}, "Key → Key"),
    "oneOf": ({"Key": {"oneOf": [{"oneOf": [to("A")]}]}, "A": {"allOf": [to("Key")]}}, "→ A →"),
    "not": ({"Key": {"not": to("Key")}}, "Key → Key"),
    "then": ({"Key": {"if": {}, "then": to("Key")}}, "Key → Key"),
    "dependent": ({"Key": {"dependentSchemas": {"a": to("Key")}}}, "Key → Key"),
    "below": ({"Key": {"properties": {"a": {"$ref": "#/components/schemas/Key/properties/a"}}}},
              "a → a"),
    "long": (levels(lambda below: {"allOf": [below]}, count=9) | {"Last": to("Key")},
             "→ L2 → L3 → … → "),
}  # fmt: skip


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_without_a_field_between_is_refused(tree: Tree, name: str) -> None:
    """Such a schema describes its value by itself, and a validator would never end."""
    schemas, way = CIRCLES[name]
    tree.schemas(**schemas)
    said = tree.refused()
    assert f"{SPECIFICATION}:" in said
    assert "the references lead in a circle: " in said
    assert way in said
    assert len(said.splitlines()) == 1


TREES: dict[str, dict[str, Any]] = {
    "items": {"Event": {"properties": {"id": {"type": "string"},
                                       "children": {"type": "array", "items": to("Event")}}}},
    "field": {"Event": {"properties": {"parent": {"anyOf": [to("Event"), {"type": "null"}]}}}},
    "mutual": {"Event": {"allOf": [to("A")]}, "A": {"properties": {"b": to("B")}},
               "B": {"allOf": [to("C")]}, "C": {"properties": {"a": to("A"), "e": to("Event")}}},
    "map": {"Event": {"additionalProperties": to("Event")}},
    "named": {"Event": {"properties": {"not": to("Event"), "allOf": to("Event")}}},
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_tree_is_valid(tree: Tree, name: str) -> None:
    """A schema may refer to itself through a field or an item, as a tree of categories does."""
    tree.schemas(**TREES[name])
    assert "starpoints: valid" in tree.valid()
    specification = read(tree)
    generated = generate_cases(specification, ["RetrieveLoyaltyAccount"], 1, {})
    assert generated["RetrieveLoyaltyAccount"]


def read(tree: Tree) -> Specification:
    """Return the specification."""
    return read_specification(tree.root / SPECIFICATION)


@pytest.mark.parametrize("level", [many_for_one, choice])
def test_a_value_that_very_many_schemas_describe_is_refused(tree: Tree, level: Level) -> None:
    """Eight references to each next level, thirty levels deep, are told at the level too many."""
    tree.schemas(**levels(level))
    said = tree.refused()
    assert "one value is described by more than 1,000 schemas, references written out" in said
    assert len(said.splitlines()) == 1


def test_schemas_in_one_another_are_limited(tree: Tree) -> None:
    """A chain of references that is too long for any reader is refused, however long."""
    tree.schemas(**levels(lambda below: {"allOf": [below]}, count=3000))
    assert "or by more than 64 one in another" in tree.refused()


@pytest.mark.parametrize("level", [optional, required, alternatives, listed])
def test_a_wide_request_is_read_and_no_requests_of_it_are_generated(
    tree: Tree, level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its operations are told as untested by `lint` and by a run; the others are tested."""
    tree.schemas(**levels(level))
    specification = read(tree)
    steps = 0
    inner = circles._inner

    def counted(node: Any) -> Any:
        nonlocal steps
        steps += 1
        return inner(node)

    monkeypatch.setattr(circles, "_inner", counted)
    operations = specification.operations.items()
    wide = [name for name, one in operations if is_wide(one, specification.document)]
    assert "CreateLoyaltyAccount" in wide
    assert steps <= (circles.WIDTH_MAX + 1) * len(specification.operations)
    without: dict[str, str] = {}
    names = ["CreateLoyaltyAccount", "RetrieveLoyaltyAccount"]
    generated = generate_cases(specification, names, 1, {}, without.__setitem__)
    assert list(generated) == ["RetrieveLoyaltyAccount"]
    assert "more than 500 schemas" in without["CreateLoyaltyAccount"]


def test_what_is_left_out_is_a_note(tree: Tree) -> None:
    """Lint says which requests are not generated, and why."""
    tree.schemas(**levels(optional, "Wide"))
    document = tree.read(SPECIFICATION)
    body = document["paths"]["/v2/loyalty/accounts/{account_id}/adjust"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    schema["properties"]["adjust_points"]["properties"]["more"] = to("Wide")
    tree.write(SPECIFICATION, document)
    assert "no requests of AdjustLoyaltyPoints are generated: its request stands" in tree.valid()


@pytest.mark.parametrize("schema", [{"type": "string", "minLength": 5, "maxLength": 2}, False])
def test_a_request_that_no_value_fits_is_told(tree: Tree, schema: Any) -> None:
    """The other operations are generated all the same."""
    tree.schemas(Key=schema)
    without: dict[str, str] = {}
    names = ["CreateLoyaltyAccount", "RetrieveLoyaltyAccount"]
    generated = generate_cases(read(tree), names, 1, dict.fromkeys(names, 2), without.__setitem__)
    assert list(generated) == ["RetrieveLoyaltyAccount"]
    assert list(without) == ["CreateLoyaltyAccount"]


def test_fields_within_themselves_are_asked_for_twice(tree: Tree) -> None:
    """A schema with itself in eight fields has as many paths as requests are generated with."""
    tree.schemas(Key={**optional(to("Key")), "anyOf": [{"required": ["p0"]}, {}]})
    specification = read(tree)
    found = RequestSchema(specification.operations["CreateLoyaltyAccount"], specification)
    assert 0 < len(found.alternatives()) <= 1 + WIDTH + WIDTH**2


def test_a_pointer_is_followed_through_each_schema_once(tree: Tree) -> None:
    """Alternatives at every level of a pointer would be eight to the power of thirty ways."""
    tree.schemas(**levels(alternatives, "Event"))
    specification, pointer = read(tree), "/events/0" + "/a" * (LEVELS - 1)
    assert promised_at(specification, "AccumulateLoyaltyPoints", pointer).promised
    assert not promised_at(specification, "AccumulateLoyaltyPoints", f"{pointer}/x").promised
    found = provenance_at(specification, "AccumulateLoyaltyPoints", 200, pointer)
    assert found is not None
    assert not found.inferred


@pytest.mark.parametrize("level", [optional, required, alternatives, listed])
@pytest.mark.parametrize("first", ["Key", "Event"])
def test_the_first_files_of_a_vendor_are_written_in_few_steps(
    tree: Tree, level: Level, first: str
) -> None:
    """Guesses look at the nearest fields, and a wide body is left to whoever knows it."""
    tree.schemas(**levels(level, first))
    made = skeleton("acme", read_source(tree.root / SPECIFICATION))
    assert sum(map(len, made.files.values())) < 200_000
    root = read(tree).document
    found = list(fields_of(to(first), root))
    assert len(found) <= fields._FIELDS_MOST + WIDTH


def test_a_schema_within_itself_is_sampled_twice(tree: Tree) -> None:
    """Eight fields that each must have eight more never end, and the sample does."""
    tree.schemas(Key=required(to("Key")))
    made = skeleton("acme", read_source(tree.root / SPECIFICATION))
    assert sum(map(len, made.files.values())) < 200_000


def test_references_between_files_are_followed_without_end(tree: Tree) -> None:
    """A chain of thousands is no deeper than one."""
    chain = {f"l{n}": {"properties": {"a": {"$ref": f"#/l{n + 1}"}}} for n in range(3000)}
    tree.write("specs/starpoints/chain.yaml", {**chain, "l3000": {"type": "string"}})
    tree.schemas(Event={"$ref": "chain.yaml#/l0"})
    assert len(read(tree).document["components"]["schemas"]) > 3000


def test_a_document_that_grows_by_its_references_is_refused(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that is referred to is written out each time, until that is too much."""
    monkeypatch.setattr(bundle, "_LINES_MAX", 2000)
    item = {"summary": "x", "parameters": [{"name": f"q{n}", "in": "query"} for n in range(100)]}
    tree.write("specs/starpoints/item.yaml", {"item": item})
    document = tree.read(SPECIFICATION)
    document["paths"] |= {f"/x{n}": {"$ref": "item.yaml#/item"} for n in range(100)}
    tree.write(SPECIFICATION, document)
    assert "the document is too large once the files that it refers to" in tree.refused()


@pytest.mark.parametrize("text", ["- 1\n" * 50, "[" + "1," * 50 + "1]\n"])
def test_a_text_with_too_many_values_is_refused(
    tree: Tree, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted while they are read."""
    for module in (syntax, reader):
        monkeypatch.setattr(module, "VALUES_MAX", 40)
    (tree.root / SPECIFICATION).write_text(text, "utf-8")
    said = told(read_specification, tree.root / SPECIFICATION)
    assert "openapi.yaml:" in said
    assert "the text holds too many values" in said
    path = tree.root / "x.json"
    path.write_text("[" + "1," * 50 + "1]", "utf-8")
    assert "x.json:1: the text holds too many values" in told(read_specification, path)


@pytest.mark.parametrize(
    "text",
    ["".join("a: 1\n" for _ in range(500)), "".join(f"- &a{n} 1\n" for n in range(500)),
     "format: 1\n" + "".join(f"k{n}: 1\n" for n in range(500))],
    ids=["duplicates", "anchors", "unknown"],
)  # fmt: skip
def test_the_first_hundred_mistakes_are_told(tree: Tree, text: str) -> None:
    """A file of mistakes alone ends after them."""
    (tree.root / "loadtests/till.yaml").write_text(text, "utf-8")
    lines = tree.refused().splitlines()
    assert len(lines) == messages.PROBLEMS_MAX
    assert "there are more mistakes than the 100 that are told" in lines[0]


def test_a_wide_response_is_read(tree: Tree) -> None:
    """Only requests are generated; a response of any width is checked as it comes."""
    tree.schemas(**levels(optional, "Event"))
    assert "starpoints" in read_catalogue(tree.root).vendors
