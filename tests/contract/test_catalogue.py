"""Finding vendors and reading them whole."""

from __future__ import annotations

import pickle
import re
import shutil
from pathlib import Path

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.root import find_root, list_vendors
from harness.document.reader import Problem, Problems
from tests.contract.trees import BINDING, COMMON, LAWS, OWN, complaints, copy_tree, edit


def add_vendor(root: Path, name: str) -> None:
    """Add a second vendor, which is the first under another name."""
    shutil.copytree(root / "contracts/acme", root / "contracts" / name)
    shutil.copytree(root / "specs/acme", root / "specs" / name)
    for file in ("binding.yaml", "requirements.yaml"):
        edit(root, f"contracts/{name}/{file}", "vendor: acme", f"vendor: {name}")


def test_a_vendor_is_read_whole(tmp_path: Path) -> None:
    """All files of a vendor come together, with the scenarios and laws of all vendors."""
    root = copy_tree(tmp_path)
    vendor = read_catalogue(root).vendors["acme"]
    assert (vendor.name, vendor.title, vendor.root) == ("acme", "Acme Points", root)
    ids = [scenario.id for scenario in vendor.scenarios]
    assert ids[-3:] == ["earn.once", "burn.race", "access.no-password"]
    assert "ledger.overdraft" in ids, "shipped"
    assert list(vendor.workloads) == ["steady"]
    assert list(vendor.targets) == ["mock", "sandbox", "staging", "local"]
    assert [waiver.owner for waiver in vendor.waivers] == ["jo"]
    assert vendor.binding.verbs["earn"].operation in vendor.specification.operations
    assert vendor.binding.vendor == "acme"


BURN = (
    "  burn: {operation: add_points, effect: debit, send: {body: {who: a, amount: 1, remark: r}}}\n"
)


def test_a_law_whose_needs_the_vendor_lacks_is_left_out(tmp_path: Path) -> None:
    """A vendor that cannot burn is not held to the law of the floor, until it can."""
    root = copy_tree(tmp_path)
    ids = [row.id for row in read_catalogue(root).vendors["acme"].requirements]
    assert ids[:3] == ["ACME-EARN-1", "ACME-LOGIN-1", "ACME-PAPER-1"]
    assert ids[-1] == "LAW-SUM"
    assert "LAW-CONSERVATION" in ids, "shipped"
    assert "LAW-FLOOR" not in ids, "shipped, and about spending"
    edit(root, BINDING, "samples:\n", f"{BURN}samples:\n")
    ids = [row.id for row in read_catalogue(root).vendors["acme"].requirements]
    assert ids[-2:] == ["LAW-SUM", "LAW-OVERSPENT"]


def test_a_law_that_cannot_be_seen_at_a_vendor_is_excused_with_the_reason(tmp_path: Path) -> None:
    """Points may be lost although no response shows them, so the law is not left out."""
    root = copy_tree(tmp_path)
    text = (root / BINDING).read_text("utf-8")
    (root / BINDING).write_text(re.sub(r"  balance:\n.*?(?=samples:)", "", text, flags=re.S))
    law = read_catalogue(root).vendors["acme"].requirements[-1]
    assert (law.id, law.checks) == ("LAW-SUM", ())
    assert law.excuse == "not observable: no verb reads a balance"


def test_a_scenario_the_vendor_cannot_play_needs_no_rule(tmp_path: Path) -> None:
    """Only scenarios that can be played must be named, with every expectation of theirs."""
    root = copy_tree(tmp_path)
    edit(root, LAWS, "scenario:burn.race", "scenario:burn.race#balance")
    assert read_catalogue(root).vendors["acme"]
    edit(root, BINDING, "samples:\n", f"{BURN}samples:\n")
    assert complaints(root) == [
        f"{COMMON}:23: no requirement of acme names scenario:burn.race#one; "
        "name it in the checks of a requirement of acme or of a law"
    ]


def test_an_own_scenario_cannot_have_the_id_of_a_common_one(tmp_path: Path) -> None:
    """Check ids would not tell the two apart."""
    root = copy_tree(tmp_path)
    edit(root, OWN, "id: access.no-password", "id: earn.once")
    assert (
        f"{OWN}:3: the scenario 'earn.once' is repeated; its first use is at {COMMON}:3; "
        "give the vendor's scenario another id"
    ) in complaints(root)


