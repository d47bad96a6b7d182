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
    WORKLOAD,
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
    assert workload.mix == (
        MixEntry("earn", "earn", 3.0, (1, 9)),
        MixEntry("race", "earn", 1.0, concurrent=4),
        MixEntry("read", "balance", 1.0),
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
