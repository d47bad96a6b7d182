"""A copy of a made-up vendor's files, which a test makes hostile and a command then reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from harness.cli.app import cli
from harness.document.reader import Problem, Problems
from tests.starpoints.project import BINDING, REQUIREMENTS, SPECIFICATION, TARGETS, TREE, WORKLOAD

__all__ = ["BINDING", "FILES", "REQUIREMENTS", "SPECIFICATION", "TARGETS", "WORKLOAD", "Tree"]

FILES = (BINDING, REQUIREMENTS, SPECIFICATION, TARGETS, WORKLOAD)
SECRET = "hunter2"
"""A text of a file that is no declaration, which nothing may print."""


class Tree:
    """The files of a vendor in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.root = Path(shutil.copytree(TREE, folder / "root"))
        self.outside = folder / "outside"
        self.outside.write_text(f"{SECRET}: y\n", "utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        path = self.root / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def schemas(self, **schemas: Any) -> None:
        """Replace or add schemas of the specification; `Key` is one that requests refer to."""
        document = self.read(SPECIFICATION)
        document["components"]["schemas"] |= schemas
        self.write(SPECIFICATION, document)

    def read(self, file: str) -> Any:
        """Return the value of a YAML file."""
        return yaml.safe_load((self.root / file).read_text("utf-8"))

    def write(self, file: str, value: Any) -> None:
        """Write a value as a YAML file, without aliases."""
        text = yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False)
        (self.root / file).write_text(text, "utf-8")

    def refused(self, *words: str) -> str:
        """Return what a command says that refuses the files; by default `lint`."""
        done = CliRunner(env={"STAR_TOKEN": "sesame"}).invoke(
            cli, [*(words or ("lint",)), "--root", str(self.root)], catch_exceptions=False
        )
        said = done.output.replace(f"{self.root}/", "")
        assert done.exit_code == 2, said
        assert SECRET not in said
        return said

    def valid(self) -> str:
        """Return what `lint` says of files that are valid."""
        done = CliRunner().invoke(cli, ["lint", "--root", str(self.root)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output


def told(read: Any, *arguments: Any) -> str:
    """Return what is wrong with what a function reads."""
    with pytest.raises((Problem, Problems)) as raised:
        read(*arguments)
    return str(raised.value)
