from __future__ import annotations

import json
from typing import Any

from harness.report.sarif import sarif
from tests.report.example import example, hostile, result_of


def log(result: dict[str, Any]) -> dict[str, Any]:
    """Return the one run of a SARIF log."""
    document = json.loads(sarif(result_of(result)))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return dict(run)


def test_each_finding_is_a_result_of_its_rule() -> None:
    """Findings and observations refer to a declared requirement by id and by index."""
    run = log(example())
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 5
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
    assert [r["ruleId"] for r in run["results"]] == [
        "LAW-ONE-EFFECT",
        "ACME-IDEM-1",
        "threshold:response_ms_p99",
        "ACME-BULK-3",
        "ACME-VOID-4",
    ]


def test_observations_are_notes_and_the_rest_errors() -> None:
    """What does not fail the vendor does not alarm code scanning."""
    levels = [result["level"] for result in log(example())["results"]]
    assert levels == ["error"] * 4 + ["note"]


def test_waived_finding_is_suppressed_with_its_reason() -> None:
    """Only the waived finding has a suppression, and it says who, until when and why."""
    suppressed = [r["suppressions"] for r in log(example())["results"] if "suppressions" in r]
    assert suppressed == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "J. Doe, until 2027-01-31: fixed in their release 4.2",
            }
        ]
    ]


def test_location_is_where_the_rule_is_declared() -> None:
    """file:line becomes a location; a finding without a place has none."""
    places = [result["locations"] for result in log(example())["results"]]
    assert places[0] == []
    assert places[2] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "loadtests/earn-burn.yaml"},
                "region": {"startLine": 24},
            }
        }
    ]


def test_run_says_its_exit_code() -> None:
    """A vendor's failure is a successful execution of the harness; its own fault is not."""
    assert log(example())["invocations"][0]["executionSuccessful"] is True
    assert log(example())["invocations"][0]["exitCode"] == 1
    own = {**example(), "verdict": "error", "exit": 6}
    assert log(own)["invocations"][0]["executionSuccessful"] is False


def test_hostile_text_stays_text() -> None:
    """Odd characters are escaped, also in a place that becomes an address."""
    text = sarif(result_of(hostile()))
    assert "\x1b" not in text
    for result in log(hostile())["results"]:
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert " " not in uri
            assert "<" not in uri
