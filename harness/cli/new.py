"""The command that writes the first files of a vendor."""

from __future__ import annotations

from pathlib import Path

import click

from harness.scaffold.files import EXAMPLE, write_files
from harness.scaffold.skeleton import skeleton
from harness.scaffold.source import read_source


def write_vendor(vendor: str, document: Path | None, within: str, root: Path) -> int:
    """Write the files, and print them, the questions they leave open and the next command."""
    made = skeleton(vendor, read_source(document or EXAMPLE, within))
    for path in write_files(vendor, made.files, root):
        click.echo(f"written: {path}")
    click.echo("\nOnly you can say:")
    for number, question in enumerate(made.questions, 1):
        click.echo(f"  {number}. {question}")
    where = "" if root == Path() else f" --root {root}"
    click.echo(f"\nNext: harness lint {vendor}{where}")
    return 0
