"""The folder of a run: the result in every form, and a README."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.model.result import Result
from harness.report.junit import junit
from harness.report.page import markdown, render_template, result_html
from harness.report.result import canonical_json
from harness.report.sarif import sarif


def readme(result: Result, folder: Path) -> str:
    """Return the text of the README of a run's folder."""
    return render_template("README.jinja", result=result, folder=folder) + "\n"


def write_reports(result: Result, folder: str | Path) -> dict[str, Path]:
    """Write every form of the result into a folder and return the paths by name.

    The folder is created if need be. result.json is written first, so that an error of a rendering
    does not lose the verdict.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    forms: Mapping[str, Callable[[], str]] = {
        "result.json": lambda: canonical_json(result),
        "README": lambda: readme(result, folder),
        "summary.md": lambda: markdown(result),
        "junit.xml": lambda: junit(result),
        "findings.sarif": lambda: sarif(result),
        "report.html": lambda: result_html(result),
    }
    written = {}
    for name, form in forms.items():
        written[name] = folder / name
        written[name].write_text(form(), encoding="utf-8", errors="replace")
    return written
