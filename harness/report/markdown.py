"""The result as GitHub-flavoured Markdown, for a job's summary page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.document.messages import counted
from harness.model.result import FindingResult, LoadResult, MixResult, Result, VendorResult
from harness.report.facts import (
    OVERVIEW,
    VERDICT_WORDS,
    exit_text,
    figures,
    finding_facts,
    observation_text,
    offered_text,
    overview,
    requirements_of,
    standing,
    threshold_text,
    title_of,
)
from harness.report.markup import SIGNS, code_span, document, escaped, fenced, heading, table
from harness.report.text import milliseconds

_FINDINGS_SHOWN = 20
_ROWS_SHOWN = 30


def markdown(result: Result) -> str:
    """Return the summary; text that came from outside is escaped, and long lists are cut."""
    return document(_page(result))


def _page(result: Result) -> Iterator[str]:
    yield from heading(
        1, f"{SIGNS[result.verdict]} Loyalty harness: {VERDICT_WORDS[result.verdict]}"
    )
    yield f"**{escaped(result.headline)}**"
    yield ""
    yield f"{exit_text(result.exit).capitalize()}. Repeat with {code_span(result.run.command)}."
    yield ""
    yield from table(OVERVIEW, map(_overview_row, result.vendors))
    for vendor in result.vendors:
        yield from _vendor_section(vendor)


def _overview_row(vendor: VendorResult) -> Sequence[str]:
    title, verdict, *rest = map(escaped, overview(vendor))
    return (f"**{title}**", f"{SIGNS[vendor.verdict]} {verdict}", *rest)


def _vendor_section(vendor: VendorResult) -> Iterator[str]:
    yield from heading(2, f"{escaped(vendor.title)} on {escaped(vendor.target)}")
    yield f"**{escaped(vendor.headline)}**"
    yield ""
    for label, text in figures(vendor):
        yield f"- {label.capitalize()}: {escaped(text)}"
    for entry in vendor.findings[:_FINDINGS_SHOWN]:
        yield from _finding_section(entry)
    yield from _more(len(vendor.findings) - _FINDINGS_SHOWN, "finding")
    if vendor.loads:
        yield ""
        yield "### Load"
        for load in vendor.loads:
            yield ""
            yield from _load_section(load)
    yield from _open_rows(vendor)
    if vendor.observations:
        yield from heading(3, "Observations")
        yield "Differences from inferred requirements; they do not fail the vendor."
        yield ""
        for entry in vendor.observations[:_ROWS_SHOWN]:
            yield f"- **{escaped(requirements_of(entry))}**: {escaped(observation_text(entry))}"
    if vendor.notes:
        yield from heading(3, "Notes")
        for note in vendor.notes:
            yield f"- {escaped(note)}"


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield ""
        yield f"And {counted(count, f'further {noun}')}; see report.html."


def _finding_section(entry: FindingResult) -> Iterator[str]:
    yield from heading(3, f"{SIGNS[entry.verdict]} {escaped(title_of(entry))}")
    for label, text in finding_facts(entry):
        yield f"- {label.capitalize()}: {escaped(text)}"
    evidence = [*entry.detail, *entry.curl[:1]]
    if evidence:
        yield ""
        yield from fenced("\n".join(evidence))


def _load_section(load: LoadResult) -> Iterator[str]:
    if not load.valid:
        yield f"**{escaped(load.workload)}**: invalid measurement: {escaped(load.reason)}."
        yield ""
    yield (
        f"**{escaped(load.title or load.workload)}**: {offered_text(load)}, "
        f"generator lateness p99 {milliseconds(load.lateness_ms.p99)}."
    )
    yield ""
    head = ("Entry", "Requests", "Ok", "Refused", "Unknown", "p50", "p90", "p99", "Max")
    yield from table(head, map(_mix_row, load.mix))
    for threshold in load.thresholds:
        if threshold.verdict != "pass":
            yield ""
            yield f"{SIGNS[threshold.verdict]} {escaped(threshold_text(threshold))}"


def _mix_row(entry: MixResult) -> Sequence[str]:
    spread = entry.response_ms
    counts = (f"{count:,}" for count in (entry.requests, entry.ok, entry.refused, entry.unknown))
    times = map(milliseconds, (spread.p50, spread.p90, spread.p99, spread.max))
    return (escaped(entry.name), *counts, *times)


def _open_rows(vendor: VendorResult) -> Iterator[str]:
    rows = [row for row in vendor.requirements if row.verdict not in ("pass", "inapplicable")]
    if not rows:
        return
    yield from heading(3, "Requirements that did not pass")
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
    yield from table(("Requirement", "Verdict", "Basis", "Title", "Reason"), shown)
    yield from _more(len(rows) - _ROWS_SHOWN, "requirement")
