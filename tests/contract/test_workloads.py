"""Workloads become records, and share what their defaults say."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.workload import DEFAULTS, read_workload
from harness.document.reader import Problems
from harness.model.workload import MixEntry, Stage, Threshold
from tests.acme import TREE
from tests.contract.trees import (
    BINDING,
    SPECIFICATION,
    WORKLOAD,
    complaints,
    complaints_of,
    copy_tree,
    edit,
)


def test_a_workload_becomes_records(tmp_path: Path) -> None:
    """Stages with one rate are level, and what is left out has its default."""
    file = read_workload(TREE / WORKLOAD)
    workload = file.workload
    assert file.needs == ("earn", "balance")
    assert workload.stages == (
        Stage("warm-up", 1.0, 20.0, 1.0, False),
        Stage("steady", 20.0, 20.0, 3.0, True),
    )
    places = [entry.place for entry in workload.mix]
    assert [place.rpartition(":")[2] for place in places] == ["12", "13", "14"]
    assert workload.mix == (
        MixEntry("earn", "earn", 3.0, (1, 9), place=places[0]),
        MixEntry("race", "earn", 1.0, concurrent=4, place=places[1]),
        MixEntry("read", "balance", 1.0, place=places[2]),
    )
    assert workload.thresholds == (
        Threshold("response_ms_p99", "earn", 100, None, workload.thresholds[0].place),
    )
    assert workload.thresholds[0].place.endswith(f"{WORKLOAD}:17")
    assert (workload.process, workload.members, workload.initial_balance) == ("poisson", 4, 0)
    assert (workload.in_flight, workload.deadline_seconds, workload.lateness_ms) == (16, 5.0, 50.0)
    root = copy_tree(tmp_path)
    edit(root, WORKLOAD, "needs: [earn, balance]\n", "")
    assert read_workload(root / WORKLOAD).needs == ("earn", "balance")


def test_workloads_share_limits_and_thresholds(tmp_path: Path) -> None:
    """A key of a workload takes the place of the same key of the defaults, and no other."""
    root = copy_tree(tmp_path)
    (root / "loadtests" / DEFAULTS).write_text(
        "format: 1\nlimits: {in_flight: 99, lateness_ms: 7}\n"
        'thresholds:\n  unknown_share: ["<=0.5"]\n  response_ms{earn}: ["max<=9"]\n',
        "utf-8",
    )
    vendor = read_catalogue(root).vendors["acme"]
    assert list(vendor.workloads) == ["steady"]
    workload = vendor.workloads["steady"].workload
    assert (workload.in_flight, workload.deadline_seconds, workload.lateness_ms) == (16, 5.0, 7.0)
    assert [(t.figure, t.entry, t.at_most, t.at_least) for t in workload.thresholds] == [
        ("unknown_share", None, 0.5, None),
        ("response_ms_p99", "earn", 100, None),
    ]
    assert workload.thresholds[0].place.endswith("defaults.yaml:4")
    add_workload(root, "other")
    edit(root, f"loadtests/{DEFAULTS}", "<=0.5", "<0.5")
    with pytest.raises(Problems) as raised:
        read_catalogue(root)
    assert [problem.message.partition(":")[0] for problem in raised.value.problems] == [
        "thresholds.unknown_share[0]"
    ]


def add_workload(root: Path, name: str) -> None:
    """Add a workload that is `steady` under another name."""
    text = (root / WORKLOAD).read_text("utf-8")
    (root / "loadtests" / f"{name}.yaml").write_text(
        text.replace("id: steady", f"id: {name}"), "utf-8"
    )


@pytest.mark.parametrize(
    ("amount", "units", "told"),
    [
        ("minimum: 1, maximum: 8", "[1, 9]", "9 units: {field} expected at most 8"),
        ("minimum: 2", "[1, 9]", "1 unit: {field} expected at least 2"),
        ("exclusiveMaximum: 9", "[1, 9]", "9 units: {field} expected less than 9"),
        ("multipleOf: 2", "[2, 8]", "3 units: {field} expected a multiple of 2"),
        ("multipleOf: 2", "[8, 8]", ""),
        ("minimum: 1, maximum: 9", "[1, 9]", ""),
        ("description: any", "[1, 9000]", ""),
    ],
)
def test_units_fit_what_the_vendor_takes(
    tmp_path: Path, amount: str, units: str, told: str
) -> None:
    """The lowest, the highest and what lies between are held against the request's amount."""
    root = copy_tree(tmp_path)
    edit(root, SPECIFICATION, "integer, minimum: 1, maximum: 1000}", f"integer, {amount}}}")
    edit(root, WORKLOAD, "weight: 3, units: [1, 9]", f"weight: 3, units: {units}")
    # The race has one unit, which is not looked at here.
    edit(root, WORKLOAD, "  - {name: race, verb: earn, weight: 1, concurrent: 4}\n", "")
    field = "verbs.earn.send.body.amount does not fit add_points:"
    says = f"the entry 'earn' of the workload steady sends acme {told.format(field=field)}"
    line = f"{WORKLOAD}:12: {says}, saw a number; give the entry units that fit"
    assert complaints_of(root, WORKLOAD) == ([line] if told else [])


@pytest.mark.parametrize(
    "verb",
    [
        '    effect: credit\n    unit: "${value.size}"\n',
        '    effect: credit\n    price: "${value.size}"\n',
    ],
)
def test_units_that_a_target_decides_are_not_judged(tmp_path: Path, verb: str) -> None:
    """What a unit, or every request, comes to is not known before a target is chosen."""
    root = copy_tree(tmp_path)
    edit(root, SPECIFICATION, "integer, minimum: 1, maximum: 1000}", "integer, minimum: 500}")
    assert "expected at least 500" in "\n".join(complaints_of(root, WORKLOAD))
    earn = "    operation: add_points\n"
    edit(root, BINDING, f"{earn}    effect: credit\n", earn + verb)
    assert read_catalogue(root).vendors


def test_units_of_rows_fit_and_a_workload_that_is_not_run_is_not_judged(tmp_path: Path) -> None:
    """Each row of a bulk has an amount, here 10 times the units, in a form."""
    root = copy_tree(tmp_path)
    edit(root, SPECIFICATION, "items: {type: integer}", "items: {type: integer, maximum: 80}")
    bulk = "    operation: add_many\n"
    edit(root, BINDING, bulk, f"{bulk}    unit: 10\n")
    entry = "  - {name: bulk, verb: bulk_earn, weight: 1, units: [1, 9], rows: 2}\n"
    text = (root / WORKLOAD).read_text("utf-8").replace("limits:", f"{entry}limits:")
    text = text.replace("[earn, balance]", "[earn, balance, bulk_earn, buy]")
    (root / WORKLOAD).write_text(text, "utf-8")
    assert read_catalogue(root).vendors
    edit(root, WORKLOAD, ", buy]", "]")
    (line,) = complaints(root)
    assert line.startswith(f"{WORKLOAD}:15: the entry 'bulk' of the workload steady sends acme 9")
    assert "verbs.bulk_earn.rows.columns.amount[] does not fit add_many" in line
    assert "at most 80" in line
