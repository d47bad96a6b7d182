"""The dossier as a page and as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.report.dossier import (
    dossier_html,
    dossier_markdown,
    write_dossier,
)
from tests.report.dossier import made, question
from tests.report.example import HOSTILE, example


@pytest.mark.parametrize(
    ("members", "changed", "points", "sentence"),
    [
        (0, 0, 0, "The run used 0 members; no balance has changed."),
        (1, 1, 5, "The run used 1 member; the balance of 1 has changed, by +5 in total."),
        (2, 2, -1200, "The run used 2 members; the balance of 2 has changed, by -1,200 in total."),
    ],
)
def test_side_effects_are_told_in_a_sentence(
    members: int, changed: int, points: int, sentence: str
) -> None:
    """Counts agree with their nouns, and the sum has its sign."""
    effects = {"members": members, "changed": changed, "points": points, "operations": []}
    document = made(side_effects=effects)
    assert f"<p>{sentence}</p>" in dossier_html(document)
    assert f"\n{sentence}\n" in dossier_markdown(document)


def test_questions_are_numbered_through_and_those_that_agree_come_apart() -> None:
    """A number names the same question in page and Markdown; an empty group is left out."""
    page, text = dossier_html(made()), dossier_markdown(made())
    assert re.findall(r'<td class="number">(\d+)</td>', page) == ["1", "2", "3", "4"]
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["1", "2", "3", "4"]
    assert "Contents of requests" not in page + text
    assert text.index("### Paths and methods: open") < text.index(
        "### Paths and methods: agrees with the observations"
    )
    assert "<summary>1 statement in agreement with the observations</summary>" in page
    assert "2 of 4 in agreement with the observations, 1 differing, 1 not observed" in text


def test_stated_requirements_and_laws_are_counted_apart() -> None:
    """Each verdict has its own word and its own figure."""
    text = dossier_markdown(made())
    assert "4 of 5 passed, 1 failed, 0 waived, 0 inconclusive, 0 inapplicable" in text
    assert "1 of 1 passed, 0 failed" in text
    assert "4 <small>of 5 requirements passed</small>" in dossier_html(made())


def test_an_inferred_requirement_never_has_a_verdict() -> None:
    """What failed is told to differ; what could not be seen is told as not observed."""
    rows = [
        {**row, "basis": "inferred", "verdict": verdict, "reason": ""}
        for row, verdict in zip(
            example()["vendors"][0]["requirements"],
            ("fail", "pass", "inconclusive"),
            strict=False,
        )
    ]
    document = made(capabilities=[{"title": "Voids", "rows": rows}])
    text = dossier_markdown(document)
    section = text[text.index("### Voids") : text.index("## Stated by the vendor")]
    assert re.findall(r"\| \S+ ([a-z ]+) \|$", section, re.MULTILINE) == [
        "differs",
        "agrees",
        "not observed",
    ]
    assert '<span class="badge comparison fail">differs</span>' in dossier_html(document)


def test_a_mock_is_named_as_no_evidence_about_the_vendor() -> None:
    """A dossier of the mock must not be mistaken for one of the vendor's server."""
    for render in (dossier_html, dossier_markdown):
        assert "tested the built-in mock" in render(made())
        assert "tested the built-in mock" not in render(made(kind="sandbox"))


def test_nothing_from_outside_can_act_in_a_dossier() -> None:
    """Texts of the vendor and of declarations are escaped in both forms."""
    document = made(title=HOSTILE, headline=HOSTILE)
    document["questions"][0]["questions"] = [question("differs", HOSTILE)]
    document["not_tested"] = [{"subject": HOSTILE, "reason": HOSTILE}]
    page, text = dossier_html(document), dossier_markdown(document)
    assert "<script" not in page
    assert "<script" not in text
    for form in (page, text):
        assert "\x1b" not in form
        assert "\u202e" not in form


def test_an_empty_dossier_says_so() -> None:
    """No finding, no mark, nothing untested, nothing left: each section has a sentence."""
    effects = {"members": 0, "changed": 0, "points": 0, "operations": []}
    document = made(
        findings=[], stated=[], not_tested=[], questions=[], operations=[], side_effects=effects
    )
    text, page = dossier_markdown(document), dossier_html(document)
    assert "## Findings\n\nNone.\n" in text
    for sentence in (
        "No part of the specification is marked",
        "Everything that is declared was tested.",
        "no balance has changed.",
    ):
        assert sentence in text
        assert sentence in page
    assert "| Operation |" not in text


def test_dossiers_of_several_vendors_have_names_of_their_own(tmp_path: Path) -> None:
    """One vendor's files have short names, those of several begin with the vendor's."""
    single = write_dossier(made(), tmp_path)
    several = write_dossier(made(), tmp_path, "acme")
    assert [path.name for path in single] == ["dossier.html", "dossier.md"]
    assert [path.name for path in several] == ["acme-dossier.html", "acme-dossier.md"]
    assert all(path.stat().st_size > 1000 for path in (*single, *several))
