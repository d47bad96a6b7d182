"""Targets, their members and their secrets become records."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.contract.target import read_targets, resolve_secrets, short_secrets
from harness.document.reader import Problem, Problems
from tests.acme import TREE
from tests.contract.trees import (
    TARGETS,
    copy_tree,
)


def test_targets_become_records() -> None:
    """Rates are per second, addresses lose their last slash, and defaults depend on the kind."""
    targets = read_targets(TREE / TARGETS, "acme")
    mock, sandbox, staging, local = targets.values()
    assert (mock.kind, mock.base_url, mock.load, mock.deadline_seconds) == (
        "mock",
        "",
        "allow",
        2.0,
    )
    assert (mock.rate, mock.budget, mock.secrets, mock.members) == (None, None, {}, ())
    assert sandbox.base_url == "https://sandbox.acme.example/api"
    assert (sandbox.rate, sandbox.budget, sandbox.load) == (1.5, 500, "refuse")
    assert sandbox.deadline_seconds == 10.0
    assert sandbox.values == {"shop": "007"}
    assert sandbox.members[1] == {"id": "1002", "card": "tin"}
    assert staging.members == ({"id": "2001", "card": "gold"}, {"id": "2002"})
    assert (staging.load, staging.deadline_seconds) == ("probe", 3.0)
    assert (local.kind, [member["id"] for member in local.members]) == ("mock", ["m1", "m2", "m3"])
    assert "ACME_USER" not in repr(sandbox)


def test_secrets_come_from_the_environment() -> None:
    """They are resolved by name; all that are missing or empty are told, never a value."""
    sandbox = read_targets(TREE / TARGETS, "acme")["sandbox"]
    assert sandbox.secrets == {"user": "env:ACME_USER", "password": "env:ACME_PASSWORD"}
    environ = {"ACME_USER": "jo", "ACME_PASSWORD": "hunter2"}
    assert resolve_secrets(sandbox, environ) == {"user": "jo", "password": "hunter2"}
    with pytest.raises(Problem) as raised:
        resolve_secrets(sandbox, {"ACME_USER": "", "OTHER": "hunter2"})
    assert raised.value.message == (
        "ACME_PASSWORD and ACME_USER are not set in the environment; "
        "the target sandbox takes its secrets from there"
    )
    assert raised.value.place.endswith(f"{TARGETS}:4")
    assert raised.value.hint == "export ACME_PASSWORD=…"
    (short,) = short_secrets(sandbox, {"user": "jo", "password": "hunt"})
    assert short.place.endswith(f"{TARGETS}:7")
    assert short.message == (
        "the secret user has fewer than 4 characters, too few to be hidden where the server "
        "repeats it"
    )
    with pytest.raises(Problem, match=r": ACME_USER is not set"):
        resolve_secrets(sandbox, {"ACME_PASSWORD": "hunter2"})
    with pytest.raises(Problem, match="line break") as broken:
        resolve_secrets(sandbox, {**environ, "ACME_PASSWORD": "hunter2\n"})
    assert "hunter2" not in str(broken.value)


def test_a_private_file_is_of_the_vendor_it_says(tmp_path: Path) -> None:
    """A file may name its vendor, and is refused for another."""
    path = tmp_path / "private.yaml"
    path.write_text("format: 1\nvendor: acme\ntargets: {mine: {kind: mock}}\n", "utf-8")
    assert list(read_targets(path, "acme")) == ["mine"]
    with pytest.raises(Problems, match=r"private.yaml:2: vendor: expected apex, saw 'acme'"):
        read_targets(path, "apex")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["id", "x"], ["a", "b"], ["a", "c"]], "members.csv:3: a member is repeated"),
        ([["id", "x"], ["", "hunter2"]], "members.csv:2: a member has no id"),
        (
            [["name"], ["hunter2"]],
            "members.csv:1: the first line names no column id; expected CSV of",
        ),
        (
            [["idd", "x"], ["a", "b"]],
            "members.csv:1: the first line names no column id; expected CSV of members; begin the",
        ),
        ([["id", "x"]], "members.csv:1: the file has no members"),
        ([], "members.csv:1: the file is empty"),
        ([["id", "x"], ["a"]], "members.csv:2: the row has not as many fields as the head"),
        ([["id"], ["a", "b"]], "members.csv:2: the row has not as many fields as the head"),
    ],
)
def test_a_file_of_members_is_checked(tmp_path: Path, rows: list[list[str]], told: str) -> None:
    """Mistakes are told by the line of the file, without showing a member."""
    root = copy_tree(tmp_path)
    with (root / "contracts/acme/members.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    with pytest.raises(Problems) as raised:
        read_targets(root / TARGETS, "acme")
    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value)
