"""The summary of a result on a terminal or in a log, the verdict first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.document.characters import visible
from harness.document.messages import counted
from harness.model.result import FindingResult, Result, VendorResult
from harness.report import facts
from harness.report.text import one_line

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
    write_lines(summary_lines(result), console)


def write_lines(lines: Iterable[Line], console: Console) -> None:
    """Print lines, in colour unless they must be plain."""
    for line in lines:
        console.print(styled(line, console), soft_wrap=True)


def styled(line: Line, console: Console) -> Text:
    """Return a line in characters that the console can print, in colour unless it must be plain."""
    plain = needs_plain_text(console)
    text = Text()
    for piece, style in line:
        shown = piece.encode(console.encoding, "backslashreplace").decode(console.encoding)
        text.append(shown, style="" if plain else STYLES[style])
    return text


def needs_plain_text(console: Console) -> bool:
    """Say whether lines must be plain: no terminal, or CI or NO_COLOR is set."""
    return not console.is_terminal or bool(os.environ.get("CI") or os.environ.get("NO_COLOR"))


def summary_lines(result: Result) -> Iterator[Line]:
    """Yield the lines of a summary as pieces of text with the names of their styles."""
    yield [
        (one_line(result.headline), result.verdict),
        (f"  ({facts.exit_text(result.exit)})", "faint"),
    ]
    vendors = result.vendors
    if len(vendors) > 1:
        yield []
        yield from _table(vendors)
    for vendor in vendors:
        yield []
        yield from _vendor_lines(vendor, alone=len(vendors) == 1)


def _table(vendors: Sequence[VendorResult]) -> Iterator[Line]:
    rows = (tuple(map(one_line, facts.overview(vendor))) for vendor in vendors)
    head, *shown = aligned([facts.OVERVIEW, *rows])
    yield [(f"  {'  '.join(head).rstrip()}", "faint")]
    for vendor, (title, verdict, *rest) in zip(vendors, shown, strict=True):
        yield [
            (f"  {title}  ", "head"),
            (verdict, vendor.verdict),
            (f"  {'  '.join(rest).rstrip()}", ""),
        ]


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """Yield rows with their cells padded to the width of their columns."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ]


def _vendor_lines(vendor: VendorResult, *, alone: bool) -> Iterator[Line]:
    target = one_line(f"{vendor.title} on {vendor.target}")
    yield [(f"{target}: ", "head"), (facts.VERDICT_WORDS[vendor.verdict], vendor.verdict)]
    if not alone:
        yield _labelled("verdict", vendor.headline)
    for label, text in facts.figures(vendor):
        yield _labelled(label, text)
    for title, verdict in (("Findings", "fail"), ("Waived findings", "waived")):
        entries = [entry for entry in vendor.findings if entry.verdict == verdict]
        yield from _headed(title, (line for entry in entries for line in _finding_lines(entry)))
    yield from _headed(
        "Observations",
        (
            _indented(f"{facts.requirements_of(entry)}: {facts.observation_text(entry)}")
            for entry in vendor.observations
        ),
        " (differences from inferred requirements; they do not fail the vendor)",
    )
    left_out = sum(facts.standing(row, vendor) == "unchecked" for row in vendor.requirements)
    if left_out:
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
    yield [(f"  {entry.id}  ", "faint"), (one_line(facts.title_of(entry)), entry.verdict)]
    for label, text in facts.finding_facts(entry):
        yield _labelled(label, text, 4)
    for detail in entry.detail[:_DETAIL_SHOWN]:
        # White space is kept, as a timeline has columns.
        for line in visible(detail).splitlines():
            yield [(f"      {line}", "")]
    for number, line in enumerate(facts.repeat_lines(entry)):
        yield _labelled("" if number else "repeat with", line, 4)


def _inconclusive_lines(vendor: VendorResult) -> Iterator[Line]:
    states = ("inconclusive", "error")
    rows = [row for row in vendor.requirements if facts.standing(row, vendor) in states]
    for row in rows[:_OPEN_SHOWN]:
        yield _indented(f"{row.id}: {row.reason or facts.VERDICT_WORDS[row.verdict]}")
    if len(rows) > _OPEN_SHOWN:
        more = counted(len(rows) - _OPEN_SHOWN, "further requirement")
        yield [(f"    and {more}; report.html lists them", "faint")]


def _indented(text: str) -> Line:
    return [(f"    {one_line(text)}", "")]


def _labelled(label: str, text: str, indent: int = 2) -> Line:
    return [(f"{' ' * indent}{label.ljust(_LABEL)}", "faint"), (one_line(text), "")]
