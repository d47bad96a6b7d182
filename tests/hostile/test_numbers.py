"""Numbers that no honest user means are refused where they stand, with the range that is meant."""

from __future__ import annotations

import pytest

from tests.hostile.tree import BINDING, TARGETS, WORKLOAD, Tree

MANY = "9" * 390
SECONDS = "deadline_seconds: 3"
TARGET_CASES = (
    ("http://127.0.0.1:18080", "http://127.0.0.1:99999", ":5: targets.local.base_url has an inval"),
    ("http://127.0.0.1:18080", "http://127.0.0.1:0", ":5: targets.local.base_url has port 0"),
    (SECONDS, 'proxy: "http://p:99999"', ":10: targets.local.proxy has an invalid port; expected"),
    (SECONDS, 'proxy: "http://p:0"', ":10: targets.local.proxy has port 0; expected one from 1"),
    (SECONDS, 'webhook: {listen: "127.0.0.1:9", url: "http://h:99999/"}',
     ":10: targets.local.webhook.url has an invalid port; expected one from 1 to 65535"),
    (SECONDS, 'webhook: {listen: "127.0.0.1:99999"}', ":10: targets.local.webhook.listen has an i"),
    (SECONDS, "deadline_seconds: 1.0e999", "expected a number above 0 and up to 3,600, saw the te"),
    (SECONDS, "deadline_seconds: 1.0e300", "expected a number above 0 and up to 3,600, saw the nu"),
    (SECONDS, "deadline_seconds: 0", "expected a number above 0 and up to 3,600, saw the number 0"),
    (SECONDS, "outage_seconds: 1000000000000", "expected a number above 0 and up to 86,400"),
    (SECONDS, "patience_seconds: 1000000000000", "expected a number above 0 and up to 604,800"),
    (SECONDS, "rate: 0", ":10: targets.local.rate: expected a number from 0.0001 to 1,000,000, sa"),
    (SECONDS, "rate: 1000000000000000000", "expected a number from 0.0001 to 1,000,000"),
    (SECONDS, "rate: 0/s", "expected a text such as \"5/s\", \"90/min\" or \"1000/h\", saw the te"),
    (SECONDS, "rate: 0.000000001/h", "expected a text such as \"5/s\""),
    (SECONDS, f"rate: {MANY}/s", "expected a text such as \"5/s\""),
    (SECONDS, "budget: -1", "expected a whole number from 1 to 1,000,000,000,000, saw the number "),
    (SECONDS, f"budget: {MANY}", "expected a whole number from 1 to 1,000,000,000,000, saw the nu"),
)  # fmt: skip
WORKLOAD_CASES = (
    ("seed: 3", f"seed: {MANY}", ":4: seed: expected a whole number from 0 to 9,223,372,036,854"),
    ("count: 12", "count: 1000000000000", ":6: members.count: expected a whole number from 1 to"),
    ("initial_balance: 500", f"initial_balance: {MANY}", "whole number from 0 to 1,000,000,000,00"),
    ("duration: 3s", "duration: 1000000000s", "expected a duration such as 8s, 1.5m or 2h, of at "),
    ("duration: 3s", f"duration: {MANY}s", "expected a duration such as 8s, 1.5m or 2h, of at mos"),
    ("duration: 3s, rate: 60", "duration: 999h, rate: 0", ":9: the stages last 999h; expected at "),
    ("rate: 60", "rate: 1000000000000", "rate: expected a number from 0 to 1,000,000, saw"),
    ("weight: 40", f"weight: {MANY}", "weight: expected a number above 0 and up to 1,000,000, saw"),
    ("weight: 40", "weight: 0", "weight: expected a number above 0 and up to 1,000,000, saw the n"),
    ("units: [1, 97]}\n  - {name: burn", f"units: [1, {'9' * 60}]}}\n  - {{name: burn",
     "units[1]: expected a whole number from 1 to 1,000,000,000,000,000, saw the number 9999"),
    ("concurrent: 4", "concurrent: 1000000000", "expected a whole number from 2 to 256, saw"),
    ("verb: burn, weight: 30", "verb: burn, weight: 30, rows: 1000000000",
     "expected a whole number from 1 to 1,000,000"),
    ("in_flight: 128", "in_flight: 1000000000", "expected a whole number from 1 to 100,000, saw"),
    ("deadline_seconds: 5", "deadline_seconds: 1.0e300", "expected a number above 0 and up to 3,6"),
    ("lateness_ms: 2000", "lateness_ms: 1.0e300", "expected a number above 0 and up to 3,600,000"),
    ("p(90)<=3000", f"p(90)<={MANY}", "expected a threshold such as p(90)<=5000, max<=9000 or <=0"),
)  # fmt: skip
BINDING_CASES = (
    ("units_max: 100000", f"units_max: {MANY}", "expected a whole number from 1 to 1,000,000,000,"),
    ("floor: 0", f"floor: -{MANY}", "expected a whole number from -1,000,000,000,000,000 to 1,000"),
    ("effect: credit", f"effect: credit\n    unit: {MANY}", "expected a whole number other than 0"),
    ("floor: 0", f"floor: 0, balance_lag: {MANY}h", "expected a duration such as 1s, 5m or 24h, o"),
    ("floor: 0", "floor: 0, bulk_limit: 1000000000", "expected a whole number from 1 to 1,000,000"),
)  # fmt: skip
SCENARIO = """\
format: 1
scenarios:
  - id: a.b
    title: t
    needs: [earn]
    members: {m: {}}
    steps:
"""
SCENARIO_CASES = (
    (
        "{id: a, verb: earn, member: m, units: " + MANY + "}",
        "units: expected a whole number from 1",
    ),
    ("{id: a, verb: earn, member: m, units: 1, concurrent: 1000000000}", "from 2 to 256"),
    ("{id: a, verb: earn, rows: {count: 1000000000, each: {units: 1}}}", "from 1 to 1,000,000"),
    (
        "{id: a, advance: 999999999h}",
        "advance: expected a duration such as 61s, 5m or 2h, of at mos",
    ),
)


