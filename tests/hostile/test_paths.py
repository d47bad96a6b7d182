"""Paths of declarations stay where they may lead: nothing is read or written elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.tree import SPECIFICATION, TARGETS, Tree

REFERENCES = (
    ("../../../outside", "leads out of the folder"),
    ("{root}/../outside", "leads out of the folder"),
    ("%2e%2e/%2e%2e/%2e%2e/outside", "leads out of the folder"),
    ("link.yaml", "leads out of the folder"),
    ("/dev/zero", "leads out of the folder"),
    ("folder", "expected a file, saw a folder"),
    ("..", "expected a file, saw a folder"),
    ("loop.yaml", "Too many levels of symbolic links"),
    ("a" * 5000, "File name too long"),
    ("a%00b", "leads out of the folder"),
    ("file:///etc/hostname", "names an address, which is not followed"),
    ("file:/etc/hostname", "there is no such file"),
    ("http://127.0.0.1:9/x", "names an address, which is not followed"),
)


@pytest.mark.parametrize(("reference", "says"), REFERENCES)
def test_a_reference_that_leads_elsewhere_is_refused(tree: Tree, reference: str, says: str) -> None:
    """Links and escapes are followed first; an address is never asked for."""
    folder = (tree.root / SPECIFICATION).parent
    (folder / "folder").mkdir()
    (folder / "link.yaml").symlink_to(tree.outside)
    (folder / "loop.yaml").symlink_to("loop.yaml")
    tree.schemas(Key={"$ref": reference.format(root=tree.root)})
    said = tree.refused()
    assert says in said
    assert all(line.startswith(f"harness: {SPECIFICATION}:") for line in said.splitlines()[:1])


@pytest.mark.parametrize("text", ["hunter2: y\n", "- hunter2\n", "hunter2\n", '"hunter2"\n'])
def test_a_file_of_another_kind_is_no_part_of_a_specification(tree: Tree, text: str) -> None:
    """It is refused at its own place; only keys of a mapping, as of a schema, may be named."""
    (tree.root / SPECIFICATION).with_name("other.yaml").write_text(text, "utf-8")
    tree.schemas(Key={"$ref": "other.yaml"})
    if text.startswith("hunter2:"):
        tree.root.joinpath(SPECIFICATION).with_name("other.yaml").write_text("typ: x\n", "utf-8")
    assert "specs/starpoints/other.yaml:1: " in tree.refused()


def test_a_reference_within_the_root_is_followed(tree: Tree) -> None:
    """Vendors may share a file, and a specification may itself be a link."""
    (tree.root / "specs/shared.yaml").write_text("{type: string}\n", "utf-8")
    tree.schemas(Key={"$ref": "../shared.yaml"})
    tree.valid()
    kept = tree.root.parent / "kept"
    kept.mkdir()
    (tree.root / SPECIFICATION).rename(kept / "openapi.yaml")
    (tree.root / SPECIFICATION).symlink_to(kept / "openapi.yaml")
    tree.valid()


@pytest.mark.parametrize(
    "named", ["../../../outside", "{root}/../outside", "link.csv", "/dev/zero"]
)
def test_a_members_file_elsewhere_is_refused(tree: Tree, named: str) -> None:
    """It lies beside the targets file or below, with links followed."""
    (tree.root / TARGETS).with_name("link.csv").symlink_to(tree.outside)
    tree.edit(TARGETS, "members: []", f"members_file: {named.format(root=tree.root)}")
    says = f"{TARGETS}:8: members_file leads out of the folder of this file; put it beside"
    assert says in tree.refused()


def test_a_members_file_beside_or_below_is_read(tree: Tree) -> None:
    """Both files may be links into one folder."""
    private = tree.root.parent / "private"
    private.mkdir()
    (private / "m.csv").write_text("id\na\nb\n", "utf-8")
    tree.edit(TARGETS, "members: []", "members_file: data/m.csv")
    named = (tree.root / TARGETS).parent / "data/m.csv"
    named.parent.mkdir()
    named.write_text("id\na\nb\n", "utf-8")
    tree.valid()
    named.unlink()
    named.symlink_to(private / "m.csv")
    assert "leads out" in tree.refused()
    (tree.root / TARGETS).rename(private / "targets.yaml")
    (tree.root / TARGETS).symlink_to(private / "targets.yaml")
    tree.valid()


@pytest.mark.parametrize("name", ["../x", "/etc", "..", "a/../../b", "", "a\0b", "common"])
@pytest.mark.parametrize("command", ["lint", "check", "load", "gate", "target new", "new"])
def test_a_name_that_is_a_path_is_no_vendor(tree: Tree, command: str, name: str) -> None:
    """It is told as an unknown or unfit name, and nothing is written."""
    before = sorted(tree.root.parent.rglob("*"))
    said = tree.refused(*command.split(), name)
    assert "no vendor" in said or "cannot be a vendor's name" in said
    assert sorted(tree.root.parent.rglob("*")) == before


def test_new_files_are_not_written_through_a_link(tree: Tree) -> None:
    """A link that leads nowhere would make the file where it leads."""
    path = tree.root / "loadtests/acme-points.yaml"
    for each in ("loadtests/acme-points.yaml", "contracts/acme", "specs/acme"):
        (tree.root / each).symlink_to(Path("../../gone"))
        assert "is there already" in tree.refused("new", "acme")
        (tree.root / each).unlink()
    assert not path.exists()
