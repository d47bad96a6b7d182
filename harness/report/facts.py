"""A result in words: the facts on vendors, findings and loads that every rendering shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from harness.auditor.judge import EXITS
from harness.auditor.requirements import LEFT_OUT, NOT_REACHED
from harness.document.messages import counted
from harness.model.requirement import Waiver
from harness.model.result import (
    CheckResult,
    FindingResult,
    LoadResult,
    RequirementResult,
    ThresholdResult,
    VendorResult,
)
from harness.report.text import milliseconds, number

Fact = tuple[str, str]
"""A label and its text."""

VERDICT_WORDS: Mapping[str, str] = {
    "inapplicable": "inapplicable",
    "pass": "passed",
    "waived": "waived",
    "unchecked": "not checked",
    "inconclusive": "inconclusive",
    "observed": "observation",
    "fail": "failed",
    "error": "harness error",
}
OVERVIEW = (
    "Vendor",
    "Verdict",
    "Requirements",
    "Accounts",
    "Requests",
    "Findings",
    "Observations",
)
"""The head of the table of vendors: requirements checked, accounts consistent, of how many."""
_COUNTED = frozenset({"observed", "error"})


def exit_text(code: int) -> str:
    """Return "exit 1: requirement violated"."""
    return f"exit {code}: {EXITS.get(code, 'unknown')}"


def overview(vendor: VendorResult) -> tuple[str, ...]:
    """Return a vendor's row of the table of vendors."""
    counts, accounts = vendor.counts, vendor.accounts
    return (
        vendor.title,
        VERDICT_WORDS[vendor.verdict],
        f"{counts.requirements_checked:,} of {counts.requirements:,}",
        f"{accounts.consistent:,} of {accounts.judged:,}",
        f"{counts.requests:,}",
        f"{len(vendor.findings):,}",
        f"{len(vendor.observations):,}",
    )


def figures(vendor: VendorResult) -> Iterator[Fact]:
    """Yield a vendor's numbers, each total with its parts."""
    counts, accounts = vendor.counts, vendor.accounts
    rows = tally(vendor)
    yield "requirements", f"{counts.requirements:,}" + (f": {rows}" if rows else "")
    yield "checks", f"{counts.checks:,}; {counted(counts.scenarios, 'scenario')} run"
    if accounts.judged:
        yield (
            "accounts",
            f"{accounts.judged:,}: {accounts.consistent:,} consistent, "
            f"{accounts.violated:,} violated, {accounts.inconclusive:,} inconclusive",
        )
    yield (
        "requests",
        f"{counts.requests:,}: {counts.ok:,} ok, {counts.refused:,} refused, "
        f"{counts.unknown:,} unknown"
        + (f"; {counts.unsent:,} could not be sent" if counts.unsent else ""),
    )
    yield from _bounds(vendor)
    if vendor.route:
        yield "connection", "; ".join(vendor.route)
    for load in vendor.loads:
        yield "load", _load_text(load)


def _bounds(vendor: VendorResult) -> Iterator[Fact]:
    """Yield what the target allows, and how much of it was sent, if it allows no more."""
    bounds = (("rate", vendor.rate, "a second"), ("budget", vendor.budget, "in the run"))
    known = {name: f"{number(most)} {when}" for name, most, when in bounds if most is not None}
    if known:
        sent = counted(vendor.counts.requests, "request")
        yield ", ".join(known), f"at most {', '.join(known.values())}; {sent} sent"


def standing(row: RequirementResult, vendor: VendorResult) -> str:
    """Return a requirement's state, a key of VERDICT_WORDS.

    It is the verdict, except that an inferred requirement that failed without counting is
    `observed`, and one that was left out of the run, or whose server was not reached, `unchecked`.
    """
    if row.reason in (LEFT_OUT, NOT_REACHED) and row.verdict == "inconclusive":
        return "unchecked"
    if row.verdict != "fail":
        return row.verdict.value
    behind = (reference.id for entry in vendor.findings for reference in entry.requirements)
    return "fail" if row.id in behind else "observed"


def standings(vendor: VendorResult) -> Counter[str]:
    """Return how many of a vendor's requirements have which state."""
    return Counter(standing(row, vendor) for row in vendor.requirements)


