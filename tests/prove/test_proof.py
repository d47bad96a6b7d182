"""The document of a proof, its page and its lines on a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.document.reader import compose_json, read_document
from harness.document.schema import validate
from harness.prove.proof import Scope, proof_of
from harness.prove.seeded_auditors import SEEDED_AUDITORS
from harness.prove.trial import TrialResult
from harness.report.proof import proof_html, proof_lines, write_proof
from harness.report.result import canonical_json
from tests.prove.trials import RUN, correct, defective

PART = Scope("ci", trials=0, complete=False)


def proof(*results: TrialResult, scope: Scope = PART, not_run: int = 0) -> dict[str, Any]:
    """Return the document of made-up trials, with some more that were planned and not run."""
    return proof_of(results, replace(scope, trials=len(results) + not_run), RUN)


def test_a_proof_passes_when_defects_are_killed_without_false_positives() -> None:
    """Every defect killed, every seeded auditor detected: exit 0, with the rule of three."""
    document = proof(defective("a", "scenario:x"), *(correct(seed=n) for n in range(1, 7)))
    assert (document["verdict"], document["exit"], document["problems"]) == ("pass", 0, [])
    assert document["conditions"][0]["rate_bound"] == 0.5
    assert document["vendors"][0]["share"] == 1.0


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (defective("a"), "acme a: survived"),
        (correct(false_positive=True), "false positive on a correct server (invariant:floor"),
        (correct(error="the mock did not start"), "the mock did not start"),
        (correct(inconclusive=True), "inconclusive, although there was no network fault"),
        (
            correct(seeded_auditors=dict.fromkeys(SEEDED_AUDITORS, 0)),
            "had no false positive in 1 run",
        ),
    ],
)
def test_a_problem_is_told_and_exits_1(result: TrialResult, words: str) -> None:
    """A surviving defect, a false positive, a failed trial, a blind search each fail the proof."""
    document = proof(result)
    assert document["exit"] == 1
    assert any(words in sentence for sentence in document["problems"])


@pytest.mark.parametrize(
    ("profile", "surviving", "code"), [("ci", 10, 0), ("ci", 11, 1), ("full", 3, 1)]
)
def test_a_share_of_the_complete_catalogue_must_be_killed(
    profile: str, surviving: int, code: int
) -> None:
    """90 % by profile ci, 98 % by profile full."""
    killed = [defective(f"k{n}", "scenario:x") for n in range(100 - surviving)]
    lost = [defective(f"m{n}") for n in range(surviving)]
    complete = replace(PART, profile=profile, complete=True)
    assert proof(*killed, *lost, scope=complete)["exit"] == code


def test_an_interrupted_proof_keeps_its_results_and_fails() -> None:
    """The finished trials are told; no share is taken, and no check is missing a kill."""
    complete = replace(PART, complete=True, checks=("scenario:idle",))
    document = proof(defective("a", "scenario:x"), defective("b"), scope=complete, not_run=3)
    assert document["exit"] == 1
    assert document["problems"] == ["interrupted: 3 of 5 trials were not run", "acme b: survived"]
    assert [kill["killed"] for kill in document["kills"]] == [True, False]
    assert not document["run"]["complete"]


def test_a_check_that_kills_nothing_is_told() -> None:
    """In a complete proof every common scenario and invariant must kill a defect."""
    scope = replace(PART, complete=True, checks=("scenario:x", "scenario:idle", "invariant:floor"))
    document = proof(defective("a", "scenario:x"), scope=scope)
    assert document["checks_without_kill"] == ["scenario:idle", "invariant:floor"]
    assert document["exit"] == 1


def test_the_document_keeps_its_schema_and_the_page_shows_it(tmp_path: Path) -> None:
    """result.json is valid; the page names every defect, marks what killed it, escapes texts."""
    document = proof(
        defective("a", "scenario:x"),
        defective("b"),
        correct(),
        correct("slow", false_positive=True),
    )
    write_proof(document, tmp_path)
    validate(read_document(tmp_path / "result.json"), "proof")
    assert json.loads((tmp_path / "result.json").read_text("utf-8")) == document
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page == proof_html(document)
    assert "scenario:x" in page
    assert '<td class="by"><code>scenario:x</code></td>' in page
    assert 'class="n first"' in page
    assert 'class="survived"' in page
    assert "Something is &lt;wrong&gt;" in page
    assert "<script" not in page


def test_an_auditor_that_nothing_could_detect_is_not_run_and_no_problem() -> None:
    """The vendor and the reason are told; on another vendor it must be detected."""
    why = "not observable: no verb reads a balance"
    blind = replace(correct(seeded_auditors={}), undetectable={"tail-dropped": why})
    document = proof(blind)
    validate(compose_json(canonical_json(document), Path("result.json")), "proof")
    assert (document["exit"], document["problems"]) == (0, [])
    assert f"  tail-dropped          not run on acme, {why}" in lines(document)
    assert f"not run on acme, {why}" in proof_html(document)
    other = correct(seeded_auditors={"tail-dropped": 0})
    other = replace(other, trial=replace(other.trial, vendor="apex"))
    assert proof(blind, other)["exit"] == 1


def lines(document: dict[str, Any]) -> list[str]:
    """Return what a terminal shows of a proof."""
    return ["".join(piece for piece, _ in line) for line in proof_lines(document)]


def test_the_terminal_shows_a_proof_that_failed() -> None:
    """A line for each defect, condition and seeded auditor, and the reasons."""
    undetected = dict.fromkeys(SEEDED_AUDITORS, 0)
    document = proof(
        defective("a", "scenario:x"),
        defective("bb"),
        correct(seeded_auditors={**undetected, "tail-dropped": 2}),
        correct("slow", seed=2, seeded_auditors={}, false_positive=True),
    )
    assert lines(document) == [
        "FAIL  Failed: 1 of 2 seeded defects killed, false positives in 1 of 2 runs of correct "
        "servers, 5 problems.",
        "",
        "acme: 1 of 2 defects killed, false positives in 1 of 2 runs of correct servers",
        "  defect  shows     killed by   requests  seconds",
        "  a       sequence  scenario:x  40        1.5",
        "  bb      sequence  (survived)  -         -",
        "  clean             false positives in 0 of 1 run; 100 requests, 3 unknown; "
        "20 accounts, 0 inconclusive",
        "  slow              false positives in 1 of 1 run; 100 requests, 3 unknown; "
        "20 accounts, 0 inconclusive",
        "",
        "Seeded faulty auditors",
        "  timeouts-as-failures  detected in 0 of 1 run",
        "  timeouts-as-done      detected in 0 of 1 run",
        "  unknowns-ignored      detected in 0 of 1 run",
        "  tail-dropped          detected in 1 of 1 run",
        "",
        "Problems",
        "  acme bb: survived",
        "  acme slow, seed 2: false positive on a correct server (invariant:floor: "
        "Something is <wrong>)",
        "  an auditor that takes a request without a response for one without effect "
        "had no false positive in 1 run",
        "  an auditor that takes a request without a response for one that succeeded "
        "had no false positive in 1 run",
        "  an auditor that ignores every request without a response had no false positive in 1 run",
    ]


@pytest.mark.parametrize(
    ("results", "headline"),
    [
        ((defective("a", "x"),), "Passed: 1 of 1 seeded defect killed."),
        ((correct(),), "Passed: false positives in 0 of 1 run of a correct server."),
        (
            (defective("a"), defective("b", "x"), correct()),
            "Failed: 1 of 2 seeded defects killed, false positives in 0 of 1 run of a correct "
            "server, 1 problem.",
        ),
    ],
    ids=["defects", "correct servers", "both"],
)
def test_the_headline_counts_what_was_tried(
    results: tuple[TrialResult, ...], headline: str
) -> None:
    """Verdict first; what was not tried is left out; counts agree with their nouns."""
    document = proof(*results)
    assert document["headline"] == headline
    assert lines(document)[0].endswith(headline)
