from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.document.characters import visible
from harness.report.folder import write_reports
from harness.report.result import canonical_json, read_result
from tests.report.comparison import comparable
from tests.report.example import example, hostile, result_of

NAMES = {"result.json", "README", "summary.md", "junit.xml", "findings.sarif", "report.html"}


def test_folder_holds_every_form(tmp_path: Path) -> None:
    """All forms are written, and the README has the command that repeats the run."""
    written = write_reports(result_of(example()), tmp_path / "reports" / "r1")
    assert set(written) == NAMES
    assert {path.name for path in (tmp_path / "reports" / "r1").iterdir()} == NAMES
    text = written["README"].read_text(encoding="utf-8")
    assert "\n    harness gate acme borealis --target mock --seed 7 --profile full\n" in text
    assert f"harness audit {tmp_path}/reports/r1\n" in text
    for name in NAMES - {"README"}:
        assert name in text


def test_result_comes_back_as_it_was(tmp_path: Path) -> None:
    """result.json read from the folder or by its path is the document that was written."""
    written = write_reports(result_of(example()), tmp_path)
    assert read_result(tmp_path) == result_of(example())
    assert read_result(written["result.json"]) == result_of(example())


def test_hostile_text_costs_no_form(tmp_path: Path) -> None:
    """Every form of a hostile result is valid UTF-8 without control characters."""
    for path in write_reports(result_of(hostile()), tmp_path).values():
        text = path.read_bytes().decode("utf-8")
        assert not {character for character in text if ord(character) < 32} - {"\n", "\t"}
        # Markdown breaks mentions and links by a space without width.
        assert visible(text) == text or path.suffix == ".md"


def test_canonical_form_does_not_depend_on_order() -> None:
    """Keys are sorted and the text ends in a newline, so equal documents are equal bytes."""
    shuffled = dict(reversed(example().items()))
    assert canonical_json(result_of(shuffled)) == canonical_json(result_of(example()))
    assert canonical_json(result_of(example())).endswith("}\n")
    assert json.loads(canonical_json(result_of(example()))) == example()


def test_canonical_form_refuses_what_json_lacks() -> None:
    """A value that no other reader could parse is refused."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"value": float("nan")})


def test_runs_compare_without_ids_times_and_ports() -> None:
    """Two runs of the same inputs compare equal; another finding makes them differ."""
    again = example()
    again["run"] |= {"id": "other", "started": "later", "finished": "later still", "python": "3.13"}
    again["vendors"][0]["loads"][0]["series"] = []
    again["vendors"][0]["loads"][0]["lateness_ms"] = {"p50": 9, "p90": 9, "p99": 9, "max": 9}
    for entry in again["vendors"][0]["findings"]:
        entry["attempts"] = ["z"]
        entry["curl"] = [line.replace(":8080", ":49152") for line in entry["curl"]]
    assert comparable(result_of(again)) == comparable(result_of(example()))
    again["vendors"][0]["findings"].pop()
    assert comparable(result_of(again)) != comparable(result_of(example()))


def test_number_of_attempts_stays_comparable() -> None:
    """Coverage counts are facts of the inputs, unlike the ids of attempts."""
    again = example()
    again["vendors"][0]["coverage"][0]["requests"] += 1
    assert comparable(result_of(again)) != comparable(result_of(example()))
