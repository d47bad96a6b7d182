"""The commands about targets files: write one to fill in, and check one before a run."""

from __future__ import annotations

import os
from pathlib import Path

import click

from harness.contract.catalogue import read_catalogue
from harness.contract.inputs.check import missing_of_target
from harness.contract.inputs.form import blank_form
from harness.contract.root import find_root
from harness.contract.target import read_targets, resolve_secrets, short_secrets, vendor_of
from harness.contract.vendor import Vendor
from harness.document.files import place_of
from harness.document.messages import Problem, counted
from harness.session.target import require_whole


def new_target(name: str, root: Path | None, out: Path | None) -> int:
    """Print a targets file of a vendor to fill in, or write it to a file that does not exist."""
    vendor = read_catalogue(find_root(root), (name,)).vendors[name]
    text = blank_form(vendor)
    if out is None:
        click.echo(text, nl=False)
        return 0
    write_new(out, text)
    click.echo(f"{place_of(out)} is written; fill it in, then: {_lint(out)}")
    return 0


def lint_targets(path: Path, names: tuple[str, ...], root: Path | None) -> int:
    """Check a targets file against what its vendor needs, without sending anything.

    What stops every run raises Problems; what is only not tested then is printed.
    """
    if len(names) > 1:
        raise click.UsageError("name one vendor, whose targets the file holds")
    name = names[0] if names else vendor_of(path)
    if not name:
        raise click.UsageError("the file does not say `vendor: NAME`; name the vendor")
    vendor = read_catalogue(find_root(root), (name,)).vendors[name]
    targets = read_targets(path, name)
    checked = [target for target in targets.values() if target.kind != "mock"]
    for target in checked:
        require_whole(vendor, target)
    notes = [problem for target in checked for problem in missing_of_target(vendor, target)]
    short = [
        problem
        for target in checked
        for problem in short_secrets(target, resolve_secrets(target, os.environ))
    ]
    for note in (*short, *notes):
        click.echo(str(note))
    for target in targets.values():
        click.echo(f"{target.place}: {_verdict(vendor, target.name, len(notes))}")
    return 0


def _verdict(vendor: Vendor, target: str, notes: int) -> str:
    left_out = f"; {counted(notes, 'thing')} it can do without are not named" if notes else ""
    return f"{target} can be tested as a target of {vendor.name}{left_out}"


def write_new(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file that does not exist yet, readable as `mode` says; raises Problem."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
            stream.write(text)
    except FileExistsError:
        raise Problem("the file exists already", place_of(path), "name another one") from None
    except OSError as error:
        raise Problem(f"the file cannot be written: {error.strerror}", place_of(path)) from None


def _lint(path: Path) -> str:
    return f"harness lint --targets {path}"
