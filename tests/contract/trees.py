"""A small made-up vendor, copied so that a test may change it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from harness.document.reader import Problem, Problems
from tests.acme import TREE

BINDING = "contracts/acme/binding.yaml"
REQUIREMENTS = "contracts/acme/requirements.yaml"
TARGETS = "contracts/acme/targets.yaml"
WAIVERS = "contracts/acme/waivers.yaml"
OWN = "contracts/acme/scenarios/access.yaml"
COMMON = "contracts/common/scenarios/earn.yaml"
LAWS = "contracts/common/laws.yaml"
WORKLOAD = "loadtests/steady.yaml"
SPECIFICATION = "specs/acme/openapi.yaml"


def copy_tree(folder: Path) -> Path:
    """Copy the vendor and return the new root.

    The copy lacks the verbs that spend points, and an earn names its member in one way.
    """
    root = shutil.copytree(TREE, folder / "root")
    text = (root / BINDING).read_text("utf-8")
    kept, _, spending = text.partition("  burn:\n")
    _, _, rest = spending.partition("samples:\n")
    (root / BINDING).write_text(f"{kept}samples:\n{rest}", "utf-8")
    edit(root, SPECIFICATION, "      anyOf: [{required: [who]}, {required: [card]}]\n", "")
    return root


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a text that stands once in a file."""
    path = root / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")


def complaints(root: Path) -> list[str]:
    """Return what reading the catalogue complains of, with places relative to the root."""
    with pytest.raises((Problem, Problems)) as raised:
        read_catalogue(root)
    return [re.sub(re.escape(f"{root}/"), "", line) for line in str(raised.value).splitlines()]


def complaints_of(root: Path, file: str) -> list[str]:
    """Return what reading the catalogue complains of in one file, nothing where it is valid."""
    try:
        read_catalogue(root)
    except (Problem, Problems):
        return [line for line in complaints(root) if line.startswith(f"{file}:")]
    return []
