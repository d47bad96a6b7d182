"""The commands and their options."""

from __future__ import annotations

import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

import harness
from harness.cli.exits import Commands, listen
from harness.cli.options import (
    FOLDER,
    JSON,
    ONLY,
    OUT,
    ROOT,
    TARGETS,
    profile_option,
    run_options,
    seed_range,
)
from harness.cli.output import keep_output
from harness.mock.faults import KINDS
from harness.session.options import Options


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(harness.__version__, prog_name="harness")
def cli() -> None:
    """Contract tests and load tests for the HTTP APIs of loyalty-points vendors."""


@cli.command(epilog="Example: harness gate acme --profile full")
@click.argument("vendors", nargs=-1)
@ONLY
@run_options
def gate(vendors: tuple[str, ...], **options: Any) -> int:
    """Run everything and give one verdict.

    Properties, scenarios and load run on the named vendors (default: all).
    """
    return _run(vendors, ("property", "scenario", "load"), **options)


@cli.command(epilog="Example: harness check acme --only idempotency")
@click.argument("vendors", nargs=-1, required=True)
@ONLY
@run_options
def check(vendors: tuple[str, ...], **options: Any) -> int:
    """Run properties and scenarios on vendors, without load."""
    return _run(vendors, ("property", "scenario"), **options)


@cli.command(epilog="Example: harness load acme earn-burn --seed 7")
@click.argument("vendor")
@click.argument("workload", required=False, default="")
@run_options
def load(vendor: str, workload: str, **options: Any) -> int:
    """Run load on a vendor and audit it.

    Without WORKLOAD all workloads of the vendor run.
    """
    return _run((vendor,), ("load",), workload=workload, **options)


@cli.command(epilog="Example: harness onboard acme --target sandbox")
@click.argument("vendor", required=False, default="")
@click.option(
    "--run",
    "earlier",
    type=FOLDER,
    help="Use the journal of this earlier run instead of sending requests.",
)
@ONLY
@run_options
def onboard(vendor: str, earlier: Path | None, **options: Any) -> int:
    """Write the dossier of a vendor.

    It shows conformance, observations and open questions for the vendor.
    """
    from harness.cli.run import onboard_earlier, onboard_vendor
    from harness.session.onboarding import ENGINES

    if bool(vendor) == (earlier is not None):
        raise click.UsageError("name a vendor, or an earlier run with --run")
    as_json = options["as_json"]
    if earlier is not None:
        return onboard_earlier(earlier, options["out"], options["root"], as_json)
    return onboard_vendor(vendor, _options(ENGINES, **options), as_json)


@cli.command(name="audit", epilog="Example: harness audit reports/20260101-120000-4f5a6b --strict")
@click.argument("run", type=FOLDER)
@click.option(
    "--strict/--no-strict",
    default=None,
    help="Whether inferred requirements can fail the vendor (default: as in the run).",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output folder (default: none)."
)
@JSON
@ROOT
def audit_command(
    run: Path, strict: bool | None, out: Path | None, as_json: bool, root: Path | None
) -> int:
    """Evaluate the journal of a run again.

    No request is sent. Without --out the verdict is printed and no file is written.
    """
    from harness.cli.run import publish
    from harness.session.audit import audit

    result = audit(run, strict=strict, root=root)
    publish(result, out, as_json)
    return result.exit


@cli.command(epilog="Example: harness lint acme")
@click.argument("vendors", nargs=-1)
@TARGETS
@ROOT
def lint(vendors: tuple[str, ...], targets_file: Path | None, root: Path | None) -> int:
    """Validate the declarations of vendors.

    All references between them are checked, and that requests fit the specification (default: of
    all vendors). Notes say what is left untested.
    """
    if targets_file is not None:
        from harness.cli.target import lint_targets

        return lint_targets(targets_file, vendors, root)
    from harness.contract.catalogue import read_catalogue
    from harness.contract.notes import notes_on
    from harness.contract.root import find_root
    from harness.document.messages import counted
    from harness.scaffold.files import left_open

    catalogue = read_catalogue(find_root(root), vendors or None)
    for one in catalogue.replacements:
        click.echo(f"{one.place}: the {one.kind} {one.id} replaces the shipped one, {one.shipped}")
    for vendor in catalogue.vendors.values():
        counts = {
            "operation": len(vendor.specification.operations),
            "requirement": len(vendor.requirements),
            "scenario": len({scenario.id for scenario in vendor.scenarios}),
            "workload": len(vendor.workloads),
        }
        said = ", ".join(counted(number, unit) for unit, number in counts.items())
        click.echo(f"{vendor.name}: valid ({said})")
        for sentence in left_open(vendor.root, vendor.name):
            click.echo(f"{vendor.name}: {sentence}")
        for note in notes_on(vendor, catalogue.laws, date.today()):
            click.echo(f"note: {note}")
    return 0


