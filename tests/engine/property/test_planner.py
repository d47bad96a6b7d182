"""Cases are small changes of a request that is known to be correct."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from typing import Any

from harness.engine.property.baseline import Baseline, Case, roles_of
from harness.engine.property.generate import FUZZED, Generated, generate_cases
from harness.engine.property.mutation import REMOVED, RepeatItems, at, edited
from harness.engine.property.planner import plan_cases
from harness.engine.property.request_schema import RequestSchema
from harness.model.binding import Binding, Promises, RowsForm, Verb
from harness.model.operation import Body, Operation, Specification
from harness.wire.request import Draft
from harness.wire.verbs import Speaker
from tests.acme import FORM, JSON, SECRETS, VALUES, binding, specification


def plan(name: str, fuzz: int = 0) -> tuple[Baseline, tuple[Case, ...]]:
    """Return the baseline of an operation of the made-up vendor, and its cases."""
    read = specification()
    speaker = Speaker(binding(), read, VALUES, SECRETS)
    base = speaker.sample(name, {"id": "m1"}, {"fresh": "ref-1", "reference": "ref-1"})
    schema = RequestSchema(read.operations[name], read)
    baseline = Baseline(base, schema, roles_of(binding(), name), frozenset({("header", "x-token")}))
    return baseline, plan_cases(baseline, generate_cases(read, [name], 1, {name: fuzz})[name])


def test_the_minimal_request_comes_first_and_invalid_ones_next() -> None:
    """What proves a refusal is sent first, and what spends points last."""
    _, found = plan("use_points")
    assert found[0].kind == "minimal"
    kinds = [case.positive for case in found[1:]]
    assert kinds == sorted(kinds)
    assert set(kinds) == {False, True}


def test_an_invalid_case_differs_from_the_minimal_one_in_one_place() -> None:
    """Exactly one value is changed or taken away."""
    for name in ("add_points", "use_points", "read_account", "login"):
        baseline, found = plan(name)
        for case in found:
            if not case.positive:
                assert len(case.edits) == 1
                assert baseline.schema.is_surely_invalid(baseline.draft(case))


def test_a_correct_case_keeps_who_it_is_about() -> None:
    """Member, secret and device are the declared ones, and alternatives of the member stay out."""
    baseline, found = plan("add_points", fuzz=20)
    correct = [baseline.draft(case) for case in found if case.positive]
    assert len(correct) > 5
    assert {draft.body["who"] for draft in correct} == {"m1"}
    assert not [draft for draft in correct if "card" in draft.body]
    assert {draft.body.get("reference") for draft in correct} == {"ref-1", None}
    baseline, found = plan("use_points", fuzz=20)
    correct = [baseline.draft(case) for case in found if case.positive]
    assert {draft.path["account"] for draft in correct} == {"m1"}
    assert {draft.headers["X-Key"] for draft in correct} == {"ref-1"}


def test_no_request_is_planned_twice() -> None:
    """Two cases that write the same request are one."""
    for name in ("add_points", "use_points", "read_account"):
        baseline, found = plan(name, fuzz=20)
        drafts = [baseline.draft(case) for case in found]
        written = [repr((d.path, d.query, d.headers, d.body)) for d in drafts]
        assert len(written) == len(set(written))


def test_a_password_is_left_out_or_right_but_never_wrong() -> None:
    """Wrong passwords may lock an account, so none is tried."""
    baseline, found = plan("login")
    bodies = [baseline.draft(case).body for case in found]
    tried = {body.get("pass") for body in bodies if isinstance(body, dict)}
    assert tried == {md5(SECRETS["password"].encode()).hexdigest(), "", None}


def test_the_bounds_of_a_number_are_tried_from_inside() -> None:
    """The least and the most are correct, one beyond each is invalid."""
    baseline, found = plan("add_points")
    drafts = [(baseline.draft(case).body, case.positive) for case in found]
    tried = [(body.get("amount"), valid) for body, valid in drafts if isinstance(body, dict)]
    for bound in [(1, True), (1000, True), (1001, False), (0, False), (-1, False)]:
        assert bound in tried


BULK = Verb(
    "bulk",
    "bulk",
    {"body": {"card": "${value.card}"}},
    {},
    "credit",
    rows=RowsForm(
        columns={"who[]": "${member.id}", "points[]": "${units}", "key[]": "${reference?}"}
    ),
)


def bulk(generated: Sequence[Generated]) -> tuple[Baseline, tuple[Case, ...]]:
    """Plan a bulk of rows side by side around one row."""
    column = {"type": "array", "minItems": 1, "maxItems": 50}
    schema = {
        "type": "object",
        "required": ["card", "who[]", "points[]"],
        "properties": {
            "card": {"type": "string"},
            "who[]": {**column, "items": {"type": "string", "minLength": 1}},
            "points[]": {**column, "items": {"type": "integer", "minimum": 1}},
            "key[]": {**column, "items": {"type": "string"}},
            "note[]": {**column, "items": {"type": "string", "minLength": 1}},
        },
    }
    operation = Operation("bulk", "post", "/bulk", "", (), Body(FORM, True, schema), {}, "made up")
    read = Specification({"bulk": operation}, {}, "0")
    binding = Binding("x", "x", (), (), {"bulk": BULK}, {}, Promises(), {}, frozenset())
    base = Speaker(binding, read, {"card": "c"}, {}).sample("bulk", {"id": "m1"}, {"fresh": "r"})
    baseline = Baseline(
        base, RequestSchema(operation, read), roles_of(binding, "bulk"), frozenset()
    )
    return baseline, plan_cases(baseline, generated)


def item(positive: bool, kind: str, field: tuple[str, ...], **body: Any) -> Generated:
    """Return a generated bulk."""
    parts = {"path": {}, "query": {}, "header": {}, "body": body}
    return Generated(parts, positive, kind, "", field)


def test_rows_side_by_side_stay_equally_many() -> None:
    """Other values for one column bring every column to as many rows, each with its own key."""
    baseline, found = bulk(
        [item(True, "valid_object", (), **{"who[]": ["x"], "points[]": [3, 4], "key[]": ["", ""]})]
    )
    body = baseline.draft(found[-1]).body
    assert body == {
        "card": "c",
        "who[]": ["m1", "m1"],
        "points[]": [3, 4],
        "key[]": ["r-0", "r-1"],
    }


def test_a_list_that_is_too_long_is_otherwise_correct() -> None:
    """One row too many must be refused for being too many, not for invalid rows."""
    rows: list[Any] = ["x", 5] * 25 + ["x"]
    baseline, found = bulk(
        [item(False, "array_above_max_items", ("body", "who[]"), **{"who[]": rows})]
    )
    case = found[-1]
    assert case.edits == ((("body", "who[]"), RepeatItems(51)),)
    body = baseline.draft(case).body
    assert body["who[]"] == ["m1"] * 51
    assert body["points[]"] == [1] * 51
    assert len(set(body["key[]"])) == 51
    assert baseline.keeps_meaning(case)


def test_a_list_of_rows_keeps_its_members_and_numbers_its_references() -> None:
    """Rows as objects keep whom they are about, and each gets a reference of its own."""
    row = {
        "type": "object",
        "required": ["who", "points"],
        "properties": {"who": {"type": "string"}, "points": {"type": "integer"}, "key": {}},
    }
    schema = {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": {"type": "array", "maxItems": 2, "items": row}},
    }
    operation = Operation("bulk", "post", "/bulk", "", (), Body(JSON, True, schema), {}, "made up")
    read = Specification({"bulk": operation}, {}, "0")
    each = {"who": "${member.id}", "points": "${units}", "key": "${reference?}"}
    verb = Verb("bulk", "bulk", {}, {}, "credit", rows=RowsForm(at="/rows", each=each))
    binding = Binding("x", "x", (), (), {"bulk": verb}, {}, Promises(), {}, frozenset())
    base = Speaker(binding, read, {}, {}).sample("bulk", {"id": "m1"}, {"fresh": "r"})
    baseline = Baseline(
        base, RequestSchema(operation, read), roles_of(binding, "bulk"), frozenset()
    )
    points = ("body", "rows", "*", "points")
    found = plan_cases(
        baseline,
        [
            item(False, "array_above_max_items", ("body", "rows"), rows=[{"who": "x"}] * 3),
            item(False, "incorrect_type", points, rows=[{"who": "x", "points": "AAA"}]),
        ],
    )
    bodies = [baseline.draft(case).body["rows"] for case in found]
    assert bodies[0] == [{"who": "m1", "points": 1, "key": "r"}]
    assert bodies[1] == [{"who": "m1", "points": 1, "key": f"r-{n}"} for n in range(3)]
    assert bodies[2] == [{"who": "m1", "points": "AAA", "key": "r"}]


def test_a_long_list_is_sent_once_for_each_length() -> None:
    """Requests with many rows are dear, so each length is tried once."""
    long = {"who[]": ["x"] * 50, "points[]": [1] * 50}
    _, found = bulk(
        [
            item(True, "valid_object", (), **long),
            item(True, "valid_object", (), **long, **{"note[]": ["n"]}),
        ]
    )
    assert len([case for case in found if case.rows == 50]) == 1


def test_a_field_beside_the_verb_makes_its_meaning_unclear() -> None:
    """Only the amount and bound texts may change without the audit losing sight."""
    baseline, _ = plan("add_points")

    def case(*edits: Any) -> Case:
        return Case(edits, 0, True, True, "", "", "")

    assert baseline.keeps_meaning(case((("body", "amount"), 7), (("body", "remark"), "other")))
    assert baseline.keeps_meaning(case((("body", "reference"), REMOVED)))
    assert not baseline.keeps_meaning(case((("body", "who"), "")))
    assert not baseline.keeps_meaning(case((("body", "bonus"), 5)))


def test_edits_reach_into_lists_and_take_away() -> None:
    """An edit writes, creates or removes one value and leaves the base alone."""
    operation = Operation("x", "post", "/x", "", (), Body(JSON, True, {}), {}, "made up")
    base = Draft(operation, {}, {}, {}, {"rows": [{"a": 1, "b": 2}, {"a": 3}], "c": 4})
    path = ("body", "rows", "*", "a")
    assert edited(base, [(path, 9)]).body["rows"] == [{"a": 9, "b": 2}, {"a": 3}]
    assert edited(base, [(path, REMOVED)]).body["rows"] == [{"b": 2}, {"a": 3}]
    assert edited(base, [(("body", "d", "e"), 1)]).body["d"] == {"e": 1}
    assert edited(base, [(("body", "c"), REMOVED)]).body == {"rows": base.body["rows"]}
    assert base.body["rows"][0] == {"a": 1, "b": 2}
    assert at(base.body, ("rows", "*", "b")) == 2
    assert at(base.body, ("rows", "*", "z")) is REMOVED


def test_an_amount_without_a_declared_maximum_stays_payable() -> None:
    """An amount above every balance tests nothing, and would stay in a sandbox's ledger."""
    for points, planned in (([10**9], True), ([10**10], False)):
        baseline, found = bulk([item(True, FUZZED, (), **{"points[]": points})])
        bodies = [baseline.draft(case).body["points[]"] for case in found]
        assert (points in bodies) is planned
