"""A specification from a text."""

from __future__ import annotations

from pathlib import Path

from harness.model.operation import Specification
from harness.spec.openapi import read_specification


def specification_of(text: str, folder: Path) -> Specification:
    """Return a specification, read from a file of the folder as a vendor's is."""
    path = folder / "openapi.yaml"
    path.write_text(text, "utf-8")
    return read_specification(path)
