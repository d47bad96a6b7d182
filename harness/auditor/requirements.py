"""The verdict on each requirement, from the checks that its patterns cover and its waivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.document.messages import listed
from harness.model.check_id import CheckId, Checks, covers, covers_any
from harness.model.requirement import MANDATORY_BASES, Requirement, Waiver
from harness.model.result import CheckResult, RequirementResult
from harness.model.verdict import Checked, Finding, Verdict, merge

EXECUTED = frozenset({Verdict.PASS, Verdict.WAIVED, Verdict.FAIL})
NEVER_CHECKED = "never checked"
LEFT_OUT = "left out of this run"
NOT_REACHED = "the server was not reached"
_REASONS_SHOWN = 3


def is_mandatory(requirement: Requirement | RequirementResult, *, strict: bool) -> bool:
    """Say whether a requirement can fail its vendor: by its basis, or because the run is strict."""
    return strict or requirement.basis in MANDATORY_BASES


def was_checked(requirement: RequirementResult) -> bool:
    """Say whether any check of a requirement came to a decision."""
    return any(one.verdict in EXECUTED for one in requirement.checks)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which failures are accepted, by (requirement id, check id), and what is wrong with waivers.

    `checked` holds one failed or inconclusive check `waiver:<requirement>` per waiver that has
    expired or that matches nothing.
    """

    live: Mapping[tuple[str, str], Waiver]
    checked: tuple[Checked, ...]


def apply_waivers(
    waivers: Sequence[Waiver],
    requirements: Sequence[Requirement],
    checked: Sequence[Checked],
    *,
    today: str,
    partial: bool = False,
) -> Accepted:
    """Match every waiver with the failures of its requirement and check.

    `today` is an ISO date; a waiver holds on its day of expiry and no longer. In a `partial` run
    a waiver whose check never ran is passed over; otherwise it is inconclusive.
    """
    rows = {requirement.id: requirement for requirement in requirements}
    live: dict[tuple[str, str], Waiver] = {}
    faults: list[Checked | None] = []
    for waiver in waivers:
        covered = [
            result
            for result in checked
            if waiver.requirement in rows
            and covers(waiver.check, result.check)
            and covers_any(rows[waiver.requirement].checks, result.check)
        ]
        faults.append(_fault(waiver, waiver.requirement in rows, covered, today, partial))
        if waiver.expires >= today:
            failed = [result.check for result in covered if result.verdict is Verdict.FAIL]
            live.update({(waiver.requirement, check): waiver for check in failed})
    return Accepted(live, tuple(fault for fault in faults if fault is not None))


def _fault(
    waiver: Waiver, known: bool, covered: Sequence[Checked], today: str, partial: bool
) -> Checked | None:
    """Return the check of a waiver that is expired, stale or names nothing, None if it is right."""
    check = f"waiver:{waiver.requirement}"
    failed = any(result.verdict is Verdict.FAIL for result in covered)
    if not known:
        title = "A waiver names a requirement that does not exist"
        expected = f"a requirement with the id {waiver.requirement}"
        seen = "no such requirement"
    elif failed and waiver.expires < today:
        title = "A waiver has expired while the check still fails"
        expected = f"the check to pass after {waiver.expires}, as {waiver.owner} accepted"
        seen = f"{waiver.check} still fails on {today}"
    elif failed:
        return None
    elif any(result.verdict is Verdict.PASS for result in covered):
        title = "A waiver is stale: its check passes"
        expected = f"a failure of {waiver.check} under {waiver.requirement}"
        seen = "the check passed; remove the waiver"
    elif partial:
        return None
    else:
        reason = f"waiver for {waiver.check} could not be evaluated, as its check did not run"
        return Checked(check, waiver.check, Verdict.INCONCLUSIVE, reason)
    finding = Finding(title, expected, seen, place=waiver.place, detail=(waiver.reason,))
    return Checked(check, waiver.check, Verdict.FAIL, "", finding)


