"""What comes with the package and what a tree adds to it or replaces."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.contract.catalogue import Catalogue, read_catalogue
from harness.contract.root import find_root, foreign_contracts, list_vendors, shipped_root
from tests.contract.trees import COMMON, LAWS, copy_tree, edit


def read(root: Path) -> tuple[Catalogue, dict[str, str]]:
    """Return a tree as read, and the titles of what is asked of its vendor, by id."""
    catalogue = read_catalogue(root)
    vendor = catalogue.vendors["acme"]
    titles = {row.id: row.title for row in vendor.requirements}
    return catalogue, {**titles, **{one.id: one.title for one in vendor.scenarios}}


def test_laws_and_common_scenarios_come_with_the_package(tmp_path: Path) -> None:
    """A tree with no common folder has them all the same."""
    root = copy_tree(tmp_path)
    shutil.rmtree(root / "contracts/common")
    edit(
        root,
        "contracts/acme/requirements.yaml",
        "scenario:earn.once",
        "scenario:ledger.read-your-write",
    )
    catalogue, titles = read(root)
    assert {"LAW-CONSERVATION", "ledger.read-your-write"} <= titles.keys()
    assert "LAW-SUM" not in titles
    assert catalogue.replacements == ()


def test_what_a_tree_declares_under_a_shipped_id_replaces_it(tmp_path: Path) -> None:
    """Each replacement is known with both places, and the shipped one is gone."""
    root = copy_tree(tmp_path)
    text = (root / LAWS).read_text("utf-8")
    (root / LAWS).write_text(text.replace("LAW-SUM", "LAW-READS"), "utf-8")
    edit(root, COMMON, "id: earn.once", "id: ledger.read-your-write")
    edit(
        root,
        "contracts/acme/requirements.yaml",
        "scenario:earn.once",
        "scenario:ledger.read-your-write",
    )
    catalogue, titles = read(root)
    assert titles["LAW-READS"] == "A balance is the sum of what took effect"
    told = {(one.kind, one.id) for one in catalogue.replacements}
    assert told == {("law", "LAW-READS"), ("scenario", "ledger.read-your-write")}
    for one in catalogue.replacements:
        assert str(root) in one.place
        assert str(shipped_root()) in str(Path(one.shipped).resolve())


def test_a_contracts_folder_of_others_does_not_hide_the_shipped_vendors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one of smart contracts: it holds neither a vendor nor laws."""
    (tmp_path / "contracts/token").mkdir(parents=True)
    (tmp_path / "contracts/token/Token.sol").write_text("contract Token {}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert foreign_contracts(tmp_path)
    assert find_root() == shipped_root()
    assert list_vendors(find_root())
    root = copy_tree(tmp_path)
    monkeypatch.chdir(root)
    assert not foreign_contracts(root)
    assert find_root() == root
