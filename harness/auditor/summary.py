"""Headlines, which say a verdict in one sentence, and notes: what else a reader should know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.auditor.findings import UNMAPPED
from harness.check.throttling import REMEDY
from harness.contract.needs import NOT_OBSERVABLE, why_lacking
from harness.document.messages import counted, listed
from harness.model.check_id import GONE, UNREACHED, UNTESTED
from harness.model.history import History, Recorded
from harness.model.result import (
    Counts,
    FindingResult,
    LoadResult,
    OperationCoverage,
    RequirementResult,
    VendorResult,
)
from harness.model.verdict import Checked, Verdict

_NAMED = 4
_SHOWN = 20
_SECOND_NS = 1_000_000_000
_NO_BALANCE = why_lacking(("balance",))


def vendor_headline(
    verdict: Verdict,
    counts: Counts,
    requirements: Sequence[RequirementResult],
    findings: Sequence[FindingResult],
    loads: Sequence[LoadResult],
    ended: str = "",
) -> str:
    """Return the sentence for one vendor; `ended` is why the run ended early, if it did."""
    if verdict is Verdict.ERROR:
        return "Harness error: the vendor was not evaluated."
    if verdict is Verdict.FAIL:
        early = f"; the run ended early: {ended}" if ended else ""
        return f"Failed: {_violated(requirements, findings)}{early}."
    if verdict is Verdict.INCONCLUSIVE:
        text = f"Inconclusive: {ended or _undecided(counts, requirements, loads)}"
        return text if text.endswith("?") else f"{text}."
    waived = _ids(requirements, findings, Verdict.WAIVED)
    holding = counts.mandatory_checked - len(waived)
    says = f"{holding:,} of {counts.mandatory:,} mandatory requirements hold"
    if verdict is Verdict.WAIVED:
        return f"Passed with waivers: {says}, {len(waived)} waived ({listed(waived, _NAMED)})."
    if left_out := counts.mandatory - counts.mandatory_checked:
        says += f", {left_out:,} left out of this run"
    if not shows_balances(requirements):
        says += f"; not observable: {_NO_BALANCE.partition(': ')[2]}"
    return f"Passed: {says}."


def ended_by(checked: Sequence[Checked]) -> str:
    """Return why a run ended before anything was checked, or before all was; empty otherwise."""
    causes = (UNREACHED, GONE, UNTESTED)
    found = sorted((causes.index(one.check), one.reason) for one in checked if one.check in causes)
    return found[0][1] if found else ""


def shows_balances(requirements: Sequence[RequirementResult]) -> bool:
    """Say whether balances can be read at a vendor, so that its ledger laws can be checked."""
    return all(one.reason != _NO_BALANCE for one in requirements if one.basis == "law")


def run_headline(verdict: Verdict, vendors: Sequence[VendorResult]) -> str:
    """Return the sentence for a whole run."""
    if not vendors:
        return "Inconclusive: nothing was checked."
    if len(vendors) == 1:
        title, (state, _, rest) = vendors[0].title, vendors[0].headline.partition(": ")
        state = state.lower()
        if verdict in (Verdict.ERROR, Verdict.INCONCLUSIVE):
            return f"{title}: {state}, {rest}"
        return f"{title} {state}: {rest}"
    if verdict is Verdict.PASS:
        checked = sum(vendor.counts.mandatory_checked for vendor in vendors)
        mandatory = sum(vendor.counts.mandatory for vendor in vendors)
        blind = [vendor.title for vendor in vendors if not shows_balances(vendor.requirements)]
        rest = f"; balances are not observable at {listed(blind, _NAMED)}" if blind else ""
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
            parts.append(f"{len(titles)} {words} ({', '.join(titles)})")
    return f"{len(vendors)} vendors: {', '.join(parts)}."


def _violated(requirements: Sequence[RequirementResult], findings: Sequence[FindingResult]) -> str:
    failed = [one for one in findings if one.verdict is Verdict.FAIL]
    parts = []
    if ids := _ids(requirements, findings, Verdict.FAIL):
        parts.append(f"{counted(len(ids), 'requirement')} violated: {listed(ids, _NAMED)}")
    unmapped = [one.title for one in failed if [r.id for r in one.requirements] == [UNMAPPED]]
    if unmapped:
        head = "further violation" if ids else "violation"
        parts.append(f"{counted(len(unmapped), head)}: {listed(unmapped, 2)}")
    for kind, state in (("threshold", "missed"), ("waiver", "stale")):
        names = [one.check.name for one in failed if one.check.kind == kind]
        if names:
            parts.append(f"{counted(len(names), kind)} {state}: {listed(names, _NAMED)}")
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
        return f"{checked}; {len(undecided):,} inconclusive: {listed(undecided, _NAMED)}"
    if not counts.mandatory_checked:
        return "no mandatory requirement was checked"
    return f"{checked}, but evidence is missing; see the notes"


def notes_of(
    decisive: Sequence[Checked],
    requirements: Sequence[RequirementResult],
    covered: Sequence[OperationCoverage],
    recorded: Recorded,
) -> Iterator[str]:
    """Yield errors and inconclusive checks, what cannot be observed, what was never requested."""
    yield from _undecided_checks(decisive)
    yield from _throttled(recorded.history)
    yield from _not_observable(requirements)
    if missing := [entry.operation for entry in covered if entry.requests == 0]:
        share = f"{len(missing)} of {counted(len(covered), 'operation')}"
        yield f"Never requested: {listed(missing, _SHOWN)} ({share})"
    lines = [f"{about}: {text}" if about else text for about, text in recorded.notes]
    yield from dict.fromkeys(lines)


def _throttled(history: History) -> Iterator[str]:
    """Yield a line if the server throttled: how often, and how much it served at most."""
    refused = Counter(one.status for one in history.attempts if one.throttled)
    if not refused:
        return
    ended = [one for one in history.attempts if one.status is not None and one.done_ns is not None]
    seconds = Counter((one.done_ns or 0) // _SECOND_NS for one in ended if not one.throttled)
    statuses = ", ".join(f"{count:,} with status {status}" for status, count in refused.items())
    share = f"{refused.total():,} of {counted(len(ended), 'response')}"
    most = f"at most {max(seconds.values(), default=0):,} a second were served"
    yield (
        f"Throttled: {share} refused a request for now ({statuses}); {most}. That fails "
        f"no check. To avoid it, {REMEDY}"
    )


def _undecided_checks(decisive: Sequence[Checked]) -> Iterator[str]:
    """Yield a line for each check that erred or is inconclusive, errors first."""
    lines = [
        f"{words}: {result.check} on {result.subject}: {result.reason or 'no reason given'}"
        for verdict, words in (
            (Verdict.ERROR, "Harness error"),
            (Verdict.INCONCLUSIVE, "Inconclusive"),
        )
        for result in decisive
        if result.verdict is verdict
    ]
    distinct = list(dict.fromkeys(lines))
    yield from distinct[:_SHOWN]
    if (more := len(distinct) - _SHOWN) > 0:
        yield f"Inconclusive: {counted(more, 'further check')}"


def _not_observable(requirements: Sequence[RequirementResult]) -> Iterator[str]:
    """Yield a line for each way to look that the vendor lacks, with what it leaves unchecked."""
    blind: dict[str, list[str]] = {}
    for one in requirements:
        if one.verdict is Verdict.INAPPLICABLE and one.reason.startswith(NOT_OBSERVABLE):
            blind.setdefault(one.reason, []).append(one.id)
    for reason, ids in blind.items():
        yield f"{reason[0].upper()}{reason[1:]}. Not checked for this reason: {listed(ids, _SHOWN)}"
