"""The commands that test vendors: the library's call, then the reports and the exit code."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from harness.cli.memory import share_memory
from harness.model.result import Result
from harness.report.dossier import write_dossier
from harness.report.folder import write_reports
from harness.report.progress import ProgressDisplay
from harness.report.result import canonical_json
from harness.report.terminal import print_summary
from harness.session.audit import audit
from harness.session.onboarding import dossiers
from harness.session.options import Options, Run
from harness.session.run import run_vendors


def test_vendors(vendors: tuple[str, ...], options: Options, as_json: bool) -> int:
    """Run the engines, write and show the result; return the exit code."""
    result, folder = _run(vendors, options)
    publish(result, folder, as_json)
    return result.exit


def onboard_vendor(vendor: str, options: Options, as_json: bool) -> int:
    """Run the engines, write the dossier beside the reports; return the exit code."""
    result, folder = _run((vendor,), options)
    return _publish_dossiers(result, folder, folder, options.root, as_json)


def onboard_earlier(run: Path, out: Path | None, root: Path | None, as_json: bool) -> int:
    """Write the dossier of an earlier run without sending a request; return the exit code."""
    return _publish_dossiers(audit(run, root=root), run, out or run, root, as_json)


def publish(result: Result, folder: Path | None, as_json: bool) -> None:
    """Write the reports into the folder (None: nowhere) and show the result."""
    if folder is not None:
        write_reports(result, folder)
    if as_json:
        click.echo(canonical_json(result), nl=False)
        return
    print_summary(result, Console())
    if folder is not None:
        click.echo(f"report: {folder}/report.html")


def _run(vendors: tuple[str, ...], options: Options) -> tuple[Result, Path]:
    made = Run(options)
    display = ProgressDisplay(Console(stderr=True))
    share_memory()
    try:
        return run_vendors(vendors, made, display.show), made.folder
    except KeyboardInterrupt:
        display.say(f"interrupted; what was sent is in {made.folder}/journal")
        raise


def _publish_dossiers(
    result: Result, run: Path, folder: Path, root: Path | None, as_json: bool
) -> int:
    write_reports(result, folder)
    written: list[Path] = []
    made = dossiers(result, run, root)
    for vendor, dossier in made.items():
        written += write_dossier(dossier, folder, vendor if len(made) > 1 else "")
    publish(result, None, as_json)
    if not as_json:
        for path in written:
            click.echo(f"dossier: {path}")
    return result.exit
