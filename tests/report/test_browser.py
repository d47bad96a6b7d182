"""The report as a browser shows it; needs chromium and says so where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.report.page import result_html
from tests.report.example import example, result_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


def browse(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open the example's report in a browser of its own and return what it said."""
    page = folder / "report.html"
    page.write_text(result_html(result_of(example())), encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        [str(CHROMIUM), *QUIET, profile, *options, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_the_page_shows_the_verdict_and_its_evidence(tmp_path: Path) -> None:
    """What stands in the document after the browser has read it is what the result says."""
    result = example()
    page = browse(tmp_path, "--dump-dom").stdout
    assert result["headline"] in page
    for vendor in result["vendors"]:
        for row in vendor["requirements"]:
            assert f">{row['id']}<" in page


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_the_page_can_be_pictured(tmp_path: Path, width: int) -> None:
    """It renders on a wide and on a narrow screen to more than a blank page."""
    picture = tmp_path / "page.png"
    browse(tmp_path, f"--window-size={width},2000", f"--screenshot={picture}")
    assert picture.stat().st_size > 20_000


def test_the_browser_refuses_nothing_of_the_page(tmp_path: Path) -> None:
    """The policy of the page suits it: its style is applied, and no part of it is refused."""
    said = browse(tmp_path, "--enable-logging=stderr", "--dump-dom").stderr
    assert "Content Security Policy" not in said, said
