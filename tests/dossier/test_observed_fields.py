"""What is collected of the fields in responses."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.dossier.observed_fields import (
    ObservedField,
    ObservedSchema,
    observed_fields,
    values_of,
)
from harness.wire.redact.needle import HIDDEN
from tests.acme import inferred_specification
from tests.spec.text import specification_of

BRANCHES = """\
openapi: 3.1.0
info: {title: T}
paths:
  /a:
    get:
      operationId: a
      x-source: s
      responses:
        200:
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Reply'}}}
components:
  schemas:
    Reply:
      oneOf:
        - {$ref: '#/components/schemas/Good'}
        - {$ref: '#/components/schemas/Bad'}
    Good: {type: object, properties: {code: {const: 200}, points: {type: integer}}}
    Bad: {type: object, properties: {code: {const: 400}, message: {type: string}}}
"""


def collected(*bodies: object, status: int = 200) -> dict[str, ObservedSchema]:
    """Return what responses of add_points with these bodies contained."""
    return observed_fields(
        inferred_specification(), [("add_points", status, body) for body in bodies]
    )


def test_fields_are_counted_under_the_component_that_declares_them() -> None:
    """Each field with its types, nested ones below `*`, and out of how many objects."""
    lines = [{"amount": 1}, {"amount": 2.5}, {}]
    found = collected({"id": "a", "lines": lines}, {"id": None})
    assert list(found) == ["Receipt"]
    receipt = found["Receipt"]
    assert receipt.declared["/id"].types == {"string": 1, "null": 1}
    assert receipt.declared["/lines/*/amount"].types == {"integer": 1, "number": 1}
    assert receipt.objects_around("/id") == 2
    assert receipt.objects_around("/lines/*/amount") == 3
    assert "/kind" not in receipt.declared
    assert not receipt.undeclared


def test_a_field_that_no_schema_declares_is_told_apart() -> None:
    """It is counted, and nothing below it is read as if it were declared."""
    receipt = collected({"id": "a", "extra": {"id": 1}})["Receipt"]
    assert receipt.undeclared["/extra"].types == {"object": 1}
    assert receipt.declared["/id"].count == 1


def test_a_field_of_an_inline_schema_belongs_to_its_operation_and_status() -> None:
    """A schema without a component is named by where it is declared."""
    found = observed_fields(inferred_specification(), [("read_account", 200, {"data": {"now": 5}})])
    assert found["read_account 200"].declared["/data/now"].types == {"integer": 1}


@pytest.mark.parametrize("response", [("nowhere", 200, {}), ("add_points", 500, {"id": "a"})])
def test_a_response_that_nothing_declares_is_left_out(response: tuple[str, int, object]) -> None:
    """An unknown operation or an undeclared status has no schema to compare with."""
    assert observed_fields(inferred_specification(), [response]) == {}


def test_only_the_branch_that_fits_a_body_is_read(tmp_path: Path) -> None:
    """Constants decide between alternatives, so no field of another branch is expected."""
    found = observed_fields(
        specification_of(BRANCHES, tmp_path),
        [("a", 200, {"code": 200, "points": 1}), ("a", 200, {"code": 400, "message": "no"})],
    )
    assert found["Good"].objects[""] == found["Bad"].objects[""] == 1
    assert set(found["Bad"].declared) == {"/code", "/message"}


def test_redacted_values_have_no_type_and_no_text() -> None:
    """What the journal has hidden is counted and not shown."""
    field = collected({"id": HIDDEN})["Receipt"].declared["/id"]
    assert field.types == {"hidden": 1}
    assert field.values == set()


@pytest.mark.parametrize(
    ("values", "count", "expected"),
    [
        ({"earn", "burn"}, 9, ("burn", "earn")),
        ({"earn", "burn"}, 2, ()),
        ({str(n) for n in range(7)}, 99, ()),
        ({"…"}, 9, ()),
    ],
    ids=["an enumeration", "each once", "too many", "too long"],
)
def test_only_values_that_recur_are_listed(
    values: set[str], count: int, expected: tuple[str, ...]
) -> None:
    """A field with few short values looks like an enumeration; others are not listed."""
    assert values_of(ObservedField(count, values=values)) == expected