def test_a_scenario_sends_only_what_something_says_how_to_send(tmp_path: Path) -> None:
    """An operation without a sample, verb or token step cannot be played."""
    root = copy_tree(tmp_path)
    edit(root, OWN, "operation: login, without: [pass]", "operation: add_many")
    assert read_catalogue(root).vendors["acme"]
    edit(root, OWN, "operation: add_many", "operation: join")
    assert complaints(root) == [
        f"{OWN}:6: nothing says how to send join; expected a sample or a verb of it; "
        "add it to samples in binding.yaml"
    ]


def test_only_the_named_vendors_are_read(tmp_path: Path) -> None:
    """A broken vendor stops nobody who did not ask for it."""
    root = copy_tree(tmp_path)
    add_vendor(root, "apex")
    assert list_vendors(root) == ("acme", "apex")
    assert list(read_catalogue(root).vendors) == ["acme", "apex"]
    (root / "contracts/apex/binding.yaml").write_text("verbs: [", "utf-8")
    assert list(read_catalogue(root, ["acme"]).vendors) == ["acme"]
    assert list(read_catalogue(root, []).vendors) == []
    with pytest.raises(Problems, match="apex"):
        read_catalogue(root)


def test_a_verb_that_another_vendor_binds_is_known(tmp_path: Path) -> None:
    """Common scenarios may use any verb that some vendor binds, read or not."""
    root = copy_tree(tmp_path)
    text = (root / COMMON).read_text("utf-8")
    (root / COMMON).write_text(text.replace("burn", "donate"), "utf-8")
    assert "unknown verb 'donate'" in complaints(root)[0]
    add_vendor(root, "apex")
    edit(root, "contracts/apex/binding.yaml", "  earn:\n", "  donate:\n")
    assert list(read_catalogue(root, ["acme"]).vendors) == ["acme"]


def test_an_unknown_vendor_is_told_with_a_guess(tmp_path: Path) -> None:
    """The message lists the vendors there are."""
    with pytest.raises(Problem) as raised:
        read_catalogue(copy_tree(tmp_path), ["acne"])
    told = "there is no vendor 'acne'; expected acme; did you mean 'acme'?"
    assert str(raised.value) == told


def test_the_digest_changes_with_every_file_behind_a_vendor(tmp_path: Path) -> None:
    """It is the same for the same files, wherever they lie."""
    root = copy_tree(tmp_path)
    digest = read_catalogue(root).vendors["acme"].digest
    again = shutil.copytree(root, tmp_path / "again")
    assert read_catalogue(again).vendors["acme"].digest == digest
    for file in (BINDING, COMMON, "contracts/acme/members.csv", "specs/acme/openapi.yaml"):
        text = (again / file).read_text("utf-8")
        (again / file).write_text(f"{text}\n", "utf-8")
        changed = read_catalogue(again).vendors["acme"].digest
        assert changed != digest
        digest = changed


def test_a_vendor_can_be_sent_to_another_process(tmp_path: Path) -> None:
    """Load workers get the vendor pickled, and find it unchanged."""
    vendor = read_catalogue(copy_tree(tmp_path)).vendors["acme"]
    assert pickle.loads(pickle.dumps(vendor)) == vendor


def test_the_root_is_the_given_folder_or_the_working_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A given folder counts first, then the working folder; a folder without contracts is told."""
    root = copy_tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert find_root(root) == root
    with pytest.raises(Problem, match=r"contracts: the folder holds no contracts/; give the fold"):
        find_root(root / "contracts")
    monkeypatch.chdir(root)
    assert find_root() == root


def test_the_root_falls_back_to_the_packed_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a project the copy inside the package is used, and its absence is told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.contract.root.files", lambda _: tmp_path / "package")
    with pytest.raises(Problem, match="neither the working folder nor the package holds contracts"):
        find_root()
    root = copy_tree(tmp_path)
    root.rename(tmp_path / "packed")
    (tmp_path / "package").mkdir()
    (tmp_path / "packed").rename(tmp_path / "package" / "_data")
    assert list_vendors(find_root()) == ("acme",)


def test_a_root_without_vendors_is_told(tmp_path: Path) -> None:
    """Folders without a binding are no vendors."""
    (tmp_path / "contracts" / "common").mkdir(parents=True)
    with pytest.raises(Problem, match=r"no vendor is declared; expected a folder with binding"):
        read_catalogue(tmp_path)
