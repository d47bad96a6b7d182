"""The folder of a run: the result in every form, and a README."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.model.result import Result
from harness.report.facts import exit_text
from harness.report.html.page import result_html
from harness.report.junit import junit
from harness.report.markdown import markdown
from harness.report.result import canonical_json
from harness.report.sarif import sarif
from harness.report.text import one_line

_README = """\
{headline}

{exit}. Run {id}, {started} to {finished}.

To repeat this run:

    {command}

To evaluate its journal again, without sending anything:

    harness audit {folder}

In this folder:

    report.html      verdict, findings, requirements, coverage and load, for reading
    summary.md       the same in short, for the summary page of a build
    result.json      the whole result, for scripts and for comparing runs
    junit.xml        a suite for each vendor, a case for each requirement, for build servers
    findings.sarif   findings where their requirements are declared, for code scanning
    journal/         every request and response, without secrets
"""


def readme(result: Result, folder: Path) -> str:
    """Return the text of the README of a run's folder."""
    run = result.run
    return _README.format(
        headline=one_line(result.headline),
        exit=exit_text(result.exit).capitalize(),
        id=one_line(run.id),
        started=one_line(run.started),
        finished=one_line(run.finished),
        command=one_line(run.command),
        folder=one_line(folder),
    )


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
    for name, render in forms.items():
        written[name] = folder / name
        written[name].write_text(render(), encoding="utf-8", errors="replace")
    return written
