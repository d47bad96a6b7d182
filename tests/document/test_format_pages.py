"""The pages on formats, and the vendor whose files they show."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from harness.contract.catalogue import read_catalogue
from harness.document.schema import NAMES

FORMATS = Path(__file__).parents[2] / "docs/formats"


def builder() -> ModuleType:
    """Return the script that writes the pages."""
    spec = importlib.util.spec_from_file_location(
        "build_formats", FORMATS.parent / "build_formats.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = builder().build()


@pytest.mark.parametrize("file", sorted(PAGES))
def test_a_page_is_what_the_schema_says(file: str) -> None:
    """A page that is out of date is written again by `python docs/build.py`."""
    assert (FORMATS / file).read_text("utf-8") == PAGES[file]


def test_every_format_has_a_page() -> None:
    """No page is left of a format that is gone."""
    pages = {path.name for path in FORMATS.glob("*.md")}
    assert pages == set(PAGES)
    assert {f"{name}.md" for name in NAMES} < pages


def test_the_example_is_a_vendor_that_can_be_read() -> None:
    """Every file that a page shows goes through the reader that reads the real ones."""
    catalogue = read_catalogue(FORMATS / "example")
    (vendor,) = catalogue.vendors.values()
    assert {row.id for row in vendor.requirements} >= {"ACME-EARN-1", "LAW-SUM", "LAW-OVERSPENT"}
    assert vendor.binding.verbs["earn"].send["body"]["who"] == "${member.id}"
    assert vendor.waivers
    assert vendor.observed
    shown = {FORMATS / "example" / example for _, example in builder().PLACES.values() if example}
    assert all(path.is_file() for path in shown)