def tally(vendor: VendorResult) -> str:
    """Return the standings in words, worst first."""
    found = standings(vendor)
    return ", ".join(
        counted(found[state], words) if state in _COUNTED else f"{found[state]:,} {words}"
        for state, words in reversed(tuple(VERDICT_WORDS.items()))
        if found[state]
    )


def by_family(checks: Sequence[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the checks of a requirement by the id that their parts share."""
    grouped = defaultdict(list)
    for check in checks:
        grouped[check.check.family].append(check)
    return grouped


def title_of(entry: FindingResult) -> str:
    """Return a finding's title, with how often it was seen if more than once."""
    times = f" ({counted(entry.count, 'time')})" if entry.count > 1 else ""
    return f"{entry.title}{times}"


def requirements_of(entry: FindingResult) -> str:
    """Return the ids of the requirements behind a finding, or its check if there is none."""
    return ", ".join(row.id for row in entry.requirements) or str(entry.check)


def finding_facts(entry: FindingResult) -> Iterator[Fact]:
    """Yield the facts of a finding after its title and before its evidence."""
    for row in entry.requirements:
        source = f", {row.source}" if row.source else ""
        yield "requirement", f"{row.id} ({row.basis}{source}): {row.title}"
    yield "check", f"{entry.check} on {entry.subject}"
    yield "expected", entry.expected
    yield "observed", entry.seen
    if entry.waiver:
        yield "waived by", waiver_text(entry.waiver)
    if entry.place:
        yield "declared at", entry.place


def repeat_lines(entry: FindingResult, curls: int = 1) -> tuple[str, ...]:
    """Return the lines of a shell that repeat a finding, with so many of its curl lines."""
    return (*entry.repeat, *entry.curl[:curls])


def waiver_text(waiver: Waiver) -> str:
    """Return who waived a finding, until when and why."""
    return f"{waiver.owner}, until {waiver.expires}: {waiver.reason}"


def observation_text(entry: FindingResult) -> str:
    """Return an observation in one sentence."""
    seen = f" (expected {entry.expected}; observed {entry.seen})" if entry.seen else ""
    return f"{entry.title}{seen}"


def limit_of(threshold: ThresholdResult) -> str:
    """Return the limits of a threshold: "at least 1 and at most 50"."""
    limits = (("at least", threshold.at_least), ("at most", threshold.at_most))
    return " and ".join(f"{words} {number(limit)}" for words, limit in limits if limit is not None)


def threshold_text(threshold: ThresholdResult) -> str:
    """Return a threshold with its figure: "response_ms_p99 of earn 61.2, required at most 50"."""
    of = f" of {threshold.entry}" if threshold.entry else ""
    return f"{threshold.figure}{of} {number(threshold.value)}, required {limit_of(threshold)}"


def offered_text(load: LoadResult) -> str:
    """Return the rates of a load: offered, achieved, dropped, and others if there are any."""
    others = ((load.unsent, "could not be sent"), (load.throttled, "throttled"))
    told = "".join(f", {count:,} {what}" for count, what in others if count)
    return (
        f"{number(load.offered_per_second)}/s offered, "
        f"{number(load.achieved_per_second)}/s achieved, {load.dropped:,} dropped{told}"
    )


def _load_text(load: LoadResult) -> str:
    if not load.valid:
        return f"{load.workload}: invalid measurement: {load.reason}"
    parts = [f"{load.workload}: {offered_text(load)}"]
    if load.mix:
        slowest = max(
            load.mix, key=lambda one: max(one.response_ms.p99 or 0, one.response_ms.p50 or 0)
        )
        p50, p99 = map(milliseconds, (slowest.response_ms.p50, slowest.response_ms.p99))
        parts.append(f"slowest {slowest.name} p50 {p50}, p99 {p99}")
    if load.thresholds:
        met = sum(one.verdict == "pass" for one in load.thresholds)
        parts.append(f"{met:,} of {counted(len(load.thresholds), 'threshold')} met")
    parts += [threshold_text(one) for one in load.thresholds if one.verdict == "fail"]
    return "; ".join(parts)
