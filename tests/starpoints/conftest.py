"""The made-up vendor's project, and the reason why most of its tests cannot pass yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.starpoints.project import Project, new_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """The vendor's files in a folder of their own; its servers end with the test."""
    with ExitStack() as stack:
        yield new_project(tmp_path, stack)