@cli.command(epilog="Example: harness new acme --openapi acme.json")
@click.argument("vendor")
@click.option(
    "--openapi",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The vendor's document: OpenAPI 3.1, 3.0 or Swagger 2 (default: a small example).",
)
@click.option("--paths", default="", help="Only paths that contain this text, such as /loyalty.")
@click.option(
    "--root",
    type=FOLDER,
    default=Path(),
    help="Folder in which contracts/, specs/ and loadtests/ are written (default: here).",
)
def new(vendor: str, openapi: Path | None, paths: str, root: Path) -> int:
    """Write the first files of a vendor.

    Operations are guessed to be verbs by their names, and every guess is marked. No file is
    overwritten.
    """
    from harness.cli.new import write_vendor

    return write_vendor(vendor, openapi, paths, root)


@cli.group(cls=click.Group, epilog="Example: harness target new acme --out my-acme.yaml")
def target() -> None:
    """Describe the server to test."""


@target.command(name="new", epilog="Example: harness target new acme --out my-acme.yaml")
@click.argument("vendor")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write (default: standard output).",
)
@ROOT
def target_new(vendor: str, out: Path | None, root: Path | None) -> int:
    """Write a targets file of a vendor to fill in.

    It says which secrets, values and members are needed, and what others unlock.
    """
    from harness.cli.target import new_target

    return new_target(vendor, root, out)


@cli.command(epilog="Example: harness schema requirements")
@click.argument("name", required=False, default="")
def schema(name: str) -> int:
    """Print the JSON Schema of a format.

    Without NAME the formats are listed.
    """
    from harness.document.schema import format_list, schema_text

    click.echo(schema_text(name) if name else format_list(), nl=False)
    return 0


@cli.command(epilog="Example: harness vendors")
@ROOT
def vendors(root: Path | None) -> int:
    """List vendors, their mocks and their targets."""
    from harness import mock
    from harness.contract.catalogue import read_catalogue
    from harness.contract.root import find_root

    for vendor in read_catalogue(find_root(root)).vendors.values():
        with_mock = "mock" if vendor.name in mock.vendors() else "no mock"
        targets = ", ".join(sorted(vendor.targets))
        click.echo(f"{vendor.name}: {vendor.title}; {with_mock}; targets {targets}")
    return 0


@cli.command(name="mock", epilog="Example: harness mock acme --port 8080 --fault slow=0.02")
@click.argument("vendor")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen on (default: a free one).",
)
@click.option(
    "--defect", "defects", multiple=True, help="Seeded defect, of those of --list; repeatable."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    help=f"Network fault as KIND=RATE; repeatable. KIND is one of {', '.join(KINDS)}.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Random seed.")
@click.option(
    "--targets-out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a targets file of this mock, and its secrets to a second file, FILE.env.",
)
@click.option(
    "--list", "listing", is_flag=True, help="List the seeded defects of the mock and exit."
)
def mock_command(vendor: str, listing: bool, **options: Any) -> int:
    """Serve a vendor's mock until interrupted."""
    from harness.cli.mock import list_defects, serve_mock

    return list_defects(vendor) if listing else serve_mock(vendor, **options)


@cli.command(epilog="Example: harness prove acme --sample")
@click.argument("vendors", nargs=-1)
@click.option("--defect", "defects", multiple=True, help="Try only this defect; repeatable.")
@click.option(
    "--seeds",
    metavar="N|FIRST-LAST",
    callback=seed_range,
    help="Random seeds of the runs of correct servers (default: 3, with --sample 2).",
)
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    help="Condition of correct servers: clean, mixed or a kind of network fault; repeatable.",
)
@click.option("--rotate", is_flag=True, help="Run each seed under one condition, in rotation.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Number of trials that run in parallel.",
)
@profile_option("How thorough each trial is.")
@click.option("--sample", is_flag=True, help="Try one defect of each group and of each load level.")
@click.option("--no-defects", is_flag=True, help="Run correct servers only.")
@OUT
@JSON
@ROOT
def prove(**options: Any) -> int:
    """Test the harness itself on its mocks.

    Seeded defects must be killed, and correct servers must have no false positives.
    """
    from harness.cli.prove import ProofOptions, run_proof

    if options["seeds"] is None:
        options["seeds"] = range(1, 3 if options["sample"] else 4)
    return run_proof(ProofOptions(command=_command(), **options))


def _run(
    vendors: tuple[str, ...], engines: tuple[str, ...], *, as_json: bool, **options: Any
) -> int:
    from harness.cli.run import test_vendors

    return test_vendors(vendors, _options(engines, **options), as_json)


def _options(
    engines: tuple[str, ...], *, faults: tuple[str, ...], as_json: bool = False, **options: Any
) -> Options:
    """Return the options of a command as the record that the library takes."""
    from harness.session.target import parse_faults

    return Options(command=_command(), engines=engines, faults=parse_faults(faults), **options)


def _command() -> str:
    return shlex.join(["harness", *sys.argv[1:]])


def main() -> None:
    """Run the command line."""
    keep_output()
    listen()
    cli(prog_name="harness")
