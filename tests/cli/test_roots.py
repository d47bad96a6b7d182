"""Whose vendors a command is about: those of the folder, or the shipped ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.app import cli
from tests.contract.trees import LAWS, edit
from tests.starpoints.project import TREE


def run(*words: str) -> Result:
    """Run a command in the working folder."""
    return CliRunner().invoke(cli, words)


def test_an_own_folder_with_one_vendor_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its target, and without a word of the shipped ones."""
    root = shutil.copytree(TREE, tmp_path / "root")
    monkeypatch.chdir(root)
    done = run("vendors")
    assert done.exit_code == 0
    assert done.output == "starpoints: Starpoints; no mock; targets local\n"


def test_a_contracts_folder_of_others_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped vendors are used, and the note says how to use others."""
    (tmp_path / "contracts/token").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    done = run("lint", "loga")
    assert done.exit_code == 0
    assert "loga: valid" in done.stdout
    assert "contracts/ here holds no vendor" in done.output
    assert "--root" in done.output
    named = run("lint", "loga", "--root", str(tmp_path))
    assert named.exit_code == 2
    assert "no vendor is declared" in named.output
    assert "harness new VENDOR" in named.output


def test_lint_says_what_replaces_a_shipped_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the places of both, and nothing where nothing is replaced."""
    root = shutil.copytree(TREE, tmp_path / "root")
    (root / LAWS).parent.mkdir()
    (root / LAWS).write_text(
        "format: 1\nlaws:\n  - id: LAW-READS\n    title: Reads are of the past\n    level: must\n"
        "    basis: law\n    source: ours\n    needs: [balance]\n"
        "    checks: [invariant:linearizable, scenario:ledger.read-your-write]\n",
        "utf-8",
    )
    monkeypatch.chdir(root)
    done = run("lint")
    assert done.exit_code == 0, done.output
    first, second = done.output.splitlines()
    assert first.startswith(f"{LAWS}:3: the law LAW-READS replaces the shipped one, ")
    assert "contracts/common/laws.yaml:" in first.partition("replaces")[2]
    assert second.startswith("starpoints: valid")
    edit(root, LAWS, "LAW-READS", "LAW-MINE")
    assert len(run("lint").output.splitlines()) == 1
