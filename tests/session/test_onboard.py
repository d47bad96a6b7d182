"""`harness onboard` as its users run it, against a mock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.document.reader import read_document
from harness.document.schema import validate
from harness.report.result import read_result
from tests.cli.running import harness, result_of
from tests.report.comparison import comparable

FILES = {"dossier.html", "dossier.md", "report.html", "result.json", "junit.xml", "summary.md"}


@pytest.fixture(scope="module")
def onboarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of an onboarding run of a vendor's mock, and what the command printed."""
    out = tmp_path_factory.mktemp("onboard") / "run"
    done = harness("onboard", "qoin", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def test_onboarding_writes_the_dossier_beside_the_reports(onboarded: tuple[Path, str]) -> None:
    """All files are there, the result keeps its schema, and the command names the dossier."""
    out, printed = onboarded
    assert set(os.listdir(out)) >= FILES
    validate(read_document(out / "result.json"), "result")
    assert f"dossier: {out}/dossier.html" in printed
    assert f"dossier: {out}/dossier.md" in printed


def test_an_onboarding_run_has_no_load(onboarded: tuple[Path, str]) -> None:
    """It tests contracts and properties, and the dossier lists load as not tested."""
    out, _ = onboarded
    (vendor,) = result_of(out)["vendors"]
    assert vendor["loads"] == []
    assert vendor["counts"]["scenarios"] > 10
    text = (out / "dossier.md").read_text("utf-8")
    assert "| Load | an onboarding run generates no load; see harness load |" in text


def test_the_dossier_rests_on_what_the_run_saw(onboarded: tuple[Path, str]) -> None:
    """Operations were observed, questions are settled by what responses show, effects are told."""
    text = (onboarded[0] / "dossier.md").read_text("utf-8")
    assert "tested the built-in mock" in text
    assert "confirmed by " in text
    effects = text[text.index("## Side effects left on the target") :]
    assert "The run used " in effects
    assert effects.count("\n| `") >= 1, "operations that changed something are listed"


def test_the_dossier_of_an_earlier_run_is_the_same(
    onboarded: tuple[Path, str], tmp_path: Path
) -> None:
    """Made again from the journal alone, without sending anything."""
    out, _ = onboarded
    done = harness("onboard", "--run", str(out), "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert comparable(read_result(tmp_path)) == comparable(read_result(out))
    for name in ("dossier.html", "dossier.md"):
        assert (tmp_path / name).read_text("utf-8") == (out / name).read_text("utf-8")


@pytest.mark.parametrize("words", [(), ("qoin", "--run", ".")], ids=["neither", "both"])
def test_onboarding_needs_a_vendor_or_an_earlier_run(words: tuple[str, ...]) -> None:
    """Exactly one of both; anything else is wrong usage."""
    done = CliRunner().invoke(cli, ["onboard", *words])
    assert done.exit_code == 2
    assert "--run" in done.output


def test_a_folder_without_a_journal_is_wrong_usage(tmp_path: Path) -> None:
    """Nothing was run there, so nothing can be told about a vendor."""
    done = harness("onboard", "--run", str(tmp_path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert str(tmp_path) in done.stderr
    assert os.listdir(tmp_path) == []
