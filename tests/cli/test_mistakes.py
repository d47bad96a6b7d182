from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import ROOT, harness

TARGETS = """\
format: 1
targets:
  ours:
    kind: staging
    base_url: {url}
    secrets: {{user: "env:SHOP_USER", password: "env:SHOP_PASSWORD"}}
    values: {{uuid: u, card_id: "1"}}
    members: [{{id: "1"}}, {{id: "2"}}]
    load: allow
"""
SECRETS = {"SHOP_USER": "someuser", "SHOP_PASSWORD": "hunter2-hunter2"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gate", "lgoa"], "did you mean 'loga'?"),
        (["gate", "loga", "--target", "sandbx"], "did you mean 'sandbox'?"),
        (["gate", "loga", "--target", "sandbox"], "LOGA_PASSWORD"),
        (["gate", "loga", "--defect", "lost-updat"], "did you mean 'lost-update'?"),
        (["gate", "loga", "--fault", "reset-befor=0.1"], "did you mean reset-before?"),
        (["gate", "loga", "--fault", "reset-before=2"], "0 to 1"),
        (["gate", "loga", "--target", "sandbox", "--defect", "no-dedupe"], "work on the mock"),
        (["audit", str(ROOT / "tests")], "no journal is here"),
        (["load", "loga", "earn-brun"], "did you mean 'earn-burn'?"),
        (
            ["check", "loga", "--only", "no-such-scenario"],
            "no scenario has 'no-such-scenario' in its id",
        ),
        (["mock", "lgoa"], "did you mean 'loga'?"),
        (["schema", "bindng"], "did you mean 'binding'?"),
        (["gate", "--nonsense"], "No such option"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_clear_line(
    tmp_path: Path, words: list[str], said: str
) -> None:
    """A wrong name, target, secret or option exits 2, says what is meant, and sends nothing."""
    options = ["--out", str(tmp_path / "run")] if words[0] == "gate" else []
    done = harness(*words, *options)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "run").exists()


def test_a_mistyped_key_is_told_with_its_line(tmp_path: Path) -> None:
    """The message names file and line, what is there and what is meant."""
    path = tmp_path / "ours.yaml"
    path.write_text(TARGETS.format(url="http://127.0.0.1:9").replace("base_url", "base_ulr"))
    done = harness("gate", "loga", "--targets", str(path), env=SECRETS)
    assert done.returncode == 2
    assert "ours.yaml:5" in done.stderr
    assert "did you mean 'base_url'?" in done.stderr


def test_an_unreachable_target_is_inconclusive_and_says_so(tmp_path: Path) -> None:
    """No server responds, nothing is checked, and that is exit 5, not a pass and not a crash."""
    path = tmp_path / "ours.yaml"
    path.write_text(TARGETS.format(url="http://127.0.0.1:9/api"))
    out = tmp_path / "run"
    done = harness("gate", "loga", "--targets", str(path), "--out", str(out), env=SECRETS)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "cannot connect to 127.0.0.1:9: connection refused" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    written = "".join(file.read_text(encoding="utf-8") for file in out.rglob("*") if file.is_file())
    assert "hunter2" not in written


def test_a_folder_that_holds_a_run_is_not_written_again(tmp_path: Path) -> None:
    """Two runs in one journal would be one wrong history."""
    (tmp_path / "journal").mkdir()
    done = harness("check", "loga", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "has been written here already" in done.stderr


def test_lint_and_vendors_tell_what_is_there() -> None:
    """The declarations of the repository are valid, and each vendor is listed with its mock."""
    done = harness("lint")
    assert done.returncode == 0, done.stderr
    assert "loga: valid (40 operations, " in done.stdout
    listed = harness("vendors")
    assert listed.returncode == 0
    assert "loga: Loga; mock" in listed.stdout
