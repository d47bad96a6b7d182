from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.cli.running import ROOT, harness


def test_the_built_wheel_works_in_an_empty_folder(tmp_path: Path) -> None:
    """Specifications, contracts and load tests travel inside the package."""
    built = tmp_path / "built"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"),
            *("-w", str(built), str(ROOT)),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    env = {"PYTHONPATH": str(site)}
    listed = harness("vendors", cwd=empty, env=env)
    assert "loga: Loga; mock" in listed.stdout, listed.stderr
    made = harness("new", "acme", "--root", str(site), cwd=empty, env=env)
    assert made.returncode == 0, made.stdout + made.stderr
    lint = harness("lint", "--root", str(site), cwd=empty, env=env)
    assert "acme: valid" in lint.stdout, lint.stderr
    done = harness("check", "loga", "--only", "ledger", cwd=empty, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (empty / "reports").is_dir()
