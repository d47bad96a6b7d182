"""The flat list of steps behind the commands."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import click
from rich.console import Console

from harness import mock
from harness.contract.catalogue import Catalogue, find_root, read_catalogue
from harness.document.messages import Problem, guess
from harness.model.result import Result
from harness.report.folder import write_all
from harness.report.progress import Progress
from harness.report.result import canonical
from harness.report.terminal import print_summary
from harness.session.conclude import conclude
from harness.session.session import Drive, drive
from harness.session.settings import Settings
from harness.session.target import choose, open_target, parse_faults


def catalogue_of(root: Path | None, vendors: tuple[str, ...]) -> Catalogue:
    """Return the catalogue of the given root, the working folder or the packed copy."""
    return read_catalogue(find_root(root), vendors or None)


def run_vendors(
    names: tuple[str, ...], settings: Settings, root: Path | None, as_json: bool
) -> int:
    """Run the engines over each vendor, judge, write and show; return the exit code."""
    catalogue = drive_vendors(names, settings, root)
    with Progress(Console(stderr=True)).phase("audit"):
        result = conclude(catalogue, settings.folder)
    return publish(result, settings.folder, as_json)


def drive_vendors(names: tuple[str, ...], settings: Settings, root: Path | None) -> Catalogue:
    """Run the engines over each vendor and leave their journals in the run's folder."""
    catalogue = catalogue_of(root, names)
    _refuse_unknown_switches(catalogue, settings)
    if (settings.folder / "journal").exists():
        raise Problem("a run has been written here already", place=str(settings.folder))
    progress = Progress(Console(stderr=True))
    try:
        for vendor in catalogue.vendors.values():
            journal = settings.folder / "journal" / vendor.name
            with open_target(vendor, settings) as opened:
                drive(Drive(vendor, opened, settings, journal, progress))
    except KeyboardInterrupt:
        progress.say(f"interrupted; what was sent is in {settings.folder}/journal")
        raise
    return catalogue


def publish(result: Result, folder: Path | None, as_json: bool) -> int:
    """Write the reports below the folder (None: nowhere), show the result, return its exit."""
    if folder is not None:
        write_all(result, folder)
    if as_json:
        click.echo(canonical(result), nl=False)
    else:
        print_summary(result, Console())
        if folder is not None:
            click.echo(f"report: {folder}/report.html")
    return result.exit


def _refuse_unknown_switches(catalogue: Catalogue, settings: Settings) -> None:
    for vendor in catalogue.vendors.values():
        choose(vendor, settings)
        known = {defect.id for defect in mock.catalogue(vendor.name)}
        for name in settings.defects:
            if name not in known:
                raise Problem(
                    f"{vendor.name}'s mock has no defect {name!r}", hint=guess(name, known)
                )
        if settings.workload and settings.workload not in vendor.workloads:
            raise Problem(
                f"{vendor.name} has no workload {settings.workload!r}",
                hint=guess(settings.workload, vendor.workloads),
            )
    scenarios = {
        scenario.id for vendor in catalogue.vendors.values() for scenario in vendor.scenarios
    }
    if not any(settings.only in name for name in scenarios):
        raise Problem(
            f"no scenario has {settings.only!r} in its id", hint=guess(settings.only, scenarios)
        )
    parse_faults(settings.faults)


def serve_mock(
    vendor: str, port: int, defects: tuple[str, ...], faults: tuple[str, ...], seed: int
) -> int:
    """Serve the mock in a child process until it or we are stopped."""
    if vendor not in mock.vendors():
        raise Problem(f"no mock of {vendor!r}", hint=guess(vendor, mock.vendors()))
    command = mock.command(
        vendor, port=port, defects=defects, faults=parse_faults(faults), seed=seed
    )
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        return child.wait()


def list_defects(vendor: str) -> int:
    """Print the defects that the vendor's mock can show."""
    for defect in mock.catalogue(vendor):
        click.echo(f"{defect.id:36} {defect.sentence}")
    return 0
