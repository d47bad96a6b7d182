"""When a defect counts as killed, and by which check."""

from __future__ import annotations

from dataclasses import replace

from harness.model.verdict import Verdict
from harness.prove.kill import families, kill_of, server_findings
from tests.invariant.histories import read, read_history
from tests.prove.trials import finding
from tests.report.example import example, result_of

HISTORY = read_history(
    [
        {**read("m", 0, 0, 1), "id": "a"},
        {**read("m", 0, 1000, 1500), "id": "b"},
        {**read("m", 0, 3000, 3500), "id": "c"},
    ]
)


def test_the_check_with_the_earliest_evidence_kills() -> None:
    """The order of the findings does not count, but when their attempts ended."""
    late = finding("invariant:floor", "A-1", attempts=("a", "c"))
    early = finding("scenario:x#y", "A-1", "B-1", attempts=("a", "b"))
    kill = kill_of([late, early], HISTORY, ["A-1", "A-2"])
    assert kill is not None
    assert (kill.killed_by, kill.requests, kill.seconds) == ("scenario:x", 2, 1.5)
    assert kill.named == ("A-1",)
    assert families([late, early]) == {"invariant:floor": 1, "scenario:x": 1}


def test_a_finding_of_another_requirement_kills_nothing() -> None:
    """A failure for another reason has not found the defect."""
    assert kill_of([finding("scenario:x", "B-1")], HISTORY, ["A-1"]) is None
    assert kill_of([], HISTORY, ["A-1"]) is None


def test_evidence_without_attempts_counts_as_complete_at_the_end() -> None:
    """A finding that names no attempt never counts as quick."""
    kill = kill_of([finding("scenario:x", "A-1")], HISTORY, ["A-1"])
    assert kill is not None
    assert kill.requests == 3


def test_missed_thresholds_and_waived_findings_are_no_violations() -> None:
    """The machine's speed and accepted deviations say nothing about the server."""
    waived = replace(finding("scenario:x", "A-1"), verdict=Verdict.WAIVED)
    result = result_of(example())
    findings = (finding("threshold:p90"), waived, finding("invariant:floor"))
    vendor = replace(result.vendors[0], findings=findings)
    assert server_findings(replace(result, vendors=(vendor,))) == findings[2:]
