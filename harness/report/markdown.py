"""The result as GitHub-flavoured Markdown, for a job's summary page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.document.messages import counted
from harness.model.result import FindingResult, LoadResult, MixResult, Result, VendorResult
from harness.report.markup import SIGNS, code_span, escaped, fenced, table
from harness.report.text import (
    EXIT_WORDS,
    VERDICT_WORDS,
    limit_of,
    milliseconds,
    number,
    rule_of,
    standing,
    tally,
)

_FINDINGS_SHOWN = 20
_ROWS_SHOWN = 30


def markdown(result: Result) -> str:
    """Return the summary; text that came from outside is escaped, and long lists are cut."""
    lines = list(_page(result))
    return "\n".join(lines).rstrip("\n") + "\n"


def _page(result: Result) -> Iterator[str]:
    yield f"# {SIGNS[result.verdict]} Loyalty harness: {result.verdict}"
    yield ""
    yield f"**{escaped(result.headline)}**"
    yield ""
    exit_words = EXIT_WORDS.get(result.exit, "unknown")
    run = result.run
    yield f"Exit {result.exit} ({exit_words}). Repeat with {code_span(run.command)}."
    yield ""
    head = ("Vendor", "Verdict", "Rules checked", "Requests", "Accounts", "Findings", "Confirm")
    yield from table(head, (_overview(vendor) for vendor in result.vendors))
    for vendor in result.vendors:
        yield ""
        yield from _vendor(vendor)


def _overview(vendor: VendorResult) -> Sequence[str]:
    counts, accounts = vendor.counts, vendor.accounts
    return (
        f"**{escaped(vendor.title)}** on {escaped(vendor.target)}",
        f"{SIGNS[vendor.verdict]} {vendor.verdict}",
        f"{counts.requirements_checked:,} of {counts.requirements:,}",
        f"{counts.requests:,}",
        f"{accounts.consistent:,} of {accounts.judged:,} consistent",
        f"{len(vendor.findings):,}",
        f"{len(vendor.observations):,}",
    )


def _vendor(vendor: VendorResult) -> Iterator[str]:
    yield f"## {escaped(vendor.title)}"
    yield ""
    rules = tally(vendor) or "none declared"
    yield f"**{vendor.verdict.upper()}**: {escaped(vendor.headline)} Rules: {rules}."
    for entry in vendor.findings[:_FINDINGS_SHOWN]:
        yield ""
        yield from _finding(entry)
    more = len(vendor.findings) - _FINDINGS_SHOWN
    if more > 0:
        yield ""
        yield f"And {counted(more, 'further finding')}; see report.html."
    if vendor.loads:
        yield ""
        yield "### Load"
        for load in vendor.loads:
            yield ""
            yield from _load(load)
    yield from _rows(vendor)
    if vendor.observations:
        yield ""
        yield "### Please confirm"
        yield ""
        for entry in vendor.observations[:_ROWS_SHOWN]:
            told = f"{escaped(entry.title)} ({escaped(entry.seen)})"
            yield f"- **{escaped(rule_of(entry))}**: {told}"
    if vendor.notes:
        yield ""
        yield "### Notes"
        yield ""
        for note in vendor.notes:
            yield f"- {escaped(note)}"


def _finding(entry: FindingResult) -> Iterator[str]:
    sign = SIGNS[entry.verdict]
    times = f" ({entry.count:,} times)" if entry.count > 1 else ""
    yield f"### {sign} {escaped(entry.title)}{times}"
    yield ""
    for row in entry.requirements:
        source = f", {escaped(row.source)}" if row.source else ""
        yield f"- **{escaped(row.id)}** ({row.basis}{source}): {escaped(row.title)}"
    yield f"- Check: {code_span(entry.check)} on {code_span(entry.subject)}"
    yield f"- Expected: {escaped(entry.expected)}"
    yield f"- Seen: {escaped(entry.seen)}"
    if entry.place:
        yield f"- Declared: {code_span(entry.place)}"
    if entry.waiver:
        waiver = entry.waiver
        told = f"{waiver.owner}, until {waiver.expires}: {waiver.reason}"
        yield f"- Waived by {escaped(told)}"
    evidence = [*entry.detail, *entry.curl[:1]]
    if evidence:
        yield ""
        yield from fenced("\n".join(evidence))


def _load(load: LoadResult) -> Iterator[str]:
    if not load.valid:
        yield f"**{escaped(load.workload)}**: invalid measurement, {escaped(load.reason)}."
        yield ""
    offered, achieved = number(load.offered_per_second), number(load.achieved_per_second)
    yield (
        f"**{escaped(load.title or load.workload)}**: {offered} arrivals per second offered, "
        f"{achieved} achieved, "
        f"{load.dropped:,} dropped, generator {milliseconds(load.lateness_ms.p99)} late "
        "at p99."
    )
    yield ""
    head = ("Kind", "Calls", "Ok", "Refused", "Unknown", "p50", "p90", "p99", "Max")
    yield from table(head, (_mix(entry) for entry in load.mix))
    for threshold in load.thresholds:
        if threshold.verdict != "pass":
            yield ""
            yield (
                f"{SIGNS[threshold.verdict]} {code_span(threshold.figure)} of "
                f"{escaped(threshold.entry or 'all')}: {number(threshold.value)}, "
                f"wanted {limit_of(threshold)}"
            )


def _mix(entry: MixResult) -> Sequence[str]:
    spread = entry.response_ms
    counts = (f"{count:,}" for count in (entry.requests, entry.ok, entry.refused, entry.unknown))
    times = map(milliseconds, (spread.p50, spread.p90, spread.p99, spread.max))
    return (escaped(entry.name), *counts, *times)


def _rows(vendor: VendorResult) -> Iterator[str]:
    rows = [row for row in vendor.requirements if row.verdict not in ("pass", "inapplicable")]
    if not rows:
        return
    yield ""
    yield "### Rules that did not pass"
    yield ""
    shown = (
        (
            escaped(row.id),
            f"{SIGNS[standing(row, vendor)]} {VERDICT_WORDS[standing(row, vendor)]}",
            row.basis,
            escaped(row.title),
            escaped(row.reason),
        )
        for row in rows[:_ROWS_SHOWN]
    )
    yield from table(("Rule", "Verdict", "Basis", "Says", "Why"), shown)
    if len(rows) > _ROWS_SHOWN:
        yield ""
        yield f"And {counted(len(rows) - _ROWS_SHOWN, 'further rule')}; see report.html."
