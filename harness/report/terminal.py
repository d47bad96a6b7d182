"""The summary of a result on a terminal or in a log, the verdict first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.document.messages import counted
from harness.model.result import FindingResult, Result, VendorResult
from harness.report.facts import (
    OVERVIEW,
    VERDICT_WORDS,
    exit_text,
    figures,
    finding_facts,
    observation_text,
    overview,
    requirements_of,
    title_of,
    unchecked,
    unsettled,
)
from harness.report.text import one_line, visible

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
_LABEL = 14
_OPEN_SHOWN = 12
_DETAIL_SHOWN = 24

# A line consists of pieces of text, each with the name of its style.
Line = Sequence[tuple[str, str]]


def print_summary(result: Result, console: Console) -> None:
    """Print the verdict, then each vendor's numbers, findings, observations and open requirements.

    Off a terminal, or with CI or NO_COLOR set, the lines are plain: no colour, no wrapping.
    """
    plain = needs_plain_text(console)
    for line in summary_lines(result):
        write_line(line, console, plain)


def needs_plain_text(console: Console) -> bool:
    """Say whether lines must be plain: no terminal, or CI or NO_COLOR is set."""
    return not console.is_terminal or bool(os.environ.get("CI") or os.environ.get("NO_COLOR"))


def summary_lines(result: Result) -> Iterator[Line]:
    """Yield the lines of a summary as pieces of text with the names of their styles."""
    yield [
        (one_line(result.headline), result.verdict),
        (f"  ({exit_text(result.exit)})", "faint"),
    ]
    vendors = result.vendors
    if len(vendors) > 1:
        yield []
        yield from _table(vendors)
    for vendor in vendors:
        yield []
        yield from _vendor_lines(vendor, alone=len(vendors) == 1)


def _table(vendors: Sequence[VendorResult]) -> Iterator[Line]:
    rows = [tuple(map(one_line, overview(vendor))) for vendor in vendors]
    widths = [max(cell_len(row[at]) for row in (OVERVIEW, *rows)) for at in range(len(OVERVIEW))]
    yield [(f"  {_columns(OVERVIEW, widths)}", "faint")]
    for vendor, row in zip(vendors, rows, strict=True):
        yield [
            (f"  {_padded(row[0], widths[0])}  ", "head"),
            (_padded(row[1], widths[1]), vendor.verdict),
            (f"  {_columns(row[2:], widths[2:])}", ""),
        ]


def _columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(map(_padded, cells, widths)).rstrip()


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))


def _vendor_lines(vendor: VendorResult, *, alone: bool) -> Iterator[Line]:
    target = one_line(f"{vendor.title} on {vendor.target}")
    yield [(f"{target}: ", "head"), (VERDICT_WORDS[vendor.verdict], vendor.verdict)]
    if not alone:
        yield _labelled("verdict", vendor.headline)
    for label, text in figures(vendor):
        yield _labelled(label, text)
    for title, verdict in (("Findings", "fail"), ("Waived findings", "waived")):
        entries = [entry for entry in vendor.findings if entry.verdict == verdict]
        yield from _headed(title, (line for entry in entries for line in _finding_lines(entry)))
    yield from _headed(
        "Observations",
        (
            _indented(f"{requirements_of(entry)}: {observation_text(entry)}")
            for entry in vendor.observations
        ),
        " (differences from inferred requirements; they do not fail the vendor)",
    )
    if left_out := unchecked(vendor):
        yield []
        yield [(f"  {counted(left_out, 'requirement')} not checked in this run", "faint")]
    yield from _headed("Inconclusive", _inconclusive_lines(vendor))
    yield from _headed("Notes", map(_indented, vendor.notes))


def _headed(title: str, lines: Iterable[Line], remark: str = "") -> Iterator[Line]:
    """Yield the lines below a blank line and a title; nothing without a line."""
    for position, line in enumerate(lines):
        if not position:
            yield []
            yield [(f"  {title}", "head"), (remark, "faint")]
        yield line


def _finding_lines(entry: FindingResult) -> Iterator[Line]:
    yield [(f"  {entry.id}  ", "faint"), (one_line(title_of(entry)), entry.verdict)]
    for label, text in finding_facts(entry):
        yield _labelled(label, text, 4)
    for detail in entry.detail[:_DETAIL_SHOWN]:
        # White space is kept, as a timeline has columns.
        for line in visible(detail).splitlines():
            yield [(f"      {line}", "")]
    for curl in entry.curl[:1]:
        yield _labelled("repeat with", curl, 4)


def _inconclusive_lines(vendor: VendorResult) -> Iterator[Line]:
    rows = unsettled(vendor)
    for row in rows[:_OPEN_SHOWN]:
        yield _indented(f"{row.id}: {row.reason or VERDICT_WORDS[row.verdict]}")
    if len(rows) > _OPEN_SHOWN:
        more = counted(len(rows) - _OPEN_SHOWN, "further requirement")
        yield [(f"    and {more}; report.html lists them", "faint")]


def _indented(text: str) -> Line:
    return [(f"    {one_line(text)}", "")]


def _labelled(label: str, text: str, indent: int = 2) -> Line:
    return [(f"{' ' * indent}{label.ljust(_LABEL)}", "faint"), (one_line(text), "")]


def write_line(line: Line, console: Console, plain: bool) -> None:
    """Print one line, in colour unless it must be plain."""
    text = Text()
    for piece, style in line:
        shown = piece.encode(console.encoding, "backslashreplace").decode(console.encoding)
        text.append(shown, style="" if plain else STYLES[style])
    console.print(text, soft_wrap=True, highlight=False, markup=False, emoji=False)
