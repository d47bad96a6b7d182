"""Write a targets file, check it, and test a server with it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.cli.app import cli
from tests.cli.running import ROOT, harness, result_of

VENDOR = "qoin"
NAME = "QOIN_PRIVATE_KEY"


def private_key() -> str:
    """Return a new private key in PEM."""
    key = rsa.generate_private_key(65537, 2048)
    form, unlocked = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, unlocked).decode()


@contextmanager
def served(path: Path, *words: str) -> Iterator[None]:
    """Serve a mock that writes its targets file, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "mock", VENDOR, "--targets-out", str(path), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert json.loads(process.stdout.readline())["ready"] is True
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def exports(path: Path) -> Mapping[str, str]:
    """Return the variables that a file of exports sets."""
    words = shlex.split(path.read_text("utf-8"))
    return dict(word.split("=", 1) for word in words if word != "export")


def test_the_targets_file_of_a_mock_works(tmp_path: Path) -> None:
    """It holds no secret; with the exports beside it, lint and a run accept it."""
    path = tmp_path / "mock.yaml"
    with served(path, "--fault", "duplicate=0.05"):
        secrets = exports(tmp_path / "mock.yaml.env")
        assert (tmp_path / "mock.yaml.env").stat().st_mode & 0o777 == 0o600
        assert set(secrets) == {NAME}
        assert "PRIVATE KEY-----\n" in secrets[NAME]
        assert "BEGIN" not in path.read_text("utf-8")
        checked = harness("lint", "--targets", str(path), env=secrets)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert checked.stdout.endswith("own can be tested as a target of qoin\n")
        words = ("check", VENDOR, "--targets", str(path), "--only", "refer", "--out")
        ran = harness(*words, str(tmp_path / "run"), env=secrets)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    part = result_of(tmp_path / "run")["vendors"][0]
    assert part["counts"]["ok"] > 0
    assert part["target"] == "own"
    journal = next((tmp_path / "run/journal" / VENDOR).glob("*.ndjson"))
    header = json.loads(journal.read_text("utf-8").splitlines()[0])
    assert header["duplicates"] is True


def test_a_form_is_filled_in_from_message_to_message(tmp_path: Path) -> None:
    """Lint and a run refuse it alike, with exit 2, until nothing is missing."""
    path = tmp_path / "own.yaml"
    written = CliRunner().invoke(cli, ["target", "new", VENDOR, "--out", str(path)])
    assert written.exit_code == 0, written.output
    assert f"harness lint --targets {path}" in written.output
    again = CliRunner().invoke(cli, ["target", "new", VENDOR, "--out", str(path)])
    assert again.exit_code == 2
    bare = {NAME: ""}
    ran = harness("check", VENDOR, "--targets", str(path), "--out", str(tmp_path / "run"), env=bare)
    linted = harness("lint", "--targets", str(path), env=bare)
    assert (ran.returncode, linted.returncode) == (2, 2)
    assert ran.stderr == linted.stderr
    assert "the target own: no members" in ran.stderr
    assert not (tmp_path / "run").exists()
    text = path.read_text("utf-8")
    members = 'members: [{id: "1", user_id: "2", name: A}, {id: "3", user_id: "4", name: B}]'
    path.write_text(text.replace("members: []", members), "utf-8")
    assert "QOIN_PRIVATE_KEY is not set in the environment" in ran.stderr
    invalid = CliRunner().invoke(cli, ["lint", "--targets", str(path)], env={NAME: "-----BEGIN"})
    assert invalid.exit_code == 2
    assert f"{NAME} in the environment: the signing key is no RSA private key" in invalid.output
    filled = CliRunner().invoke(cli, ["lint", "--targets", str(path)], env={NAME: private_key()})
    assert filled.exit_code == 0, filled.output
    assert "no member has the field 'qtag'" in filled.output


def test_a_secret_that_is_too_short_is_named(tmp_path: Path) -> None:
    """It is not shown, and one of four characters is not told."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "format: 1\nvendor: luna\ntargets:\n  own:\n    kind: staging\n"
        "    base_url: http://api.example\n    secrets: {token: 'env:LUNA_TOKEN'}\n"
        "    values: {cashback: '1'}\n",
        "utf-8",
    )
    words = ["lint", "--targets", str(path)]
    short, long = (CliRunner().invoke(cli, words, env={"LUNA_TOKEN": t}) for t in ("zq7", "zq7k"))
    assert (short.exit_code, long.exit_code) == (0, 0), short.output + long.output
    place = f"{path}:7: the secret token has fewer than 4 characters"
    assert place in short.output
    assert "zq7" not in short.output
    assert "fewer than" not in long.output


def test_the_vendor_of_a_file_is_known(tmp_path: Path) -> None:
    """The file names it, or the command does."""
    path = tmp_path / "own.yaml"
    path.write_text("format: 1\ntargets: {own: {kind: mock}}\n", "utf-8")
    asked = CliRunner().invoke(cli, ["lint", "--targets", str(path)])
    assert (asked.exit_code, "name the vendor" in asked.output) == (2, True)
    named = CliRunner().invoke(cli, ["lint", VENDOR, "--targets", str(path)])
    assert named.exit_code == 0, named.output
