"""How a seeded defect was killed: by which check, after how many requests and how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model.history import Attempt, History
from harness.model.result import FindingResult, Result
from harness.model.verdict import Verdict

# Findings of these kinds concern the machine or the declarations, not the server.
_NOT_THE_SERVER = frozenset({"threshold", "waiver", "measurement"})
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kill:
    """How a defect was killed.

    `killed_by` is the check whose evidence was complete first. `named` are the violated
    requirements that findings named. `requests` were sent until that evidence was complete,
    `seconds` after the first one.
    """

    killed_by: str
    named: tuple[str, ...]
    requests: int
    seconds: float


def server_findings(result: Result) -> tuple[FindingResult, ...]:
    """Return the findings of a result that are violations of the server."""
    return tuple(
        finding
        for vendor in result.vendors
        for finding in vendor.findings
        if finding.verdict is Verdict.FAIL and finding.check.kind not in _NOT_THE_SERVER
    )


def families(findings: Iterable[FindingResult]) -> Counter[str]:
    """Count findings by their check, all parts of a check together."""
    return Counter(finding.check.family for finding in findings)


def kill_of(
    findings: Sequence[FindingResult], history: History, violated: Iterable[str]
) -> Kill | None:
    """Return how the findings kill a defect that violates these requirements.

    None if no finding names one of them: a finding of another requirement kills nothing.
    """
    wanted = frozenset(violated)
    naming = [finding for finding in findings if wanted & _requirements(finding)]
    if not naming:
        return None
    ends = {one.id: end_ns(one) for one in history.attempts}
    last = max(ends.values(), default=0)

    def complete_ns(finding: FindingResult) -> int:
        """Return when the last attempt that proves a finding ended; without one, at last."""
        return max((ends[name] for name in finding.attempts if name in ends), default=last)

    first = min(naming, key=complete_ns)
    instant = complete_ns(first)
    begun = min((one.sent_ns for one in history.attempts), default=0)
    return Kill(
        killed_by=first.check.family,
        named=tuple(sorted(wanted & frozenset().union(*map(_requirements, naming)))),
        requests=sum(one.sent_ns <= instant for one in history.attempts),
        seconds=round(max(0, instant - begun) / _SECOND_NS, 3),
    )


def end_ns(attempt: Attempt) -> int:
    """Return when an attempt ended, or when it was sent if no end was recorded."""
    return attempt.sent_ns if attempt.done_ns is None else attempt.done_ns


def _requirements(finding: FindingResult) -> frozenset[str]:
    return frozenset(row.id for row in finding.requirements)
