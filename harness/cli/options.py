"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.run.settings import PROFILES

ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that holds contracts/, specs/ and loadtests/.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print result.json, nothing else.")
STRICT = click.option("--strict", is_flag=True, help="Let inferred rules fail the vendor too.")
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to, instead of reports/<run id>.",
)


def seed_range(_: click.Context, option: click.Parameter, value: str | None) -> range | None:
    """Return the seeds meant by a count, or by the first and the last of them."""
    if value is None:
        return None
    first, dash, last = value.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise click.BadParameter(
            "expected a number of seeds, or the first and the last one, such as 21-50"
        )
    return range(int(first), int(last) + 1) if dash else range(1, int(first) + 1)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of every run."""
    options = [
        click.option("--target", default="", help="Which target to run against; the mock first."),
        click.option(
            "--targets",
            "targets_file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A private targets file of the vendor.",
        ),
        click.option("--seed", type=int, help="Of all chance; without it 1, in loads their own."),
        click.option(
            "--profile",
            type=click.Choice(sorted(PROFILES)),
            default="ci",
            show_default=True,
            help="How deep to go.",
        ),
        click.option("--defect", "defects", multiple=True, help="Switch a defect of the mock on."),
        click.option(
            "--fault", "faults", multiple=True, help="Inject a wire fault of the mock, KIND=RATE."
        ),
        click.option(
            "--only", default="", help="Only scenarios whose id holds this text, nothing else."
        ),
        STRICT,
        OUT,
        JSON,
        ROOT,
    ]
    for option in reversed(options):
        command = option(command)
    return command
