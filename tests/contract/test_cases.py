"""Scenarios with a table of cases, and what rules may say of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.scenario import read_scenario_file
from harness.document.reader import Problem, Problems
from harness.model.check_id import covers
from harness.model.scenario import Pagination, Scenario, Wanted
from tests.contract.trees import BINDING, OWN, REQUIREMENTS, WAIVERS, complaints, copy_tree, edit

TABLE = """
format: 1
scenarios:
  - id: one
    title: As it is
    needs: [earn]
    steps:
      - {id: earn, verb: earn, units: 1, expect: {outcome: ok}}

  - id: many
    title: By case
    needs: ["sample:${case.operation}"]
    cases:
      first: {operation: use, body: {a: 1}, moved: {/a: 2}, kind: gold}
      second: {operation: show, body: {b: "${value.b}"}, moved: {/b: up}, drop: [a], most: 3}
    members: {m: {kind: "${case.kind?}", new: true}}
    steps:
      - id: step
        operation: "${case.operation}"
        member: m
        send: {body: "${case.body}"}
        without: "${case.drop?}"
      - id: pages
        operation: list
        send: {body: {text: "of ${case.operation}"}}
        pagination: {parameter: page, items: /rows, page_size: 10}
        idempotent: true
        expect: {changed: {since: step, by: "${case.moved}"}}
