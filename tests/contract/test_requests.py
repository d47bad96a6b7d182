"""Requests of a binding are held against the specification before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.validate.assumed import SHOWN, Assumed, Doubt, assume
from harness.contract.validate.fit import sure_faults, validator_of
from harness.contract.validate.requests import unmet_needs
from harness.contract.validate.target import misfits_of_target
from tests.contract.trees import (
    BINDING,
    COMMON,
    OWN,
    SPECIFICATION,
    WORKLOAD,
    complaints,
    complaints_of,
    copy_tree,
    edit,
)

EARN = 'amount: "${units}", reference: "${reference?}", remark: earned'
WHO = {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}}


def test_a_template_becomes_what_is_known_of_it() -> None:
    """Units are whole numbers, members and values are texts, and responses show anything."""
    template = {
        "a": "${units}",
        "b": "${member.id}",
        "c": ["${token}", "x${units}"],
        "d": "${value.shop}",
        "e": "${number}",
        "f": "${number|text}",
        "g": 5,
    }
    assumed = assume(template, {"value": {"shop": "007"}, "number": SHOWN})
    assert assumed.value == {"a": 1, "b": "text", "c": ["text", "text"], "d": "007"} | {
        "e": "text",
        "f": "text",
        "g": 5,
    }
    assert assumed.doubts == {
        ("a",): Doubt.INTEGER,
        ("b",): Doubt.TEXT,
        ("c", 0): Doubt.ANY,
        ("c", 1): Doubt.TEXT,
        ("e",): Doubt.ANY,
        ("f",): Doubt.TEXT,
    }


@pytest.mark.parametrize(
    ("schema", "sure"),
    [
        ({"type": "integer"}, "a whole number"),
        ({"type": ["integer", "null"]}, "null or a whole number"),
        ({"type": "string", "maxLength": 1}, ""),
        ({"type": "string", "pattern": "^[0-9]+$"}, ""),
        ({"enum": ["gold", "silver"]}, ""),
        ({"enum": [1, 2]}, "1 or 2"),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 9}]}, ""),
        ({"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, "a whole number"),
        ({"not": {"const": "text"}}, ""),
    ],
)
def test_only_what_no_text_could_satisfy_is_a_fault(schema: Any, sure: str) -> None:
    """Which text it will be is not known, so its length, form and choice may be right."""
    validator = validator_of({"properties": {"a": schema}}, {})
    found = sure_faults(validator, Assumed({"a": "text"}, {("a",): Doubt.TEXT}))
    assert [fault.expected for fault in found] == ([sure] if sure else [])


def test_a_value_that_responses_show_is_never_a_fault() -> None:
    """It may have any type; a field that is missing is missing all the same."""
    validator = validator_of({**WHO, "required": ["who", "card"]}, {})
    found = sure_faults(validator, Assumed({"who": "text"}, {("who",): Doubt.ANY}))
    assert [fault.expected for fault in found] == ["the field 'card'"]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            BINDING,
            EARN,
            EARN.replace(", remark: earned", ""),
            "verbs.earn.send.body does not fit add_points: expected the field 'remark', saw"
            " amount, reference and who",
        ),
        (
            BINDING,
            EARN,
            EARN.replace("${units}", "many"),
            "verbs.earn.send.body.amount does not fit add_points: expected a whole number, saw a"
            " text",
        ),
        (
            SPECIFICATION,
            '      x-idempotent: true\n      parameters: [{$ref: "#/components/parameters/Token"}]',
            '      x-idempotent: true\n      parameters: [{$ref: "#/components/parameters/Token"}, '
            "{name: X-Lang, in: header, required: true, schema: {type: string}}]",
            "add_points needs the header 'X-Lang'; add it to verbs.earn.send.header",
        ),
        (
            SPECIFICATION,
            "info: {title: Acme,",
            "security: [{Basic: []}]\ninfo: {title: Acme,",
            "the security of the specification asks for Basic (header authorization)",
        ),
    ],
)
def test_a_request_that_does_not_fit_is_a_mistake(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    """Missing fields and headers, other types and forgotten credentials are told with a place."""
    root = copy_tree(tmp_path)
    text = (root / file).read_text("utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new, 1), "utf-8")
    assert any(line.startswith(f"{BINDING}:") and told in line for line in complaints(root))


def test_a_step_that_must_succeed_fits(tmp_path: Path) -> None:
    """One that may be refused may break the specification on purpose."""
    root = copy_tree(tmp_path)
    send = "operation: login, send: {body: {user: [1]}}, "
    edit(root, OWN, "operation: login, without: [pass], auth: none, ", send)
    assert read_catalogue(root).vendors["acme"]
    text = (root / OWN).read_text("utf-8")
    (root / OWN).write_text(text.replace("outcome: refused", "outcome: ok"), "utf-8")
    (line,) = [one for one in complaints(root) if "expects ok" in one]
    assert line.startswith(f"{OWN}:6: the step attempt of access.no-password expects ok:")


def test_steps_of_common_scenarios_fit_each_vendor_that_plays_them(tmp_path: Path) -> None:
    """The vendor and the scenario are told; a scenario it does not play is not held against it."""
    root = copy_tree(tmp_path)
    edit(root, WORKLOAD, "units: [1, 9]", "units: [10, 90]")
    edit(root, WORKLOAD, "weight: 1, concurrent", "weight: 1, units: [10, 90], concurrent")
    edit(root, SPECIFICATION, "integer, minimum: 1,", "integer, minimum: 10,")
    assert complaints_of(root, COMMON) == [
        f"{COMMON}:8: acme: the step earn of earn.once expects ok: send.body.amount does not fit"
        " add_points: expected at least 10, saw a number; say in the binding how much a unit is,"
        " or replace the scenario by its id"
    ]
    edit(root, COMMON, "needs: [earn, balance]", 'needs: [earn, balance, "promise:bulk_each"]')
    assert complaints_of(root, COMMON) == []


def test_the_promised_maximum_of_a_step_fits(tmp_path: Path) -> None:
    """A step with the most units is held to what the vendor promises."""
    root = copy_tree(tmp_path)
    edit(root, COMMON, "units: 5,", "units: at_max,")
    assert read_catalogue(root).vendors["acme"]
    edit(root, BINDING, "units_max: 1000", "units_max: 1001")
    (line,) = complaints_of(root, COMMON)
    assert "acme: the step earn of earn.once expects ok" in line
    assert "expected at most 1000" in line


def test_an_operation_without_a_sample_says_what_it_needs() -> None:
    """Nothing of it is sent; one with a sample or a verb needs nothing more."""
    vendor = read_catalogue(Path(__file__).parent.parent / "acme/tree").vendors["acme"]
    bare = unmet_needs(vendor.binding, vendor.specification, "read_account")
    assert bare == () or "the path parameter account" in bare
    assert unmet_needs(vendor.binding, vendor.specification, "add_points") == ()


def test_values_of_a_target_fit_the_specification(tmp_path: Path) -> None:
    """What a value breaks is told before anything is sent, and the value is not shown."""
    root = copy_tree(tmp_path)
    edit(root, SPECIFICATION, "device: {type: string, minLength: 1}", "device: {enum: [d1, d2]}")
    vendor = read_catalogue(root).vendors["acme"]
    target = replace(vendor.targets["sandbox"], values={"device": "d1"})
    assert list(misfits_of_target(vendor, target)) == []
    odd = replace(target, values={"device": "hunter2"})
    told = "\n".join(map(str, misfits_of_target(vendor, odd)))
    assert "binding.yaml:" in told
    assert "send.body.device does not fit login: expected d1 or d2, saw a text" in told
    assert "hunter2" not in told
