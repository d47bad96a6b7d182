"""The verdict on each requirement, from the checks that its patterns cover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.auditor.waivers import Accepted
from harness.model.check_id import CheckId, covers, covers_any
from harness.model.requirement import MANDATORY_BASES, Requirement
from harness.model.result import CheckResult, RequirementResult
from harness.model.verdict import Checked, Verdict, merge

EXECUTED = frozenset({Verdict.PASS, Verdict.WAIVED, Verdict.FAIL})
NEVER_CHECKED = "never checked"
LEFT_OUT = "left out of this run"
_REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class JudgedRequirement:
    """A requirement with its verdict and the checks behind it.

    requirement      as declared
    verdict, reason  the worst of its checks, waivers applied, and why it did not pass
    checks           sorted by id, then the patterns that matched nothing
    executed         whether any check came to a decision
    reached          whether any check spoke of the requirement at all
    """

    requirement: Requirement
    verdict: Verdict
    reason: str
    checks: tuple[CheckResult, ...] = ()
    executed: bool = False
    reached: bool = False

    def counts(self, *, strict: bool, partial: bool) -> bool:
        """Say whether the requirement decides about the vendor."""
        if partial and not self.reached and not self.requirement.excuse:
            return False
        return is_mandatory(self.requirement, strict=strict)

    @property
    def result(self) -> RequirementResult:
        """The requirement as it stands in the result."""
        declared = self.requirement
        return RequirementResult(
            declared.id,
            declared.title,
            declared.level,
            declared.basis,
            declared.source,
            self.verdict,
            self.reason,
            self.checks,
        )


def is_mandatory(requirement: Requirement, *, strict: bool) -> bool:
    """Say whether a requirement can fail its vendor: by its basis, or because the run is strict."""
    return strict or requirement.basis in MANDATORY_BASES


def judge_requirements(
    requirements: Sequence[Requirement],
    checked: Sequence[Checked],
    accepted: Accepted,
    *,
    partial: bool = False,
) -> tuple[JudgedRequirement, ...]:
    """Return every requirement with its verdict, in their order.

    A scenario that no check tells of leaves its requirement inconclusive, unless the run is
    `partial` and other checks decided; of the other kinds one executed check is enough, because an
    invariant or property stays silent where nothing of the run concerns it.
    """
    by_check: dict[str, list[Checked]] = defaultdict(list)
    for result in checked:
        by_check[result.check].append(result)
    return tuple(_judge(requirement, by_check, accepted, partial) for requirement in requirements)


def effective(result: Checked, requirement: Requirement, accepted: Accepted) -> Verdict:
    """Return a check's verdict under one requirement, its waivers applied."""
    if result.verdict is Verdict.FAIL and (requirement.id, result.check) in accepted.live:
        return Verdict.WAIVED
    return result.verdict


def _judge(
    requirement: Requirement,
    by_check: Mapping[str, Sequence[Checked]],
    accepted: Accepted,
    partial: bool,
) -> JudgedRequirement:
    if requirement.excuse:
        return JudgedRequirement(requirement, Verdict.INAPPLICABLE, requirement.excuse)
    found = {c: by_check[c] for c in sorted(by_check) if covers_any(requirement.checks, c)}
    missing = [p for p in requirement.checks if not any(covers(p, c) for c in found)]
    verdicts = {
        check: merge(effective(result, requirement, accepted) for result in results)
        for check, results in found.items()
    }
    executed = any(verdict in EXECUTED for verdict in verdicts.values())
    checks = [
        CheckResult(CheckId.parse(check), verdicts[check], _executions(found[check]))
        for check in found
    ]
    not_run = [CheckResult(CheckId.parse(p), Verdict.INCONCLUSIVE, 0) for p in missing]
    verdict = merge(verdicts.values())
    if any(one.check.kind == "scenario" for one in not_run) and not (partial and executed):
        verdict = merge([verdict, Verdict.INCONCLUSIVE])
    return JudgedRequirement(
        requirement,
        verdict,
        _reason(verdict, found, missing, requirement, accepted, partial),
        (*checks, *not_run),
        executed,
        bool(found),
    )


def _executions(results: Sequence[Checked]) -> int:
    return sum(result.count for result in results if result.verdict in EXECUTED)


def _reason(
    verdict: Verdict,
    found: Mapping[str, Sequence[Checked]],
    missing: Sequence[str],
    requirement: Requirement,
    accepted: Accepted,
    partial: bool,
) -> str:
    if not found:
        return LEFT_OUT if partial else NEVER_CHECKED
    decisive = [
        (check, result)
        for check, results in found.items()
        for result in results
        if effective(result, requirement, accepted) is verdict
    ]
    if verdict is Verdict.PASS:
        reasons = []
    elif verdict is Verdict.WAIVED:
        waivers = {accepted.live[requirement.id, check] for check, _ in decisive}
        reasons = sorted(f"{w.owner}, until {w.expires}: {w.reason}" for w in waivers)
    else:
        reasons = [
            result.finding.title if result.finding is not None else result.reason
            for _, result in decisive
        ]
    if missing and verdict in (Verdict.PASS, Verdict.WAIVED, Verdict.INCONCLUSIVE):
        more = len(missing) - _REASONS_SHOWN
        shown = ", ".join(missing[:_REASONS_SHOWN])
        reasons.append(f"did not run: {shown}" + (f" and {more} more" if more > 0 else ""))
    return _joined(reasons)


def _joined(reasons: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(reason for reason in reasons if reason))
    more = len(distinct) - _REASONS_SHOWN
    shown = "; ".join(distinct[:_REASONS_SHOWN])
    return f"{shown}; and {more} more" if more > 0 else shown
