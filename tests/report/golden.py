"""The expected renderings of the examples; `python -m tests.report.golden` writes them anew."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from harness.model.result import Result
from harness.report.dossier import dossier_markdown
from harness.report.folder import readme
from harness.report.junit import junit
from harness.report.page import markdown
from harness.report.sarif import sarif
from harness.report.terminal import print_summary
from tests.report.counts import counts
from tests.report.dossier import made
from tests.report.example import example, result_of

FOLDER = Path(__file__).parent / "golden"


def plain(result: Result, encoding: str = "utf-8") -> str:
    """Return the summary as a log of this encoding would hold it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    print_summary(result, Console(file=stream, width=80))
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(encoding)


RENDERINGS: Mapping[str, Callable[[Result], str]] = {
    "terminal.txt": plain,
    "summary.md": markdown,
    "junit.xml": junit,
    "findings.sarif": sarif,
    "README.txt": lambda result: readme(result, Path("reports") / result.run.id),
}


def rendered() -> dict[str, str]:
    """Return every expected file by name: one of each kind in each form, and counts of 0, 1, 2."""
    files = {"dossier.md": dossier_markdown(made())}
    for name, render in RENDERINGS.items():
        files[name] = render(result_of(example()))
        files[f"counts-{name}"] = render(result_of(counts()))
    return files


if __name__ == "__main__":
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
