"""The schemas as they are printed, and as editors find them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from harness.cli.app import cli
from harness.document.schema import NAMES, load_schema

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "harness/document/schemas"
MODELINE = "# yaml-language-server: $schema="
DECLARATIONS = sorted(
    path
    for folder in ("contracts", "loadtests", "docs/formats/example")
    for path in (ROOT / folder).rglob("*.yaml")
    if "specs" not in path.parts
)


def schema_of(path: Path) -> str:
    """Return the name of the format that a file must be written in."""
    if path.parent.name == "scenarios":
        return "scenarios"
    if path.parent.name == "loadtests":
        return "workload-defaults" if path.stem == "defaults" else "workload"
    return path.stem


@pytest.mark.parametrize("path", DECLARATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_declaration_begins_with_its_schema(path: Path) -> None:
    """An editor finds the schema beside the code, wherever the project is cloned."""
    first = path.read_text("utf-8").partition("\n")[0]
    assert first.startswith(MODELINE)
    named = (path.parent / first.removeprefix(MODELINE)).resolve()
    assert named == SCHEMAS / f"{schema_of(path)}.schema.json"
    assert named.is_file()


def test_every_schema_is_a_named_format() -> None:
    """No schema is shipped that nobody can print."""
    assert sorted(NAMES) == sorted(
        path.name.removesuffix(".schema.json") for path in SCHEMAS.iterdir()
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_as_it_is_shipped(name: str) -> None:
    """What the command prints is the file, which an editor can use."""
    printed = CliRunner().invoke(cli, ["schema", name])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == load_schema(name)
    assert CliRunner().invoke(cli, ["schema"]).output.count(f"{name} ") >= 1


@pytest.mark.parametrize("name", [name for name in NAMES if "examples" in load_schema(name)])
def test_the_examples_of_a_schema_are_valid(name: str) -> None:
    """An editor that offers an example offers one that can be read."""
    schema = load_schema(name)
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


def test_laws_are_written_like_requirements() -> None:
    """The parts that both formats have are the same."""
    laws, requirements = load_schema("laws"), load_schema("requirements")
    assert laws["$defs"] == requirements["$defs"]


def test_defaults_are_written_like_workloads() -> None:
    """The parts that both formats have are the same."""
    assert load_schema("workload-defaults")["$defs"] == load_schema("workload")["$defs"]
