"""The dossier of an onboarding run, as a page and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from harness.document.characters import visible
from harness.document.private import write_private
from harness.model.record import with_texts
from harness.report.page import render_template

COMPARISON_WORDS: Mapping[str, str] = {
    "pass": "agrees",
    "fail": "differs",
    "waived": "differs",
    "inconclusive": "not observed",
    "inapplicable": "not observed",
    "error": "not observed",
}
"""What a verdict on an inferred requirement is called; it is not a verdict on the vendor."""
_VERDICTS = ("pass", "waived", "inapplicable", "inconclusive", "fail", "error")


def write_dossier(dossier: Mapping[str, Any], folder: Path, name: str = "") -> tuple[Path, ...]:
    """Write page and Markdown into a folder and return their paths.

    `name` tells the dossiers of several vendors apart; it stands before the files' own names.
    """
    prefix = f"{name}-" if name else ""
    written = []
    for suffix, text in (("html", dossier_html(dossier)), ("md", dossier_markdown(dossier))):
        path = folder / f"{prefix}dossier.{suffix}"
        write_private(path, text)
        written.append(path)
    return tuple(written)


def dossier_html(dossier: Mapping[str, Any]) -> str:
    """Return a dossier as a page."""
    return render_template("dossier.html.jinja", **_values(dossier))


def dossier_markdown(dossier: Mapping[str, Any]) -> str:
    """Return the same in GitHub-flavoured Markdown."""
    return render_template("dossier.md.jinja", **_values(dossier))


def _values(dossier: Mapping[str, Any]) -> dict[str, Any]:
    shown = with_texts(dossier, visible)
    groups = _groups(shown)
    return {
        "dossier": shown,
        "groups": groups,
        "comparison_words": COMPARISON_WORDS,
        "stated": _verdicts(shown["by_basis"]["stated"]),
        "law": _verdicts(shown["by_basis"]["law"]),
        "inferred": Counter(one["comparison"] for group in groups for one in group["questions"]),
    }


def _groups(dossier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions with consecutive numbers, the open ones apart from those that agree."""
    numbers = count(1)
    groups = []
    for group in dossier["questions"]:
        questions = [{**one, "number": next(numbers)} for one in group["questions"]]
        if questions:
            agreed = [one for one in questions if one["comparison"] == "agrees"]
            left = [one for one in questions if one["comparison"] != "agrees"]
            groups.append({**group, "questions": questions, "open": left, "agreed": agreed})
    return groups


def _verdicts(counts: Mapping[str, int]) -> Counter[str]:
    """Return the counts of all verdicts in the order in which a bar shows them."""
    return Counter({verdict: counts.get(verdict, 0) for verdict in _VERDICTS})
