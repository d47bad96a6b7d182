"""The expected renderings of the example; `python -m tests.report.golden` writes them anew."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from harness.model.result import Result
from harness.report.junit import junit
from harness.report.markdown import markdown
from harness.report.terminal import print_summary
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
}

if __name__ == "__main__":
    for name, render in RENDERINGS.items():
        (FOLDER / name).write_text(render(result_of(example())), encoding="utf-8")
