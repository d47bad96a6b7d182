"""What lint says beside that the declarations are valid."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from harness.contract.catalogue import read_catalogue
from harness.contract.notes import absurdities, notes_on
from harness.contract.root import shipped_root
from harness.contract.workload import read_workload
from harness.model.workload import Stage
from tests.acme import TREE
from tests.contract.trees import BINDING, WAIVERS, WORKLOAD, complaints, copy_tree, edit

TODAY = date(2026, 1, 1)


def notes(root: Path, today: date = TODAY) -> str:
    """Return the notes on the vendor of a tree."""
    catalogue = read_catalogue(root)
    found = notes_on(catalogue.vendors["acme"], catalogue.laws, today)
    return "\n".join(map(str, found)).replace(f"{root}/", "")


def test_an_extract_that_no_response_promises_is_noted(tmp_path: Path) -> None:
    """With its line; a place where the schemas say nothing is told apart."""
    found = notes(copy_tree(tmp_path))
    assert re.search(rf"{BINDING}:\d+: entry of the verb earn is extracted from", found)
    assert "which no response of add_points is declared to have" in found
    assert "and no response of login says what stands there" in found


def test_the_shipped_vendors_extract_what_a_response_declares() -> None:
    """A scenario that takes a value from anywhere else rests on a gap in the specification."""
    catalogue = read_catalogue(shipped_root())
    for vendor in catalogue.vendors.values():
        found = map(str, notes_on(vendor, catalogue.laws, TODAY))
        assert [note for note in found if "is extracted from" in note] == []


def test_laws_that_say_nothing_for_want_of_a_verb_are_noted(tmp_path: Path) -> None:
    """Points may be spent or lost, and nothing would show it."""
    assert "no verb burn, so that nothing is judged by" in notes(copy_tree(tmp_path))


def test_an_expired_waiver_is_noted(tmp_path: Path) -> None:
    """It waives nothing any more."""
    root = copy_tree(tmp_path)
    text = (root / WAIVERS).read_text("utf-8")
    day = re.findall(r"\d{4}-\d\d-\d\d", text)[0]
    assert "expired on" not in notes(root, date(2000, 1, 1))
    assert f"expired on {day}" in notes(root, date(2999, 1, 1))


def test_what_a_workload_can_hardly_mean_is_noted() -> None:
    """A rate, a duration and a number of members beyond those of any real ledger."""
    workload = read_workload(TREE / WORKLOAD).workload
    assert list(absurdities(workload)) == []
    odd = replace(workload, stages=(Stage("s", 1e9, 1e9, 9e9),), members=10**9)
    told = "\n".join(map(str, absurdities(odd)))
    assert "1,000,000,000 arrivals a second" in told
    assert "2,500,000 hours" in told
    assert "1,000,000,000 members" in told


def test_a_workload_that_no_memory_could_plan_is_a_mistake(tmp_path: Path) -> None:
    """The due time of each arrival is kept."""
    root = copy_tree(tmp_path)
    edit(root, WORKLOAD, "duration: 3s, rate: 20", "duration: 700h, rate: 1000000")
    (line,) = complaints(root)
    assert "expected at most 100,000,000" in line


def test_a_binding_that_cannot_be_read_has_no_follow_ups(tmp_path: Path) -> None:
    """Which verbs it binds is not known, so no scenario or workload names a wrong one."""
    root = copy_tree(tmp_path)
    text = (root / BINDING).read_text("utf-8")
    (root / BINDING).write_text(f"{text}\nverbs: [", "utf-8")
    assert len(complaints(root)) == 1
