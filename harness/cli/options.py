"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.mock.faults import KINDS
from harness.session.options import PROFILES

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print result.json to standard output and nothing else."
)
STRICT = click.option(
    "--strict", is_flag=True, help="Let inferred requirements fail the vendor too."
)
ONLY = click.option("--only", default="", help="Run only scenarios whose id contains this text.")
TARGETS = click.option(
    "--targets",
    "targets_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Targets file outside the vendor's folder, for your own servers.",
)
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Output folder (default: reports/<run id>).",
)


def say_root(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """Say that the shipped vendors are used where the working folder's contracts/ is no root."""
    from harness.contract.root import foreign_contracts

    if value is None and foreign_contracts(Path.cwd()):
        click.echo(
            "harness: contracts/ here holds no vendor (a folder with binding.yaml), so the shipped"
            " vendors are used; `harness new VENDOR` writes one, --root names another folder",
            err=True,
        )
    return value


ROOT = click.option(
    "--root",
    type=FOLDER,
    callback=say_root,
    help="Folder with contracts/, specs/ and loadtests/ (default: the working folder if it has"
    " vendors, else the shipped ones).",
)


def seed_range(_: click.Context, option: click.Parameter, value: str | None) -> range | None:
    """Return the seeds of a number of seeds, of which 0 is none, or of a range FIRST-LAST."""
    if value is None:
        return None
    first, dash, last = value.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise click.BadParameter(
            "expected a number of seeds, or the first and the last one, such as 21-50"
        )
    seeds = range(int(first), int(last) + 1) if dash else range(1, int(first) + 1)
    if dash and not seeds:
        raise click.BadParameter("expected the lower seed first")
    return seeds


def profile_option(text: str) -> Callable[..., Any]:
    """Return the option that selects a profile, with its help text."""
    known = click.Choice(sorted(PROFILES))
    return click.option("--profile", type=known, default="ci", show_default=True, help=text)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of every run."""
    options: list[Callable[..., Any]] = [
        click.option(
            "--target",
            default="",
            help="Name of the target to test (default: the mock, else the only target).",
        ),
        TARGETS,
        click.option(
            "--seed", type=int, help="Random seed (default: 1, for load the seed of the workload)."
        ),
        profile_option("How thorough the run is."),
        click.option(
            "--defect",
            "defects",
            multiple=True,
            help="Seeded defect of the mock, of those of `harness mock VENDOR --list`; repeatable.",
        ),
        click.option(
            "--fault",
            "faults",
            multiple=True,
            help="Network fault of the mock as KIND=RATE; repeatable. KIND is one of"
            f" {', '.join(KINDS)}.",
        ),
        STRICT,
        OUT,
        JSON,
        ROOT,
    ]
    for option in reversed(options):
        command = option(command)
    return command
