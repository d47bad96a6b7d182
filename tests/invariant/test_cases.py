"""Histories written by hand come to the verdict that their file name says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.invariant.registry import judge_history
from harness.model.binding import Promises
from harness.model.verdict import Checked, Finding, Verdict, merge
from tests.invariant.histories import checks_with, read_history, read_reception

ANNOUNCED: dict[str, Any] = {
    "announced_verbs": ("earn", "burn"),
    "announced_by": ("reference",),
}
CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def read_case(path: Path) -> tuple[dict[str, Any], Verdict]:
    """Return what the file says, and the verdict that its name says."""
    return yaml.safe_load(path.read_text(encoding="utf-8")), Verdict(path.stem.rpartition(".")[2])


def judge_case(case: dict[str, Any]) -> Iterator[Checked]:
    """Yield what the invariants say of a case; `heard` is what the vendor announced."""
    promises = Promises(**{"repeat": "same", **case.get("promises", {})})
    history = read_history(case["attempts"])
    if "reception" in case:
        history = replace(history, reception=read_reception(case["reception"]))
        promises = replace(promises, **ANNOUNCED)
    yield from judge_history(history, promises)


def read_finding(finding: Finding) -> dict[str, Any]:
    """Return what a person reads of a finding."""
    return {
        "title": finding.title,
        "expected": finding.expected,
        "seen": finding.seen,
        "detail": list(finding.detail),
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_comes_to_the_verdict_in_its_name(path: Path) -> None:
    """The worst verdict, the invariants that fail and the words of findings are as written."""
    case, verdict = read_case(path)
    results = list(judge_case(case))
    shown = [(r.check, r.subject, r.verdict.value, r.reason, r.finding) for r in results]
    assert merge(result.verdict for result in results) is verdict, shown
    assert checks_with(results, Verdict.FAIL) == case.get("fails", []), shown
    assert [read_finding(r.finding) for r in results if r.finding] == case.get("findings", [])


def test_there_are_cases_of_every_kind() -> None:
    """Each verdict that an invariant can come to has its cases."""
    kinds = {read_case(path)[1] for path in CASES}
    assert kinds == {Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.INAPPLICABLE}
