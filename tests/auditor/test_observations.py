"""What was observed before is held against what a run observed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.auditor.inferred import compared
from harness.contract.requirement import read_observed, unobservable
from harness.document.reader import Problem, Problems
from harness.model.requirement import Observed
from harness.model.scenario import Expectation, Scenario
from harness.model.verdict import Checked, Verdict

CHECK = "scenario:burn.twice#again"
BEFORE = Observed(CHECK, "mock", "refused (duplicate), status 409", "2026-01-31", "f:3")


def seen(reason: str, verdict: Verdict = Verdict.PASS, check: str = CHECK) -> Checked:
    """Return a result that saw something."""
    return Checked(check, "burn.twice", verdict, reason)


def test_the_same_again_passes_and_a_change_is_told() -> None:
    """A change fails with both behaviours, where the first stands, and since when."""
    same, other = seen(BEFORE.seen), seen("ok, status 200")
    assert list(compared([same], [BEFORE], "mock")) == [same]
    (changed,) = compared([other], [BEFORE], "mock")
    assert changed.verdict is Verdict.FAIL
    assert changed.finding is not None
    assert (
        changed.finding.expected == "refused (duplicate), status 409, as observed since 2026-01-31"
    )
    assert changed.finding.seen == "ok, status 200"
    assert changed.finding.place == "f:3"


@pytest.mark.parametrize(
    ("result", "target"),
    [
        (seen("ok, status 200"), "sandbox"),
        (seen("ok, status 200", check="scenario:burn.twice#first"), "mock"),
        (seen("outcomes stayed unknown", Verdict.INCONCLUSIVE), "mock"),
        (seen(""), "mock"),
    ],
)
def test_only_what_was_seen_there_is_compared(result: Checked, target: str) -> None:
    """Another target, another step, no decision and nothing observed are left as they are."""
    assert list(compared([result], [BEFORE], target)) == [result]


def write(folder: Path, rows: str) -> Path:
    """Write a file of observations of a made-up vendor."""
    (folder / "acme").mkdir()
    path = folder / "acme" / "observed.yaml"
    path.write_text(f"format: 1\nvendor: acme\nobserved:\n{rows}", encoding="utf-8")
    return path


ROW = (
    "  - check: scenario:burn.twice#again\n    target: mock\n"
    "    seen: ok, status 200\n    since: '2026-01-31'\n"
)


def test_a_file_is_read_with_its_places(tmp_path: Path) -> None:
    """A row becomes a record; a missing file has none."""
    (one,) = read_observed(write(tmp_path, ROW))
    assert (one.check, one.target, one.seen) == (CHECK, "mock", "ok, status 200")
    assert one.place.endswith("observed.yaml:4")
    assert read_observed(tmp_path / "none.yaml") == ()


def test_a_behaviour_stands_once_for_a_target(tmp_path: Path) -> None:
    """Two rows of one check and target contradict each other."""
    with pytest.raises((Problem, Problems), match="is repeated for mock"):
        read_observed(write(tmp_path, ROW + ROW))


def test_what_no_scenario_observes_is_a_mistake() -> None:
    """A row must name an expectation that observes."""
    again = Expectation("again", {"observe": True})
    scenario = Scenario("burn.twice", "t", (), {}, (), (again,), "s:1")
    assert list(unobservable([BEFORE], [scenario])) == []
    asked = Expectation("again", {"outcome": "ok"})
    other = Scenario("burn.twice", "t", (), {}, (), (asked,), "s:1")
    (problem,) = unobservable([BEFORE], [other])
    assert "no expectation observes scenario:burn.twice#again" in str(problem)
