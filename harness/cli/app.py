"""The commands and their options."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

import harness
from harness.cli.interruption import Commands, listen
from harness.cli.options import JSON, OUT, ROOT, run_options, seed_range
from harness.session.options import PROFILES, Options

USAGE = 2
HARNESS_ERROR = 6


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(harness.__version__, prog_name="harness")
def cli() -> None:
    """Contract tests and load tests for the HTTP APIs of loyalty-points vendors."""


@cli.command(epilog="Example: harness gate acme --profile full")
@click.argument("vendors", nargs=-1)
@run_options
def gate(vendors: tuple[str, ...], **options: Any) -> None:
    """Run everything and give one verdict.

    Properties, scenarios and load run on the named vendors (default: all).
    """
    _run(vendors, ("property", "scenario", "load"), **options)


@cli.command(epilog="Example: harness check acme --only idempotency")
@click.argument("vendors", nargs=-1, required=True)
@run_options
def check(vendors: tuple[str, ...], **options: Any) -> None:
    """Run properties and scenarios on vendors, without load."""
    _run(vendors, ("property", "scenario"), **options)


@cli.command(epilog="Example: harness load acme earn-burn --seed 7")
@click.argument("vendor")
@click.argument("workload", required=False, default="")
@run_options
def load(vendor: str, workload: str, **options: Any) -> None:
    """Run load on a vendor and audit it.

    Without WORKLOAD all workloads of the vendor run.
    """
    _run((vendor,), ("load",), workload=workload, **options)


@cli.command(epilog="Example: harness onboard acme --target sandbox")
@click.argument("vendor", required=False, default="")
@click.option(
    "--run",
    "earlier",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Use the journal of this earlier run instead of sending requests.",
)
@run_options
def onboard(vendor: str, earlier: Path | None, **options: Any) -> None:
    """Write the dossier of a vendor.

    It shows conformance, observations and open questions for the vendor.
    """
    from harness.cli.run import onboard as run_onboarding
    from harness.cli.run import onboard_earlier
    from harness.session.onboarding import ENGINES

    if bool(vendor) == (earlier is not None):
        raise click.UsageError("name a vendor, or an earlier run with --run")
    as_json = options["as_json"]
    if earlier is not None:
        run, out, root = earlier, options["out"], options["root"]
        _exit(lambda: onboard_earlier(run, out, root, as_json))
    _exit(lambda: run_onboarding(vendor, _options(ENGINES, **options), as_json))


@cli.command(name="audit", epilog="Example: harness audit reports/20260101-120000-4f5a6b --strict")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
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
) -> None:
    """Evaluate the journal of a run again.

    No request is sent. Without --out the verdict is printed and no file is written.
    """
    from harness.cli.run import publish
    from harness.session.audit import audit

    def steps() -> int:
        result = audit(run, strict=strict, root=root)
        publish(result, out, as_json)
        return result.exit

    _exit(steps)


@cli.command(epilog="Example: harness lint acme")
@click.argument("vendors", nargs=-1)
@ROOT
def lint(vendors: tuple[str, ...], root: Path | None) -> None:
    """Validate the declarations of vendors.

    All references between them are checked (default: of all vendors).
    """
    from harness.contract.catalogue import find_root, read_catalogue
    from harness.document.messages import counted

    def steps() -> int:
        catalogue = read_catalogue(find_root(root), vendors or None)
        for vendor in catalogue.vendors.values():
            scenarios = {scenario.id for scenario in vendor.scenarios}
            click.echo(
                f"{vendor.name}: valid ("
                f"{counted(len(vendor.specification.operations), 'operation')}, "
                f"{counted(len(vendor.requirements), 'requirement')}, "
                f"{counted(len(scenarios), 'scenario')}, "
                f"{counted(len(vendor.workloads), 'workload')})"
            )
        return 0

    _exit(steps)


@cli.command(epilog="Example: harness schema requirements")
@click.argument("name", required=False, default="")
def schema(name: str) -> None:
    """Print the JSON Schema of a format (default: a list of the formats)."""
    from harness.document.schema import format_list, schema_text

    def steps() -> int:
        click.echo(schema_text(name) if name else format_list(), nl=False)
        return 0

    _exit(steps)


@cli.command(epilog="Example: harness vendors")
@ROOT
def vendors(root: Path | None) -> None:
    """List vendors, their mocks and their targets."""
    from harness import mock
    from harness.contract.catalogue import find_root, read_catalogue

    def steps() -> int:
        for vendor in read_catalogue(find_root(root)).vendors.values():
            with_mock = "mock" if vendor.name in mock.vendors() else "no mock"
            targets = ", ".join(sorted(vendor.targets))
            click.echo(f"{vendor.name}: {vendor.title}; {with_mock}; targets {targets}")
        return 0

    _exit(steps)


@cli.command(name="mock", epilog="Example: harness mock acme --port 8080 --fault slow=0.02")
@click.argument("vendor")
@click.option("--port", type=int, default=0, help="Port to listen on (default: a free one).")
@click.option("--defect", "defects", multiple=True, help="Seeded defect; repeatable.")
@click.option("--fault", "faults", multiple=True, help="Network fault as KIND=RATE; repeatable.")
@click.option("--seed", type=int, default=1, show_default=True, help="Random seed.")
@click.option(
    "--list", "listing", is_flag=True, help="List the seeded defects of the mock and exit."
)
def mock_command(
    vendor: str,
    port: int,
    defects: tuple[str, ...],
    faults: tuple[str, ...],
    seed: int,
    listing: bool,
) -> None:
    """Serve a vendor's mock until interrupted."""
    from harness.cli.mock import list_defects, serve_mock

    if listing:
        _exit(lambda: list_defects(vendor))
    _exit(lambda: serve_mock(vendor, port, defects, faults, seed))


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
    help="Condition of correct servers: clean, mixed or a network fault; repeatable.",
)
@click.option("--rotate", is_flag=True, help="Run each seed under one condition, in rotation.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Number of trials that run in parallel.",
)
@click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    default="ci",
    show_default=True,
    help="How thorough each trial is.",
)
@click.option("--sample", is_flag=True, help="Try one defect of each group and load level.")
@click.option("--no-defects", is_flag=True, help="Run correct servers only.")
@OUT
@JSON
@ROOT
def prove(
    vendors: tuple[str, ...],
    defects: tuple[str, ...],
    seeds: range | None,
    conditions: tuple[str, ...],
    rotate: bool,
    jobs: int,
    profile: str,
    sample: bool,
    no_defects: bool,
    out: Path | None,
    as_json: bool,
    root: Path | None,
) -> None:
    """Test the harness itself on its mocks.

    Seeded defects must be killed, and correct servers must have no false positives.
    """
    from harness.cli.prove import ProofOptions, run_proof

    command = shlex.join(["harness", *sys.argv[1:]])
    options = ProofOptions(
        command,
        vendors,
        defects,
        range(1, 3 if sample else 4) if seeds is None else seeds,
        conditions,
        jobs,
        profile,
        sample,
        rotate,
        not no_defects,
        root,
        out,
        as_json,
    )
    _exit(lambda: run_proof(options))