@pytest.mark.parametrize(("old", "new", "says"), TARGET_CASES)
def test_numbers_of_a_target(tree: Tree, old: str, new: str, says: str) -> None:
    """A wait that never ends, a port that is none, and a rate of nothing are refused."""
    refused(tree, TARGETS, old, new, says)


@pytest.mark.parametrize(("old", "new", "says"), WORKLOAD_CASES)
def test_numbers_of_a_workload(tree: Tree, old: str, new: str, says: str) -> None:
    """More members, rows or seconds than any load has, and what no number can hold."""
    refused(tree, WORKLOAD, old, new, says)


@pytest.mark.parametrize(("old", "new", "says"), BINDING_CASES)
def test_numbers_of_a_binding(tree: Tree, old: str, new: str, says: str) -> None:
    """More units than a double can count, and durations of centuries."""
    refused(tree, BINDING, old, new, says)


@pytest.mark.parametrize(("step", "says"), SCENARIO_CASES)
def test_numbers_of_a_scenario(tree: Tree, step: str, says: str) -> None:
    """A step that would send, or hold, more than a machine can."""
    file = "contracts/starpoints/scenarios/own.yaml"
    (tree.root / file).parent.mkdir()
    (tree.root / file).write_text(f"{SCENARIO}      - {step}\n", "utf-8")
    said = tree.refused()
    assert f"{file}:8: scenarios[a.b].steps[a]" in said
    assert says in said


def refused(tree: Tree, file: str, old: str, new: str, says: str) -> None:
    """Assert that the file is refused at one place, in a line that can be read."""
    tree.edit(file, old, new)
    (line,) = tree.refused().splitlines()
    assert line.startswith(f"harness: {file}:")
    assert says in line
    assert len(line) < 400


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TARGETS, SECONDS, "rate: 0.5/min"),
        (TARGETS, SECONDS, "rate: 1000000/h"),
        (TARGETS, SECONDS, "rate: 0.1"),
        (TARGETS, SECONDS, "deadline_seconds: 600"),
        (WORKLOAD, "duration: 3s, rate: 60", "duration: 72h, rate: 1"),
        (WORKLOAD, "count: 12", "count: 1000000"),
        (WORKLOAD, "in_flight: 128", "in_flight: 20000"),
        (BINDING, "floor: 0", "floor: -1000000000"),
    ],
)
def test_large_numbers_that_are_meant_are_valid(tree: Tree, file: str, old: str, new: str) -> None:
    """The ranges are wider than any test of an API needs."""
    tree.edit(file, old, new)
    tree.valid()
