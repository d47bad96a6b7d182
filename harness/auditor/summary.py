"""Headlines: the verdict on a vendor and on a run in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from harness.auditor.findings import UNMAPPED
from harness.contract.needs import why_lacking
from harness.document.messages import counted
from harness.model.result import Counts, FindingResult, LoadResult, RequirementResult, VendorResult
from harness.model.verdict import Verdict

_NAMED = 4
_NO_BALANCE = why_lacking(("balance",))


def vendor_headline(
    verdict: Verdict,
    counts: Counts,
    requirements: Sequence[RequirementResult],
    findings: Sequence[FindingResult],
    loads: Sequence[LoadResult],
) -> str:
    """Return the sentence for one vendor."""
    if verdict is Verdict.ERROR:
        return "Harness error: the vendor was not evaluated."
    if verdict is Verdict.FAIL:
        return f"Failed: {_violated(requirements, findings)}."
    if verdict is Verdict.INCONCLUSIVE:
        return f"Inconclusive: {_undecided(counts, requirements, loads)}."
    waived = _ids(requirements, findings, Verdict.WAIVED)
    holding = counts.mandatory_checked - len(waived)
    says = f"{holding:,} of {counts.mandatory:,} mandatory requirements hold"
    if verdict is Verdict.WAIVED:
        return f"Passed with waivers: {says}, {len(waived)} waived ({named(waived)})."
    if left_out := counts.mandatory - counts.mandatory_checked:
        says += f", {left_out:,} left out of this run"
    if not shows_balances(requirements):
        says += f"; not observable: {_NO_BALANCE.partition(': ')[2]}"
    return f"Passed: {says}."


def shows_balances(requirements: Sequence[RequirementResult]) -> bool:
    """Say whether balances can be read at a vendor, so that its ledger laws can be checked."""
    return all(one.reason != _NO_BALANCE for one in requirements if one.basis == "law")


def run_headline(verdict: Verdict, vendors: Sequence[VendorResult]) -> str:
    """Return the sentence for a whole run."""
    if not vendors:
        return "Inconclusive: nothing was checked."
    if len(vendors) == 1:
        headline = vendors[0].headline
        return f"{vendors[0].title} {headline[:1].lower()}{headline[1:]}"
    if verdict is Verdict.PASS:
        checked = sum(vendor.counts.mandatory_checked for vendor in vendors)
        mandatory = sum(vendor.counts.mandatory for vendor in vendors)
        blind = [vendor.title for vendor in vendors if not shows_balances(vendor.requirements)]
        rest = f"; balances are not observable at {named(blind)}" if blind else ""
        return (
            f"{len(vendors)} vendors passed: {checked:,} of {mandatory:,} mandatory requirements "
            f"hold{rest}."
        )
    parts = []
    for rung, words in (
        (Verdict.ERROR, "with a harness error"),
        (Verdict.FAIL, "failed"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.WAIVED, "passed with waivers"),
        (Verdict.PASS, "passed"),
    ):
        titles = [vendor.title for vendor in vendors if vendor.verdict is rung]
        if titles:
            parts.append(f"{len(titles)} {words} ({named(titles, len(titles))})")
    return f"{len(vendors)} vendors: {', '.join(parts)}."


def named(names: Sequence[str], shown: int = _NAMED) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def _violated(requirements: Sequence[RequirementResult], findings: Sequence[FindingResult]) -> str:
    failed = [one for one in findings if one.verdict is Verdict.FAIL]
    parts = []
    if ids := _ids(requirements, findings, Verdict.FAIL):
        parts.append(f"{counted(len(ids), 'requirement')} violated: {named(ids)}")
    unmapped = [one.title for one in failed if [r.id for r in one.requirements] == [UNMAPPED]]
    if unmapped:
        head = "further violation" if ids else "violation"
        parts.append(f"{counted(len(unmapped), head)}: {named(unmapped, 2)}")
    for kind, noun, state in (("threshold", "threshold", "missed"), ("waiver", "waiver", "stale")):
        names = [one.check.name for one in failed if one.check.kind == kind]
        if names:
            parts.append(f"{counted(len(names), noun)} {state}: {named(names)}")
    return "; ".join(parts)


def _ids(
    requirements: Sequence[RequirementResult],
    findings: Sequence[FindingResult],
    verdict: Verdict,
) -> list[str]:
    """Return the requirements behind the findings of a verdict, in declared order."""
    behind = {row.id for one in findings if one.verdict is verdict for row in one.requirements}
    return [one.id for one in requirements if one.id in behind and one.verdict is verdict]


def _undecided(
    counts: Counts, requirements: Sequence[RequirementResult], loads: Sequence[LoadResult]
) -> str:
    if counts.checks == 0:
        return "nothing was checked"
    invalid = [load.reason for load in loads if not load.valid]
    if invalid:
        return f"the load measurement is invalid: {invalid[0]}"
    checked = (
        f"{counts.mandatory_checked:,} of {counts.mandatory:,} mandatory requirements were checked "
        "without a violation"
    )
    undecided = [one.id for one in requirements if one.verdict is Verdict.INCONCLUSIVE]
    if undecided:
        return f"{checked}; {len(undecided):,} inconclusive: {named(undecided)}"
    return f"{checked}, but evidence is missing; see the notes"
