"""What a proof says of a vendor that has no mock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.document.reader import compose_json
from harness.document.schema import validate
from harness.prove.plan import OWN_SERVER, own_server_trials
from harness.prove.proof import Scope, proof_of
from harness.prove.trial import TrialResult
from harness.report.proof import proof_html, proof_lines
from harness.report.result import canonical_json
from tests.prove.trials import RUN, correct, defective


def own_server(*, detected: int = 1, violated: bool = False) -> TrialResult:
    """Return the trial of a vendor on its own server."""
    (trial,) = own_server_trials(["acme"], "ci")
    made = correct(false_positive=violated)
    return replace(made, trial=trial, seeded_auditors={"tail-dropped": detected})


def proof(*results: TrialResult, without_mock: dict[str, str]) -> dict[str, Any]:
    """Return the proof of these trials; it keeps its schema."""
    scope = Scope("ci", len(results), complete=False, without_mock=without_mock)
    document = proof_of(results, scope, RUN)
    validate(compose_json(canonical_json(document), Path("result.json")), "proof")
    return document


def test_a_proof_without_a_mock_is_inconclusive_and_says_why() -> None:
    """Neither defects nor false positives are shown; what the laws detect is."""
    document = proof(own_server(), without_mock={"acme": ""})
    assert (document["verdict"], document["exit"]) == ("inconclusive", 5)
    assert document["problems"] == []
    assert document["conditions"] == [], "its server is not known to be correct"
    (auditor,) = [a for a in document["seeded_auditors"] if a["auditor"] == "tail-dropped"]
    assert (auditor["runs"], auditor["detected"]) == (1, 1)
    defects, false_positives = document["not_shown"]
    assert "acme: seeded defects" in defects
    assert "no mock" in defects
    assert "not known to be correct" in false_positives
    assert "passed" in false_positives
    page, lines = proof_html(document), str(list(proof_lines(document)))
    assert defects in lines
    assert "Not shown" in page


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (own_server(detected=0), "that its laws detect an auditor that loses the last tenth"),
        (
            replace(own_server(), seeded_auditors={}, undetectable={"tail-dropped": "no balance"}),
            "that its laws detect an auditor that loses the last tenth of the changes; no balance",
        ),
        (own_server(violated=True), "the gate of it had 1 finding"),
    ],
)
def test_what_its_own_server_does_is_no_problem_of_the_harness(
    result: TrialResult, words: str
) -> None:
    """A violation may be the server's, and laws that see nothing are the binding's."""
    document = proof(result, without_mock={"acme": ""})
    assert document["exit"] == 5
    assert words in str(document["not_shown"])


def test_a_vendor_without_mock_and_server_is_told_with_the_reason() -> None:
    """Nothing is run, and a surviving defect of another vendor still fails the proof."""
    reason = "targets.yaml:3: no server"
    document = proof(defective("a", vendor="apex"), without_mock={"acme": reason})
    assert document["exit"] == 1
    assert reason in str(document["not_shown"])
    assert OWN_SERVER not in str(document)