"""


def read(folder: Path, text: str = TABLE) -> tuple[Scenario, ...]:
    """Return the scenarios of a text."""
    path = folder / "scenarios.yaml"
    path.write_text(text, "utf-8")
    return read_scenario_file(path)


def complaint(folder: Path, old: str, new: str) -> list[str]:
    """Return what is said against the table with one text exchanged."""
    assert TABLE.count(old) == 1
    with pytest.raises((Problem, Problems)) as raised:
        read(folder, TABLE.replace(old, new))
    return [line.rpartition("scenarios.yaml:")[2] for line in str(raised.value).splitlines()]


def test_a_scenario_becomes_one_for_each_line(tmp_path: Path) -> None:
    """They share id and place, and differ in what the line fills in."""
    one, first, second = read(tmp_path)
    assert (one.case, one.wanted) == ("", {})
    assert [(s.id, s.case) for s in (first, second)] == [("many", "first"), ("many", "second")]
    assert first.place == second.place
    assert first.needs == ("sample:use",)
    assert first.wanted == {"m": Wanted("gold", True)}
    assert second.wanted == {"m": Wanted("", True)}
    assert first.steps[0].send == {"body": {"a": 1}}
    assert second.steps[0].send == {"body": {"b": "${value.b}"}}
    assert (first.steps[0].without, second.steps[0].without) == ((), ("a",))
    assert second.steps[1].send["body"]["text"] == "of show"
    assert second.expectations[0].terms == {"changed": {"since": "step", "by": {"/b": "up"}}}


def test_pages_and_leave_to_repeat_are_read(tmp_path: Path) -> None:
    """Pagination says what it sends and when it ends."""
    step = read(tmp_path)[1].steps[1]
    assert step.pagination == Pagination("page", "/rows", 10)
    assert step.idempotent


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"${case.operation}"\n        member', '"${case.operaton}"\n        member',
         ["19: the case has no value 'operaton'; expected operation, body, moved or kind; "
          "did you mean 'operation'?"]),
        ("of ${case.operation}", "of ${case.body}",
         ["25: 'body' of the case cannot be written into a text; it is a mapping"]),
        ("{since: step", "{since: stp",
         ["28: unknown step 'stp'; expected step or pages; did you mean 'step'?"]),
        ("drop: [a], most: 3", "drop: a, most: 3",
         ["22: scenarios[many].steps[step].without: expected a list of at least 1 item, "
          "saw the text 'a'"]),
        ("idempotent: true", "concurrent: 2",
         ["27: the step 'pages' has both pagination and concurrent; expected one"]),
        ("      first: {operation", "      first: {operaTion",
         ["12: scenarios[many].cases.first: 'operaTion' is not a lower-case word"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told_once(
    tmp_path: Path, old: str, new: str, said: list[str]
) -> None:
    """With its line, although the scenario is read for every case."""
    found = complaint(tmp_path, old, new)
    assert len(found) == 1
    if "lower-case" not in said[0]:
        assert found == said


def test_a_pattern_without_a_case_covers_every_case() -> None:
    """A rule may speak of a scenario as a whole or of one line of its table."""
    check = "scenario:cards.raise@stamps#raised"
    assert covers("scenario:cards.raise", check)
    assert covers("scenario:cards.raise#raised", check)
    assert covers("scenario:cards.raise@stamps", check)
    assert covers("scenario:cards.raise@st*#raised", check)
    assert not covers("scenario:cards.raise@coupon#raised", check)
    assert not covers("scenario:cards.raise@stamps#add", check)
    assert not covers("scenario:cards.raise@stamps", "scenario:cards.raise#raised")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["scenario:access.*"], []),
        (["scenario:access.no-password@login", "scenario:access.no-password@open"], []),
        (
            ["scenario:access.no-password@login"],
            ["no requirement of acme names the case open of access.no-password"],
        ),
        (["scenario:nothing.*"], ["no requirement of acme names the scenario access.no-password"]),
        (
            ["scenario:access.*", "scenario:access.no-password@logn"],
            ["names the case 'logn', which the scenario access.no-password does not have"],
        ),
    ],
)
def test_rules_may_name_single_cases(tmp_path: Path, named: list[str], said: list[str]) -> None:
    """A case that no rule names is told, and so is a name that no case has."""
    root = copy_tree(tmp_path)
    table = "    cases: {login: {pass: a}, open: {pass: b}}\n    steps:"
    edit(root, OWN, "    steps:", table)
    edit(root, REQUIREMENTS, '["scenario:access.*"]', json.dumps(named))
    (root / WAIVERS).unlink()
    if not said:
        cases = [s.case for s in read_catalogue(root).vendors["acme"].scenarios if s.case]
        assert cases == ["login", "open"]
        return
    assert [text for text in complaints(root) if said[0] in text]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{kind: gold}", ""),
        ("{kind: gold, balance_at_least: 5}", ""),
        ("{kind: silver}", ""),
        ("{kind: golf}", "wants m of the unknown kind 'golf'; expected gold or silver; "
         "did you mean 'gold'?"),
        ("{kind: silver, balance_at_least: 5}", "wants funds for m of the kind 'silver'; "
         "the verbs are about the kind gold alone"),
    ],
)  # fmt: skip
def test_kinds_are_those_that_can_be_enrolled(tmp_path: Path, given: str, said: str) -> None:
    """The first kind is the one the verbs speak of, so only it can be given funds."""
    root = copy_tree(tmp_path)
    enroll = (
        "enroll:\n  steps: [{operation: join, extract: {a: /a}}]\n"
        '  member: {id: "${a}"}\n  kinds: {gold: {}, silver: {}}\npromises:'
    )
    edit(root, BINDING, "promises:", enroll)
    edit(root, OWN, "    steps:", f"    members: {{m: {given}}}\n    steps:")
    if said:
        assert [text for text in complaints(root) if said in text]
    else:
        binding = read_catalogue(root).vendors["acme"].binding
        assert binding.enroll is not None
        assert list(binding.enroll.kinds) == ["gold", "silver"]


def test_an_enrollment_agrees_with_the_specification(tmp_path: Path) -> None:
    """Its operations exist, and its placeholders are known."""
    root = copy_tree(tmp_path)
    enroll = (
        'enroll:\n  steps: [{operation: logn, send: {body: {a: "${frsh}"}}}]\n'
        '  member: {id: "${number}"}\npromises:'
    )
    edit(root, BINDING, "promises:", enroll)
    found = complaints(root)
    assert "unknown operation 'logn'" in found[0]
    assert "nothing is known as ${frsh}" in found[1]
