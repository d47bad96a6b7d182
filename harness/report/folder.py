"""Write a run's folder: the result in every form, and how to repeat the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.model.result import Result
from harness.report.html import html
from harness.report.junit import junit
from harness.report.markdown import markdown
from harness.report.result import canonical
from harness.report.sarif import sarif
from harness.report.text import EXIT_WORDS, one_line

_README = """\
{headline}

Verdict {verdict}, exit {exit} ({words}). Run {id}, {started} to {finished}.

To repeat this run:

    {command}

To judge its journal again, without sending anything:

    harness audit {folder}

In this folder:

    report.html      the page to read: verdict, findings, rules, coverage, load
    summary.md       the same in short, for a job's summary page
    result.json      all of it as data; two runs can be compared by it
    junit.xml        a suite per vendor, a case per rule, for CI
    findings.sarif   findings where their rules are declared, for code scanning
    journal/         every call as it was sent and answered, secrets hidden

None of these files proves who ran it. Who needs proof judges the journal again.
"""


def readme(result: Result, folder: Path) -> str:
    """Return the text of the folder's README."""
    run = result.run
    return _README.format(
        headline=one_line(result.headline),
        verdict=result.verdict.value,
        exit=result.exit,
        words=EXIT_WORDS.get(result.exit, "unknown"),
        id=one_line(run.id),
        started=one_line(run.started),
        finished=one_line(run.finished),
        command=one_line(run.command),
        folder=folder.name,
    )


def write_all(result: Result, folder: Path) -> dict[str, Path]:
    """Write every form of the result into a folder, made if need be, and return the paths by name.

    result.json comes first, so that a failing rendering never costs the verdict.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forms: Mapping[str, Callable[[], str]] = {
        "result.json": lambda: canonical(result),
        "README": lambda: readme(result, folder),
        "summary.md": lambda: markdown(result),
        "junit.xml": lambda: junit(result),
        "findings.sarif": lambda: sarif(result),
        "report.html": lambda: html(result),
    }
    written = {}
    for name, render in forms.items():
        written[name] = folder / name
        written[name].write_text(render(), encoding="utf-8", errors="replace")
    return written
