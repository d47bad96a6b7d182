"""Every mistake a writer can make is told once, with its place and the way to mend it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.trees import complaints, copy_tree, edit

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "mistakes.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_mistake_is_told_as_it_is_written_down(tmp_path: Path, case: dict[str, Any]) -> None:
    """The vendor is valid but for one mistake, and only that is reported."""
    root = copy_tree(tmp_path)
    edit(root, case["file"], case["old"], case["new"])
    assert complaints(root) == case["says"]


def test_the_list_of_mistakes_is_valid() -> None:
    """Cases have names of their own, every message a file and line, and none a secret."""
    names = [case["case"] for case in CASES]
    assert len(names) == len(set(names))
    for case in CASES:
        assert case["says"]
        for line in case["says"]:
            assert re.match(r"[a-z/.]+\.(yaml|csv):\d+: \S", line), line
            assert "hunter2" not in line


def test_mistakes_in_several_files_are_told_together(tmp_path: Path) -> None:
    """A mistake in one file does not hide those of the others."""
    root = copy_tree(tmp_path)
    edit(root, "contracts/acme/targets.yaml", "kind: sandbox", "kind: sandbx")
    edit(root, "loadtests/steady.yaml", "seed: 7", "seed: x")
    edit(root, "contracts/common/laws.yaml", "id: LAW-SUM", "id: LAW SUM")
    assert [line.partition(":")[0] for line in complaints(root)] == [
        "contracts/acme/targets.yaml",
        "contracts/common/laws.yaml",
        "loadtests/steady.yaml",
    ]


@pytest.mark.parametrize(
    "file",
    ["contracts/acme/requirements.yaml", "contracts/acme/targets.yaml", "specs/acme/openapi.yaml"],
)
def test_a_missing_file_is_told(tmp_path: Path, file: str) -> None:
    """A vendor without one of its files is told which."""
    root = copy_tree(tmp_path)
    (root / file).unlink()
    assert complaints(root)[0].startswith(f"{file}: there is no such file")


@pytest.mark.parametrize(
    "file",
    ["contracts/acme/binding.yaml", "contracts/common/laws.yaml", "loadtests/steady.yaml"],
)
def test_an_empty_file_is_told(tmp_path: Path, file: str) -> None:
    """An empty file declares nothing, which is a mistake and not a default."""
    root = copy_tree(tmp_path)
    (root / file).write_text("", "utf-8")
    assert complaints(root)[0].startswith(f"{file}:1: the file is empty")
