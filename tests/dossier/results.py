"""Parts of a run's result, as a dossier reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.model.check_id import CheckId
from harness.model.result import (
    AccountCounts,
    CheckResult,
    Counts,
    FindingResult,
    OperationCoverage,
    RequirementReference,
    RequirementResult,
    VendorResult,
)
from harness.model.verdict import Verdict


def row(identity: str, verdict: str, basis: str = "documented", **more: Any) -> RequirementResult:
    """Return a requirement of a result."""
    count = more.get("count", 0 if verdict in ("inapplicable", "inconclusive") else 1)
    known = Verdict(verdict)
    checks = (CheckResult(CheckId.parse("scenario:x"), known, count),) if count else ()
    title, reason = f"Title of {identity}", more.get("reason", "")
    return RequirementResult(identity, title, "must", basis, "page 1", known, reason, checks)


def part(
    rows: Iterable[RequirementResult] = (), observations: Iterable[FindingResult] = ()
) -> VendorResult:
    """Return a vendor's part of a result."""
    return VendorResult(
        vendor="acme",
        title="Acme",
        target="mock",
        kind="mock",
        strict=False,
        partial=False,
        verdict=Verdict.PASS,
        exit=0,
        headline="Passed.",
        counts=Counts(9, 7, 1, 1, 5, 1, 0, 0, 0, 0),
        requirements=tuple(rows),
        findings=(),
        observations=tuple(observations),
        coverage=(
            OperationCoverage("add_points", "", 8, 0, 0, 0, 0),
            OperationCoverage("read_account", "", 0, 0, 0, 0, 0),
        ),
        accounts=AccountCounts(0, 0, 0, 0),
        loads=(),
        notes=(),
    )


def observation(check: str, title: str, seen: str, *ids: str) -> FindingResult:
    """Return an observation on the inferred requirements with these ids."""
    references = tuple(RequirementReference(one, "", "inferred", "") for one in ids)
    known, verdict = CheckId.parse(check), Verdict.FAIL
    return FindingResult(
        "f", known, "s", title, "", seen, references, verdict, None, "", (), (), (), 1
    )
