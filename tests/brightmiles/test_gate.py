"""A vendor that signs, and whose every response has the status 200, added by files alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from harness import run
from tests.brightmiles.server.settings import DEFECTS, KEY, ROWS_MAX
from tests.cli.running import harness, result_of
from tests.starpoints.serving import served

TREE = Path(__file__).parent / "tree"
VENDOR = "brightmiles"
TARGETS = f"contracts/{VENDOR}/targets.yaml"
REQUIREMENTS = f"contracts/{VENDOR}/requirements.yaml"
JOURNAL = f"journal/{VENDOR}/calls.ndjson"

FOUND = {
    "no-dedupe": ("idempotency.", {"LAW-ONE-EFFECT", "BRIGHT-REPEAT-1"}),
    "lost-update": ("race.earns", {"LAW-CONSERVATION"}),
    "overdraft": ("ledger.overdraft", {"LAW-FLOOR"}),
    "batch-over-limit": ("bulk.earn-limit", {"LAW-LIMIT", "BRIGHT-BATCH-1"}),
    "batch-goes-on": ("bulk.earn-stops", {"LAW-BULK-PREFIX", "BRIGHT-BATCH-2"}),
    "void-repays": ("void.burn", {"LAW-VOID-ONCE", "LAW-VOID-RESTORES", "BRIGHT-VOID-1"}),
    "unsigned": ("signature.required", {"BRIGHT-SIGN-1"}),
    "any-signature": ("signature.", {"BRIGHT-SIGN-1", "BRIGHT-SIGN-2"}),
    "any-time": ("signature.expires", {"BRIGHT-SIGN-3"}),
    "wrong-code": ("refusals.burn", {"BRIGHT-CODE-2"}),
    "http-status": ("refusals.repeat", {"BRIGHT-CODE-1"}),
    "stale-balance": ("ledger.", {"LAW-READS"}),
    "other-member": ("ledger.members-apart", {"LAW-CONSERVATION"}),
    "refusal-takes": ("ledger.overdraft", {"LAW-REFUSED-NO-EFFECT"}),
    "same-number": ("ledger.mixed", {"LAW-DISTINCT-ENTRIES"}),
}
"""Defect to the scenarios that show it, and the requirements that its findings must name."""


@contextmanager
def serving(folder: Path, *defects: str) -> Iterator[Path]:
    """Write the vendor's files into a folder, and serve what its target then names."""
    root = folder / "root"
    shutil.copytree(TREE, root)
    words = [word for defect in defects for word in ("--defect", defect)]
    with served(*words, server="tests.brightmiles.server") as port:
        targets = yaml.safe_load((root / TARGETS).read_text("utf-8"))
        targets["targets"]["staging"]["base_url"] = f"http://127.0.0.1:{port}"
        (root / TARGETS).write_text(yaml.safe_dump(targets), "utf-8")
        yield root


def test_the_files_alone_are_valid() -> None:
    """Lint reads them with the laws that come with the harness."""
    done = harness("lint", VENDOR, "--root", str(TREE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{VENDOR}: valid (6 operations, " in done.stdout


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_correct_server_passes_the_gate(tmp_path: Path, seed: str) -> None:
    """Nothing is held against it, and what it documents is decided; no target is named."""
    out = tmp_path / "run"
    with serving(tmp_path) as root:
        words = ("gate", VENDOR, "--seed", seed, "--root", str(root), "--out", str(out))
        done = harness(*words, cwd=tmp_path, env={"BRIGHT_KEY": KEY})
    assert done.returncode == 0, done.stdout + done.stderr
    (part,) = result_of(out)["vendors"]
    assert part["findings"] == []
    assert part["loads"]
    passed = {row["id"] for row in part["requirements"] if row["verdict"] == "pass"}
    documented = yaml.safe_load((TREE / REQUIREMENTS).read_text("utf-8"))["requirements"]
    assert passed >= {row["id"] for row in documented}
    assert passed >= {name for _, names in FOUND.values() for name in names}
    lines = [json.loads(line) for line in (out / JOURNAL).read_text("utf-8").splitlines()]
    assert {line.get("status", 200) for line in lines} == {200}
    assert {ROWS_MAX, ROWS_MAX + 1} <= {len(line.get("rows", ())) for line in lines}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_seeded_defect_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    """The findings name the requirements that the defect violates."""
    monkeypatch.setenv("BRIGHT_KEY", KEY)
    only, names = FOUND[defect]
    with serving(tmp_path, defect) as root:
        result = run(VENDOR, root=root, only=only, out=tmp_path / "run")
    assert result.exit == 1, result.headline
    (part,) = result.vendors
    assert names <= {row.id for one in part.findings for row in one.requirements}
