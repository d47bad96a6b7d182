"""What is concluded from the trials, and how it is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.document.reader import read_document
from harness.document.schema import validate
from harness.prove.proof import Scope, proof_of
from harness.prove.seeded_auditors import SINS
from harness.prove.trial import Measured
from harness.report.proof import proof_html, proof_lines, write_proof
from tests.prove.measured import RUN, correct, defective

PART = Scope("ci", trials=0, whole=False)


def proof(*measured: Measured, scope: Scope = PART, unmade: int = 0) -> dict[str, Any]:
    """Return the document of made-up trials, of which some more were to be made."""
    return proof_of(measured, replace(scope, trials=len(measured) + unmade), RUN)


def test_all_is_as_it_must_be() -> None:
    """Every defect killed, nobody accused, every sin seen: exit 0, with the bound of three."""
    document = proof(defective("a", "scenario:x"), *(correct(seed=n) for n in range(1, 7)))
    assert (document["verdict"], document["exit"], document["wrong"]) == ("pass", 0, [])
    assert document["conditions"][0]["bound"] == 0.5
    assert document["vendors"][0]["share"] == 1.0


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (defective("a"), "acme a: missed"),
        (correct(alarm=True), "a correct server was accused (invariant:floor"),
        (correct(error="the mock did not start"), "the mock did not start"),
        (correct(undecided=True), "nothing happened on the wire, and yet it was not decided"),
        (correct(sins=dict.fromkeys(SINS, 0)), "raised no false alarm in 1 runs"),
    ],
)
def test_what_is_wrong_is_told_and_exits_1(measured: Measured, words: str) -> None:
    """A missed defect, a false alarm, a broken trial and a toothless search each fail the proof."""
    document = proof(measured)
    assert document["exit"] == 1
    assert any(words in sentence for sentence in document["wrong"])


@pytest.mark.parametrize(
    ("profile", "missed", "code"), [("ci", 10, 0), ("ci", 11, 1), ("full", 3, 1)]
)
def test_of_the_whole_catalogue_a_share_must_be_killed(
    profile: str, missed: int, code: int
) -> None:
    """Nine in ten by the short profile, 98 in 100 by the long one."""
    killed = [defective(f"k{n}", "scenario:x") for n in range(100 - missed)]
    lost = [defective(f"m{n}") for n in range(missed)]
    whole = replace(PART, profile=profile, whole=True)
    assert proof(*killed, *lost, scope=whole)["exit"] == code


def test_an_interrupted_proof_keeps_what_was_done_and_proves_nothing() -> None:
    """The trials made are told; of a part no share is taken, and no check is called idle."""
    whole = replace(PART, whole=True, scenarios=("idle",))
    document = proof(defective("a", "scenario:x"), defective("b"), scope=whole, unmade=3)
    assert document["exit"] == 1
    assert document["wrong"] == ["interrupted: 3 of 5 trials were not made", "acme b: missed"]
    assert [kill["killed"] for kill in document["kills"]] == [True, False]
    assert not document["run"]["whole"]


def test_a_check_that_kills_nothing_is_told() -> None:
    """Of the whole catalogue every shared scenario and invariant must kill something."""
    scope = replace(PART, whole=True, scenarios=("x", "idle"), invariants=("floor",))
    document = proof(defective("a", "scenario:x"), scope=scope)
    assert document["idle"] == ["scenario:idle", "invariant:floor"]
    assert document["exit"] == 1


def test_the_document_keeps_its_schema_and_the_page_shows_it(tmp_path: Path) -> None:
    """result.json is valid; the page names every defect, marks its killer, escapes its words."""
    document = proof(
        defective("a", "scenario:x"), defective("b"), correct(), correct("slow", alarm=True)
    )
    write_proof(document, tmp_path)
    validate(read_document(tmp_path / "result.json"), "proof")
    assert json.loads((tmp_path / "result.json").read_text("utf-8")) == document
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page == proof_html(document)
    assert "scenario:x" in page
    assert '<td class="by"><code>scenario:x</code></td>' in page
    assert 'class="n first"' in page
    assert 'class="missed"' in page
    assert "Something is &lt;wrong&gt;" in page
    assert "<script" not in page


def test_the_terminal_tells_each_defect_and_what_is_wrong() -> None:
    """A line for each defect, each condition and each sin, and the reasons of a failure."""
    document = proof(defective("a", "scenario:x"), defective("b"), correct())
    text = "\n".join("".join(piece for piece, _ in line) for line in proof_lines(document))
    for words in (
        "1 of 2 defects killed",
        "scenario:x",
        "nothing",
        "tail-dropped",
        "acme b: missed",
    ):
        assert words in text
