"""The summary of a result on a terminal or in a log, the verdict first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.auditor.requirements import LEFT_OUT
from harness.document.messages import counted
from harness.model.result import FindingResult, LoadResult, Result, VendorResult
from harness.report.text import (
    EXIT_WORDS,
    VERDICT_WORDS,
    limit_of,
    milliseconds,
    number,
    one_line,
    tally,
    visible,
)

STYLES: Mapping[str, str] = {
    "pass": "bold green",
    "waived": "bold cyan",
    "inapplicable": "dim",
    "inconclusive": "bold yellow",
    "fail": "bold red",
    "error": "bold magenta",
    "head": "bold",
    "faint": "dim",
    "": "",
}
_LABEL = 10
_OPEN_SHOWN = 12
_DETAIL_SHOWN = 24

# A line is told as pieces, each with the name of its style.
Line = Sequence[tuple[str, str]]


def print_summary(result: Result, console: Console) -> None:
    """Print the verdict, each vendor's numbers, its findings, and what is open.

    Off a terminal, or with CI or NO_COLOR set, the lines are plain: no colour, no wrapping.
    """
    plain = is_plain(console)
    for line in summary_lines(result):
        write_line(line, console, plain)


def is_plain(console: Console) -> bool:
    """Say whether lines must be plain: no terminal, or CI or NO_COLOR is set."""
    return not console.is_terminal or bool(os.environ.get("CI") or os.environ.get("NO_COLOR"))


def summary_lines(result: Result) -> Iterator[Line]:
    """Yield the lines of a summary as pieces of text with style names."""
    verdict = result.verdict
    exits = f"  (exit {result.exit}: {EXIT_WORDS.get(result.exit, 'unknown')})"
    headline = one_line(result.headline)
    yield [(verdict.upper(), verdict), (f"  {headline}", "head"), (exits, "faint")]
    vendors = result.vendors
    if len(vendors) > 1:
        yield []
        yield from _overview(vendors)
    for vendor in vendors:
        yield []
        yield from _vendor(vendor, alone=len(vendors) == 1)


def _overview(vendors: Sequence[VendorResult]) -> Iterator[Line]:
    head = ("vendor", "verdict", "rules checked", "requests", "findings", "please confirm")
    rows = [
        (
            one_line(vendor.title),
            vendor.verdict.upper(),
            f"{vendor.counts.requirements_checked:,} of {vendor.counts.requirements:,}",
            f"{vendor.counts.requests:,}",
            f"{len(vendor.findings):,}",
            f"{len(vendor.observations):,}",
        )
        for vendor in vendors
    ]
    widths = [max(cell_len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    yield [(f"  {_columns(head, widths)}", "faint")]
    for vendor, row in zip(vendors, rows, strict=True):
        name = row[0] + " " * (widths[0] - cell_len(row[0]))
        yield [
            (f"  {name}  ", "head"),
            (row[1].ljust(widths[1]), vendor.verdict),
            (f"  {_columns(row[2:], widths[2:])}", ""),
        ]


def _columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def _vendor(vendor: VendorResult, *, alone: bool) -> Iterator[Line]:
    target = one_line(f"{vendor.title} on {vendor.target}")
    yield [(f"{target}: ", "head"), (vendor.verdict.upper(), vendor.verdict)]
    if not alone:
        yield _labelled("verdict", vendor.headline)
    yield from _numbers(vendor)
    failed = [entry for entry in vendor.findings if entry.verdict == "fail"]
    waived = [entry for entry in vendor.findings if entry.verdict == "waived"]
    for title, entries in (("Findings", failed), ("Waived", waived)):
        if entries:
            yield []
            yield [(f"  {title}", "head")]
        for entry in entries:
            yield from _finding(entry)
    if vendor.observations:
        yield []
        yield [
            ("  Please confirm", "head"),
            (" (inferred rules; they do not fail the vendor)", "faint"),
        ]
    for entry in vendor.observations:
        yield [(f"    {one_line(_observation(entry))}", "")]
    yield from _open_rows(vendor)
    if vendor.notes:
        yield []
        yield [("  Notes", "head")]
    for note in vendor.notes:
        yield [(f"    {one_line(note)}", "")]


def _numbers(vendor: VendorResult) -> Iterator[Line]:
    counts, accounts = vendor.counts, vendor.accounts
    yield _labelled(
        "requests",
        f"{counts.requests:,}: {counts.ok:,} ok, {counts.refused:,} refused, "
        f"{counts.unknown:,} unknown",
    )
    scenarios = (
        f"{counts.scenarios:,} {'scenario' if counts.scenarios == 1 else 'scenarios'} played"
    )
    yield _labelled("checks", f"{counts.checks:,} made, {scenarios}")
    yield _labelled(
        "rules",
        f"{counts.requirements_checked:,} of {counts.requirements:,} checked: "
        + (tally(vendor) or "none declared"),
    )
    if accounts.judged:
        yield _labelled(
            "accounts",
            f"{accounts.judged:,} judged: {accounts.consistent:,} consistent, "
            f"{accounts.violated:,} violated, {accounts.inconclusive:,} undecided",
        )
    for load in vendor.loads:
        yield _labelled("load", _load(load))


def _load(load: LoadResult) -> str:
    if not load.valid:
        return f"{load.workload}: invalid measurement, {load.reason}"
    kept = sum(threshold.verdict == "pass" for threshold in load.thresholds)
    missed = [
        f"{threshold.figure} {number(threshold.value)}, wanted {limit_of(threshold)}"
        for threshold in load.thresholds
        if threshold.verdict == "fail"
    ]
    slowest = max(load.mix, key=lambda entry: entry.response_ms.p99 or 0, default=None)
    parts = [
        f"{load.workload}: {number(load.offered_per_second)}/s offered, "
        f"{number(load.achieved_per_second)}/s achieved, {load.dropped:,} dropped"
    ]
    if slowest is not None:
        spread = slowest.response_ms
        parts.append(
            f"slowest {slowest.name} p50 {milliseconds(spread.p50)}, p99 {milliseconds(spread.p99)}"
        )
    if load.thresholds:
        parts.append(f"{kept} of {len(load.thresholds)} limits kept")
    return "; ".join([*parts, *missed])


def _finding(entry: FindingResult) -> Iterator[Line]:
    times = f" ({entry.count:,} times)" if entry.count > 1 else ""
    yield [
        (f"  {entry.id}  ", "faint"),
        (one_line(entry.title), entry.verdict),
        (times, "faint"),
    ]
    for row in entry.requirements:
        source = f", {row.source}" if row.source else ""
        yield _labelled("rule", f"{row.id} ({row.basis}{source}): {row.title}", 4)
    yield _labelled("check", f"{entry.check} on {entry.subject}", 4)
    yield _labelled("expected", entry.expected, 4)
    yield _labelled("seen", entry.seen, 4)
    if entry.waiver:
        waiver = entry.waiver
        told = f"{waiver.owner}, until {waiver.expires}: {waiver.reason}"
        yield _labelled("waived by", told, 4)
    if entry.place:
        yield _labelled("declared", entry.place, 4)
    for detail in entry.detail[:_DETAIL_SHOWN]:
        # A timeline's columns must stay where they are, so white space is kept.
        for line in visible(detail).splitlines():
            yield [(f"      {line}", "")]
    for curl in entry.curl[:1]:
        yield _labelled("repeat", curl, 4)


def _observation(entry: FindingResult) -> str:
    rules = ", ".join(row.id for row in entry.requirements)
    seen = f" (expected {entry.expected}; seen {entry.seen})" if entry.seen else ""
    return f"{rules}: {entry.title}{seen}"


def _open_rows(vendor: VendorResult) -> Iterator[Line]:
    undecided = [r for r in vendor.requirements if r.verdict in ("inconclusive", "error")]
    rows = [row for row in undecided if row.reason != LEFT_OUT]
    left_out = len(undecided) - len(rows)
    if left_out:
        yield []
        yield [(f"  {counted(left_out, 'rule')} left out of this run", "faint")]
    if not rows:
        return
    yield []
    yield [("  Not decided", "head")]
    for row in rows[:_OPEN_SHOWN]:
        words = VERDICT_WORDS[row.verdict]
        yield [(f"    {one_line(row.id)}: {one_line(row.reason or words)}", "")]
    if len(rows) > _OPEN_SHOWN:
        more = counted(len(rows) - _OPEN_SHOWN, "further rule")
        yield [(f"    and {more}; report.html lists them", "faint")]


def _labelled(label: str, text: str, indent: int = 2) -> Line:
    return [(f"{' ' * indent}{label.ljust(_LABEL)}", "faint"), (one_line(text), "")]


def write_line(line: Line, console: Console, plain: bool) -> None:
    """Print one line, in colour unless it must be plain."""
    text = Text()
    for piece, style in line:
        shown = piece.encode(console.encoding, "backslashreplace").decode(console.encoding)
        text.append(shown, style="" if plain else STYLES[style])
    console.print(text, soft_wrap=True, highlight=False, markup=False, emoji=False)
