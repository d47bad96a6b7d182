"""A vendor's files that each test may make hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a copy of the files."""
    return Tree(tmp_path)
