"""The pages on what a target of each vendor must name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs/vendors"


def built() -> dict[str, str]:
    """Return the pages as the script that writes them makes them now."""
    script = FOLDER.parent / "build_vendors.py"
    spec = importlib.util.spec_from_file_location("build_vendors", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.build()
    return pages


def test_the_pages_are_what_the_files_say() -> None:
    """Pages that are out of date are written again by `python docs/build.py`."""
    pages = built()
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")} == pages


def test_a_page_says_what_a_tester_has_to_ask_for() -> None:
    """The kind of a key, what a run uses up, who it must not be, and the vendor's own words."""
    pages = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    assert "holds the PEM text itself" in pages["qoin"]
    assert "A target names none: the harness enrolls members" in pages["luna"]
    assert "**One run uses up** it, as the card is bound to a member." in pages["loga"]
    assert "It must not be the `no` of a member of the target." in pages["trueyou"]
    assert "`amount` of earn_points: “Spending in Baht” (TrueYou Privilege page" in pages["trueyou"]
