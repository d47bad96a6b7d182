"""What is no file is never waited for, what is too large never read, and nothing of it shown."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.contract import members
from harness.document import files
from harness.document.files import read_bytes
from tests.hostile.tree import BINDING, FILES, SECRET, TARGETS, Tree, told

OTHERS = (
    "contracts/starpoints/waivers.yaml",
    "contracts/starpoints/observed.yaml",
    "contracts/starpoints/scenarios/own.yaml",
    "contracts/common/laws.yaml",
    "contracts/common/scenarios/own.yaml",
    "loadtests/defaults.yaml",
    "specs/starpoints/openapi.json",
)
"""Files that a vendor may have besides."""


def pipe(path: Path) -> None:
    """Put a named pipe, which a reader would wait for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def device(path: Path) -> None:
    """Put a link to a device that never ends."""
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    """Put a folder."""
    path.unlink(missing_ok=True)
    path.mkdir()


def huge(path: Path) -> None:
    """Let a file be one byte larger than it may be, without writing it."""
    with path.open("ab") as stream:
        stream.truncate(files.BYTES_MAX + 1)


@pytest.mark.parametrize("file", [*FILES, *OTHERS])
def test_a_named_pipe_is_refused_in_the_place_of_every_file(tree: Tree, file: str) -> None:
    """It is not opened, so nothing waits for a writer."""
    pipe(tree.root / file)
    assert f"{file}: expected a file, saw a named pipe" in tree.refused()


@pytest.mark.parametrize(
    ("put", "says"),
    [
        (device, "expected a file, saw a device"),
        (folder, "expected a file, saw a folder"),
        (huge, "the file has 21 MB; expected at most 20 MB"),
    ],
)
@pytest.mark.parametrize("file", [BINDING, TARGETS])
def test_what_is_no_file_or_too_large_is_refused(
    tree: Tree, put: Callable[[Path], None], says: str, file: str
) -> None:
    """Each is told with what was expected."""
    put(tree.root / file)
    assert f"{file}: {says}" in tree.refused()


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket of another process is no file either."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        assert told(read_bytes, Path("s")) == "s: expected a file, saw a socket"


def test_a_file_that_grows_is_read_no_further(tmp_path: Path) -> None:
    """What a file says of its size may be less than it has, as below /proc."""
    path = tmp_path / "x"
    path.write_bytes(b"x" * 11)
    assert read_bytes(path, 11) == b"x" * 11
    assert "expected at most" in told(read_bytes, path, 10)
    assert "expected at most" in told(read_bytes, Path("/proc/self/maps"), 10)


@pytest.mark.parametrize("file", FILES)
def test_a_link_to_another_file_shows_nothing_of_it(tree: Tree, file: str) -> None:
    """Neither a text nor the keys of a mapping that is of another kind are shown."""
    (tree.root / file).unlink()
    (tree.root / file).symlink_to(tree.outside)
    for text in (f"{SECRET}:x:0:0", f"{SECRET}: 1\nformats: 2", f"[{SECRET}]", f'{{"{SECRET}": 1'):
        tree.outside.write_text(text, "utf-8")
        assert f"{file}:1: " in tree.refused()


@pytest.mark.parametrize("option", ["pipe", "link"])
def test_a_file_named_on_the_command_line_is_held_to_the_same(tree: Tree, option: str) -> None:
    """`--targets` and `--openapi` take no named pipe, and show nothing of another file."""
    named = tree.root / "named"
    pipe(named) if option == "pipe" else named.symlink_to(tree.outside)
    says = "a named pipe" if option == "pipe" else "expected"
    assert says in tree.refused("lint", "starpoints", "--targets", str(named))
    assert says in tree.refused("new", "acme", "--openapi", str(named))


def in_members(tree: Tree, text: str | bytes) -> str:
    """Return what is said of a members file."""
    tree.edit(TARGETS, "members: []", "members_file: m.csv")
    content = text.encode() if isinstance(text, str) else text
    (tree.root / TARGETS).with_name("m.csv").write_bytes(content)
    return tree.refused()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{SECRET}:x:0:0\n{SECRET}\n", "m.csv:1: the first line names no column id"),
        (f'[{{"id": "{SECRET}"}}]', "m.csv:1: the first line names no column id"),
        (f"id,{SECRET},{SECRET}\n1,2,3\n", "m.csv:1: the columns 2 and 3 have one name"),
        (f"id,x\n{SECRET}\n", "m.csv:2: the row has not as many fields as the header"),
        (f"id\n{SECRET}\n{SECRET}\n", "m.csv:3: a member is repeated; its first use is at"),
        (b"id\n\xff" + SECRET.encode(), "m.csv:2: the file is not CSV in UTF-8"),
        (f"id\n{SECRET * 40_000}", "m.csv:2: the file is not CSV in UTF-8"),
        (f"{SECRET}," * 50_000, "m.csv:1: the columns 1 and 2 have one name"),
    ],
)
def test_nothing_of_a_members_file_is_shown(tree: Tree, text: str | bytes, says: str) -> None:
    """A line and a column are all that is said of it."""
    assert says in in_members(tree, text)


def test_a_members_file_that_is_none_is_refused(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be larger than a declaration, and no named pipe."""
    monkeypatch.setattr(members, "BYTES_MAX", 2_000_000)
    said = in_members(tree, b"x" * 2_000_001)
    assert "targets.yaml:8: members_file contracts/starpoints/m.csv: the file has 3 MB" in said
    pipe((tree.root / TARGETS).with_name("m.csv"))
    assert "m.csv: expected a file, saw a named pipe" in tree.refused()


@pytest.mark.parametrize("key", ["ca_file", "client_certificate"])
def test_a_certificate_that_is_no_file_is_refused(tree: Tree, key: str) -> None:
    """OpenSSL would wait for a named pipe."""
    pipe((tree.root / TARGETS).with_name("p"))
    value = "p" if key == "ca_file" else "{file: p}"
    tree.edit(TARGETS, "    members: []\n", f"    members: []\n    {key}: {value}\n")
    tree.edit(TARGETS, "http:", "https:")
    said = tree.refused("check", "starpoints", "--target", "local", "--out", str(tree.root / "o"))
    assert "saw a named pipe" in said
