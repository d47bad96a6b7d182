"""`harness prove` as its users run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import prove as steps
from harness.cli.app import cli
from harness.contract.vendor import Vendor
from harness.document.reader import read_document
from harness.document.schema import validate
from harness.prove.children import Children
from harness.prove.plan import Trial
from harness.prove.trial import TrialResult
from tests.cli.running import harness, result_of


def test_a_defect_is_killed_by_the_check_made_for_it(tmp_path: Path) -> None:
    """The command exits 0, and its result tells which check killed the defect, and how soon."""
    words = ("--defect", "no-dedupe", "--seeds", "0", "--jobs", "1")
    done = harness("prove", "loga", *words, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    validate(read_document(tmp_path / "result.json"), "proof")
    (kill,) = result_of(tmp_path)["kills"]
    assert kill["killed"]
    assert "LOGA-IDEM-1" in kill["named"]
    assert "scenario:idempotency.earn-repeated" in kill["checks"]
    assert kill["commands"] == ["check"], "the load is not run when the scenarios have found it"
    assert 0 < kill["requests"] < 3_000
    assert "no-dedupe" in (tmp_path / "report.html").read_text("utf-8")


def test_a_proof_without_trials_is_wrong_usage() -> None:
    """Without defects and seeds nothing would be shown, which must not look like success."""
    done = harness("prove", "loga", "--no-defects", "--seeds", "0")
    assert done.returncode == 2
    assert "no trials selected" in done.stderr


def tried(trial: Trial, vendor: Vendor, root: Path | None, _: Children) -> TrialResult:
    """Return the result of a trial that found nothing."""
    return TrialResult(trial, None, (), (), (), 0, {}, 1.0)


def test_only_what_a_vendor_promises_must_kill(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No vendor of the package has a webhook or a reward at its price."""
    monkeypatch.setattr(steps, "run_trial", tried)
    CliRunner().invoke(cli, ["prove", "--seeds", "0", "--out", str(tmp_path)])
    idle = set(result_of(tmp_path)["checks_without_kill"])
    assert {"invariant:conservation", "scenario:ledger.mixed"} <= idle
    assert not {"invariant:announced", "invariant:price", "scenario:rewards.price"} & idle


def test_an_interrupted_proof_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was tried before Ctrl-C is told and kept, and the exit is that of an interruption."""

    def interrupt(one: TrialResult) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "run_trial", tried)
    monkeypatch.setattr(steps, "_outcome", interrupt)
    words = ["prove", "loga", "--no-defects", "--seeds", "2", "--condition", "clean"]
    done = CliRunner().invoke(cli, [*words, "--out", str(tmp_path)])
    assert done.exit_code == 130
    assert "1 of 2 trials were not run" in done.output
    validate(read_document(tmp_path / "result.json"), "proof")


def test_an_unknown_defect_is_guessed() -> None:
    """A slip of the keyboard ends in a hint, not in a run of nothing."""
    done = harness("prove", "loga", "--defect", "no-dedup")
    assert done.returncode == 2
    assert "no-dedupe" in done.stderr