def judge_requirements(
    requirements: Sequence[Requirement],
    checked: Sequence[Checked],
    accepted: Accepted,
    *,
    partial: bool = False,
    reached: bool = True,
) -> tuple[RequirementResult, ...]:
    """Return every requirement with its verdict, in their order.

    A scenario that no check tells of leaves its requirement inconclusive, unless the run is
    `partial` and other checks decided; of the other kinds one executed check is enough, because an
    invariant or property stays silent where nothing of the run concerns it.
    """
    by_check: dict[str, list[Checked]] = defaultdict(list)
    for result in checked:
        by_check[result.check].append(result)
    unchecked = (LEFT_OUT if partial else NEVER_CHECKED) if reached else NOT_REACHED
    made = Checks(by_check)
    return tuple(
        _judge(requirement, made, by_check, accepted, partial, unchecked)
        for requirement in requirements
    )


def _judge(
    requirement: Requirement,
    made: Checks,
    by_check: Mapping[str, Sequence[Checked]],
    accepted: Accepted,
    partial: bool,
    unchecked: str,
) -> RequirementResult:
    covered = {pattern: set(made.covered_by(pattern)) for pattern in requirement.checks}
    found = {check: by_check[check] for check in sorted(set().union(*covered.values()))}
    missing = [pattern for pattern, checks in covered.items() if not checks]
    verdicts = {
        check: merge(_effective(result, requirement, accepted) for result in results)
        for check, results in found.items()
    }
    checks = [
        CheckResult(
            CheckId.parse(check),
            verdicts[check],
            sum(result.count for result in results if result.verdict in EXECUTED),
        )
        for check, results in found.items()
    ]
    not_run = [CheckResult(CheckId.parse(p), Verdict.INCONCLUSIVE, 0) for p in missing]
    executed = any(verdict in EXECUTED for verdict in verdicts.values())
    verdict = merge(verdicts.values())
    if any(one.check.kind == "scenario" for one in not_run) and not (partial and executed):
        verdict = merge([verdict, Verdict.INCONCLUSIVE])
    if requirement.excuse:
        verdict, reason = Verdict.INAPPLICABLE, requirement.excuse
    elif not found:
        reason = unchecked
    else:
        reason = _reason(verdict, found, missing, requirement, accepted)
    return RequirementResult(
        requirement.id,
        requirement.title,
        requirement.level,
        requirement.basis,
        requirement.source,
        verdict,
        reason,
        (*checks, *not_run),
    )


def _effective(result: Checked, requirement: Requirement, accepted: Accepted) -> Verdict:
    """Return a check's verdict under one requirement, its waivers applied."""
    if result.verdict is Verdict.FAIL and (requirement.id, result.check) in accepted.live:
        return Verdict.WAIVED
    return result.verdict


def _reason(
    verdict: Verdict,
    found: Mapping[str, Sequence[Checked]],
    missing: Sequence[str],
    requirement: Requirement,
    accepted: Accepted,
) -> str:
    decisive = [
        result
        for results in found.values()
        for result in results
        if _effective(result, requirement, accepted) is verdict
    ]
    reasons: list[str] = []
    if verdict is Verdict.WAIVED:
        waivers = {accepted.live[requirement.id, result.check] for result in decisive}
        reasons = sorted(f"{w.owner}, until {w.expires}: {w.reason}" for w in waivers)
    elif verdict is not Verdict.PASS:
        reasons = [one.finding.title if one.finding else one.reason for one in decisive]
    if missing and verdict in (Verdict.PASS, Verdict.WAIVED, Verdict.INCONCLUSIVE):
        reasons.append(f"did not run: {listed(missing, _REASONS_SHOWN)}")
    distinct = list(dict.fromkeys(reason for reason in reasons if reason))
    more = len(distinct) - _REASONS_SHOWN
    shown = "; ".join(distinct[:_REASONS_SHOWN])
    return f"{shown}; and {more} more" if more > 0 else shown
