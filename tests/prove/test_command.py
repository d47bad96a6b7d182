"""`harness prove` as its users run it."""

from __future__ import annotations

from pathlib import Path

from harness.document.reader import read_document
from harness.document.schema import validate
from tests.cli.running import harness, result_of


def test_a_defect_is_killed_by_the_check_made_for_it(tmp_path: Path) -> None:
    """The command exits 0, and its result tells which check killed the defect, and how soon."""
    words = ("--defect", "no-dedupe", "--seeds", "0", "--jobs", "1")
    done = harness("prove", "loga", *words, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    validate(read_document(tmp_path / "result.json"), "proof")
    (kill,) = result_of(tmp_path)["kills"]
    assert kill["killed"]
    assert "LOGA-IDEM-1" in kill["rules"]
    assert "scenario:idempotency.earn-twice" in kill["checks"]
    assert kill["stages"] == ["check"], "the load is not run when the stories have found it"
    assert 0 < kill["requests"] < 3_000
    assert "no-dedupe" in (tmp_path / "report.html").read_text("utf-8")


def test_an_unknown_defect_is_guessed() -> None:
    """A slip of the keyboard ends in a hint, not in a run of nothing."""
    done = harness("prove", "loga", "--defect", "no-dedup")
    assert done.returncode == 2
    assert "no-dedupe" in done.stderr