def _run(
    vendors: tuple[str, ...], engines: tuple[str, ...], *, as_json: bool, **options: Any
) -> None:
    from harness.cli.run import test_vendors

    _exit(lambda: test_vendors(vendors, _options(engines, **options), as_json))


def _options(
    engines: tuple[str, ...], *, faults: tuple[str, ...], as_json: bool = False, **options: Any
) -> Options:
    """Return the options of a command as the record that the library takes."""
    from harness.session.target import parse_faults

    command = shlex.join(["harness", *sys.argv[1:]])
    return Options(command=command, engines=engines, faults=parse_faults(faults), **options)


def _exit(steps: Callable[[], int]) -> NoReturn:
    """Run the steps and exit with their code; no mistake of a user ends in a traceback."""
    from harness.document.messages import Problem, Problems
    from harness.session.target import TargetUnavailable
    from harness.wire.journal.reader import NoJournal

    try:
        code = steps()
    except (Problem, Problems, NoJournal) as error:
        click.echo(f"harness: {error}", err=True)
        code = USAGE
    except TargetUnavailable as error:
        click.echo(f"harness: {error}", err=True)
        code = HARNESS_ERROR
    except Exception as error:  # ours, and still not the user's business to read
        click.echo(f"harness: {type(error).__name__}: {error}", err=True)
        code = HARNESS_ERROR
    sys.exit(code)


def main() -> None:
    """Run the command line."""
    listen()
    cli(prog_name="harness")
