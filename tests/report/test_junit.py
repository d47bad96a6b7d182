from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from harness.report.junit import junit
from tests.report.example import example, finding, hostile, requirement, result_of


def only(row: dict[str, Any], **vendor: Any) -> ElementTree.Element:
    """Return the one case of a vendor that has this row."""
    result = example()
    empty = {"findings": [], "observations": [], "exit": 0, "verdict": "pass", **vendor}
    result["vendors"] = [{**result["vendors"][0], **empty, "requirements": [row]}]
    return next(ElementTree.fromstring(junit(result_of(result))).iter("testcase"))


@pytest.mark.parametrize(
    ("row", "vendor", "tag", "kind"),
    [
        (requirement("R", "t", "pass"), {}, None, None),
        (requirement("R", "t", "inapplicable", "x"), {}, "skipped", "inapplicable"),
        (requirement("R", "t", "waived", "x"), {}, "skipped", "waived"),
        (requirement("R", "t", "inconclusive", "x"), {"exit": 5}, "error", "inconclusive"),
        (requirement("R", "t", "inconclusive", "x"), {"exit": 0}, "skipped", "inconclusive"),
        (
            requirement("R", "t", "inconclusive", "left out of this run"),
            {"exit": 1},
            "skipped",
            "unchecked",
        ),
        (
            requirement("R", "t", "inconclusive", "x", basis="inferred"),
            {"exit": 5},
            "skipped",
            "inconclusive",
        ),
        (requirement("R", "t", "error", "x"), {"exit": 6}, "error", "error"),
        (requirement("R", "t", "fail", "x", basis="inferred"), {}, "skipped", "observed"),
        (
            requirement("R", "t", "fail", "x"),
            {"exit": 1, "findings": [finding("f", [requirement("R", "t", "fail")])]},
            "failure",
            "scenario:idempotency.earn-repeated#balance",
        ),
    ],
)
def test_each_verdict_has_its_element(
    row: dict[str, Any], vendor: dict[str, Any], tag: str | None, kind: str | None
) -> None:
    """Only what keeps a vendor from passing turns a case red."""
    outcomes = list(only(row, **vendor))
    if tag is None:
        assert outcomes == []
        return
    (outcome,) = outcomes
    assert (outcome.tag, outcome.get("type")) == (tag, kind)


def test_hostile_text_is_legal_xml() -> None:
    """Control characters and markup are shown as text, so that every reader can parse the file."""
    text = junit(result_of(hostile()))
    root = ElementTree.fromstring(text)
    assert "\\x1b[31mred" in "".join(root.itertext())
    assert "\\x00" in text
    assert "<script" not in text


def test_vendor_without_a_rule_and_a_decision_is_not_green() -> None:
    """An empty suite would read as a pass, so it holds an error."""
    result = example()
    empty = {"requirements": [], "findings": [], "exit": 5, "verdict": "inconclusive"}
    result["vendors"] = [{**result["vendors"][0], **empty}]
    root = ElementTree.fromstring(junit(result_of(result)))
    assert root.get("errors") == "1"


def test_a_vendor_that_did_not_pass_has_a_red_case() -> None:
    """Where every requirement passed and the run failed all the same, the suite says so."""
    result = example()
    rows = [requirement("R", "t", "pass", "")]
    broken = {"requirements": rows, "findings": [], "exit": 6, "verdict": "error"}
    result["vendors"] = [{**result["vendors"][0], **broken}]
    assert ElementTree.fromstring(junit(result_of(result))).get("errors") == "1"


def test_a_finding_of_a_requirement_without_a_row_has_a_case() -> None:
    """An inferred requirement fails in a strict run, though no row of the vendor names it."""
    result = example()
    rows = [requirement("R", "t", "pass", "")]
    strict = {
        "requirements": rows,
        "findings": [finding("f", [requirement("INFERRED-X", "t", "fail", "")])],
        "exit": 1,
        "verdict": "fail",
    }
    result["vendors"] = [{**result["vendors"][0], **strict}]
    assert ElementTree.fromstring(junit(result_of(result))).get("failures") == "1"
