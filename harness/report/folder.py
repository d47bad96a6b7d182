"""The folder of a run: the result in every form, and a README."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.document.messages import Problem
from harness.document.private import private_folder, write_private
from harness.model.result import Result
from harness.report.junit import junit
from harness.report.page import markdown, render_template, result_html
from harness.report.result import canonical_json
from harness.report.sarif import sarif


def require_writable(folder: Path) -> None:
    """Raise Problem where a folder can neither be made nor written to."""
    found = folder.absolute()
    while not found.exists() and found != found.parent:
        found = found.parent
    cause = "" if found.is_dir() else f"{found} is a file"
    if found.is_dir() and not os.access(found, os.W_OK | os.X_OK):
        cause = f"{found} is read-only"
    if cause:
        message = f"the run's folder cannot be written: {cause}"
        raise Problem(message, str(folder), "name another folder with --out")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an error of the system the file that it is about, where it names none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(path)) from None


def readme(result: Result, folder: Path) -> str:
    """Return the text of the README of a run's folder."""
    return render_template("README.jinja", result=result, folder=folder) + "\n"


def write_reports(result: Result, folder: str | Path) -> dict[str, Path]:
    """Write every form of the result into a folder and return the paths by name.

    The folder is created if need be; only its owner can read what is written. result.json is
    written first, so that an error of a rendering does not lose the verdict.
    """
    folder = Path(folder)
    private_folder(folder)
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
        with naming(written[name]):
            write_private(written[name], form())
    return written
