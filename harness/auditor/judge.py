"""The verdict on a vendor and on a run."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from harness.auditor.counts import count_accounts, count_run, coverage, is_evidence
from harness.auditor.findings import Standing, group_findings, standings_of
from harness.auditor.load_stats import judge_load, measure
from harness.auditor.masking import masked_result
from harness.auditor.repeat import lines_that_repeat
from harness.auditor.requirements import (
    LEFT_OUT,
    apply_waivers,
    is_mandatory,
    judge_requirements,
    was_checked,
)
from harness.auditor.summary import ended_by, notes_of, run_headline, vendor_headline
from harness.contract.vendor import Vendor
from harness.model.check_id import UNREACHED, CheckId
from harness.model.history import Recorded
from harness.model.result import FindingResult, RequirementResult, Result, RunSummary, VendorResult
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Verdict, merge

EXITS: Mapping[int, str] = {
    6: "harness error",
    1: "requirement violated",
    2: "invalid declaration",
    3: "threshold missed",
    5: "inconclusive",
    0: "passed",
}
"""What each exit code says, in the order in which one outranks the next."""


def vendor_result(
    vendor: Vendor,
    recorded: Recorded,
    checked: Sequence[Checked],
    header: RunHeader,
    today: str = "",
) -> VendorResult:
    """Return one vendor's part of the result.

    `checked` comes from `replay`. In a `partial` run requirements that no check reached do not
    count. `today` is the ISO date that waivers are held against, the current UTC date if empty.
    """
    reached = all(one.check != UNREACHED for one in checked)
    today = today or datetime.datetime.now(datetime.UTC).date().isoformat()
    loads, limits = judge_load(measure(recorded), vendor.workloads)
    # Threads and processes journal in any order; the result must not depend on it.
    results = tuple(sorted((*checked, *limits), key=_canonical))
    accepted = apply_waivers(
        vendor.waivers,
        vendor.requirements,
        results,
        today=today,
        partial=header.partial or not reached,
    )
    requirements = judge_requirements(
        vendor.requirements, results, accepted, partial=header.partial, reached=reached
    )
    results = (*results, *accepted.checked)
    made = {result.check for result in results}
    standings = standings_of(made, vendor.requirements, accepted, strict=header.strict)
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    findings, observations = (
        tuple(replace(one, repeat=lines_that_repeat(one, recorded, header)) for one in group)
        for group in group_findings(failed, standings, vendor)
    )
    decisive = [result for result in results if not standings[result.check].observed]
    verdict = _verdict(requirements, decisive, standings, header)
    covered = coverage(vendor, recorded.history, standings)
    counts = count_run(recorded.history, results, requirements, strict=header.strict)
    result = VendorResult(
        vendor=vendor.name,
        title=vendor.title,
        target=header.target,
        kind=header.kind,
        strict=header.strict,
        partial=header.partial,
        verdict=verdict,
        exit=_exit(verdict, findings),
        headline=vendor_headline(verdict, counts, requirements, findings, loads, ended_by(checked)),
        counts=counts,
        requirements=requirements,
        findings=findings,
        observations=observations,
        coverage=covered,
        accounts=count_accounts(results, recorded.history),
        loads=loads,
        notes=tuple(notes_of(decisive, requirements, covered, recorded)) if reached else (),
        route=header.route,
        rate=header.rate,
        budget=header.budget,
    )
    return masked_result(result, vendor.binding, recorded.history.accounts())


def run_result(vendors: Sequence[VendorResult], run: RunSummary) -> Result:
    """Return the whole result from its vendors' parts and what is known of the run."""
    verdict = merge(vendor.verdict for vendor in vendors)
    return Result(
        run=run,
        verdict=verdict,
        exit=worst_exit({vendor.exit for vendor in vendors} or {5}),
        headline=run_headline(verdict, vendors),
        vendors=tuple(vendors),
    )


def worst_exit(exits: Collection[int]) -> int:
    """Return the exit code that outranks the others: 6, then 1, 2, 3, 5, 0."""
    return min(exits, key=tuple(EXITS).index)


def _verdict(
    requirements: Sequence[RequirementResult],
    decisive: Sequence[Checked],
    standings: Mapping[str, Standing],
    header: RunHeader,
) -> Verdict:
    verdicts = [
        one.verdict
        for one in requirements
        if one.reason != LEFT_OUT and is_mandatory(one, strict=header.strict)
    ]
    for result in decisive:
        waived = result.verdict is Verdict.FAIL and standings[result.check].waived
        verdicts.append(Verdict.WAIVED if waived else result.verdict)
    worst = merge(verdicts)
    if worst.rank < Verdict.INCONCLUSIVE.rank and not _is_supported(requirements, decisive, header):
        return Verdict.INCONCLUSIVE
    return worst


def _is_supported(
    requirements: Sequence[RequirementResult], decisive: Sequence[Checked], header: RunHeader
) -> bool:
    """Say whether anything was checked that could have failed the vendor.

    A part of a run was asked for something, so that conformance on the way there is not enough.
    """
    evidence = [one for one in decisive if is_evidence(one)]
    if not header.partial or any(CheckId.parse(one.check).kind == "threshold" for one in evidence):
        return bool(evidence)
    return any(was_checked(one) for one in requirements if is_mandatory(one, strict=header.strict))


def _canonical(result: Checked) -> tuple[str, str, int, str, tuple[str, ...]]:
    finding = result.finding
    told = (finding.title, finding.seen, *finding.attempts) if finding is not None else ()
    return (result.check, result.subject, result.verdict.rank, result.reason, told)


def _exit(verdict: Verdict, findings: Sequence[FindingResult]) -> int:
    if verdict is Verdict.ERROR:
        return 6
    if verdict is Verdict.FAIL:
        kinds = {one.check.kind for one in findings if one.verdict is Verdict.FAIL}
        return worst_exit({{"threshold": 3, "waiver": 2}.get(kind, 1) for kind in kinds} or {1})
    return 5 if verdict is Verdict.INCONCLUSIVE else 0
