"""The dossier of an onboarding run, as a page and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from harness.document.messages import counted
from harness.report.facts import VERDICT_WORDS
from harness.report.html.page import render_page
from harness.report.markup import SIGNS, code_span, document, escaped, heading, table
from harness.report.text import visible_document

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
        path.write_text(text, encoding="utf-8", errors="replace")
        written.append(path)
    return tuple(written)


def dossier_html(dossier: Mapping[str, Any]) -> str:
    """Return a dossier as a page."""
    shown = visible_document(dossier)
    groups = _groups(shown)
    return render_page(
        "dossier.html.jinja",
        dossier=shown,
        groups=groups,
        comparison_words=COMPARISON_WORDS,
        stated=_verdicts(shown["by_basis"]["stated"]),
        law=_verdicts(shown["by_basis"]["law"]),
        inferred=_comparisons(groups),
        effects=effects_sentence(shown["side_effects"]),
    )


def dossier_markdown(dossier: Mapping[str, Any]) -> str:
    """Return the same in GitHub-flavoured Markdown."""
    return document(_page(visible_document(dossier)))


def effects_sentence(effects: Mapping[str, Any]) -> str:
    """Return in one sentence how many members a run used, and how their balances changed."""
    used = f"The run used {counted(effects['members'], 'member')}"
    if not effects["changed"]:
        return f"{used}; no balance has changed."
    change = (
        f"the balance of {effects['changed']:,} has changed, by {effects['points']:+,} in total"
    )
    return f"{used}; {change}."


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


def _comparisons(groups: Sequence[Mapping[str, Any]]) -> Counter[str]:
    return Counter(one["comparison"] for group in groups for one in group["questions"])


def _verdicts(counts: Mapping[str, int]) -> Counter[str]:
    """Return the counts of all verdicts in the order in which a bar shows them."""
    return Counter({verdict: counts.get(verdict, 0) for verdict in _VERDICTS})


def _page(dossier: Mapping[str, Any]) -> Iterator[str]:
    groups = _groups(dossier)
    run = dossier["run"]
    yield from heading(1, f"{escaped(dossier['title'])}: dossier")
    yield f"{SIGNS[dossier['verdict']]} **{escaped(dossier['headline'])}**"
    yield ""
    yield (
        f"{escaped(dossier['target'])} ({dossier['kind']}), {escaped(run['started'])} to "
        f"{escaped(run['finished'])}, seed {run['seed']}. Repeat with {code_span(run['command'])}."
    )
    if dossier["kind"] == "mock":
        yield ""
        yield (
            "> **This run tested the built-in mock, not the vendor's server.** Nothing below is "
            "evidence about the vendor's service."
        )
    yield from _overview(dossier, groups)
    yield from _findings(dossier)
    yield from _questions(groups)
    yield from _capabilities(dossier)
    yield from _rest(dossier)


def _overview(dossier: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from heading(2, "Summary")
    for title, basis in (
        ("Requirements stated by the vendor", "stated"),
        ("Laws of every points ledger", "law"),
    ):
        found = _verdicts(dossier["by_basis"][basis])
        yield (
            f"- **{title}** (a violation fails the vendor): {found['pass']:,} of "
            f"{found.total():,} passed, {found['fail']:,} failed, {found['waived']:,} waived, "
            f"{found['inconclusive']:,} inconclusive, {found['inapplicable']:,} inapplicable"
        )
    inferred = _comparisons(groups)
    yield (
        f"- **Inferred statements** (a difference is a question, never a failure): "
        f"{inferred['agrees']:,} of {inferred.total():,} in agreement with the observations, "
        f"{inferred['differs']:,} differing, {inferred['not-observed']:,} not observed"
    )


def _findings(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield from heading(2, "Findings")
    for entry in dossier["findings"]:
        behind = ", ".join(f"{row['id']} ({row['basis']})" for row in entry["requirements"])
        yield (
            f"- {SIGNS[entry['verdict']]} **{escaped(entry['title'])}**: expected "
            f"{escaped(entry['expected'])}; observed {escaped(entry['seen'])}. {escaped(behind)}"
        )
    if not dossier["findings"]:
        yield "None."


def _questions(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from heading(2, "Open questions")
    yield (
        "Statements that were inferred because the documents leave them open, and what the run "
        "observed. The vendor is asked to confirm or correct each. None counts against the vendor."
    )
    head = ("No.", "Inferred", "Confidence", "Observed", "Vendor's answer")
    for group in groups:
        for part, title in (("open", "open"), ("agreed", "agrees with the observations")):
            rows = [
                (
                    str(one["number"]),
                    escaped(one["inferred"]),
                    one["confidence"] or "–",
                    escaped(one["observed"]),
                    "",
                )
                for one in group[part]
            ]
            if rows:
                yield from heading(3, escaped(f"{group['title']}: {title}"))
                yield from table(head, rows)


def _capabilities(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## By capability"
    for group in dossier["capabilities"]:
        yield from heading(3, escaped(group["title"]))
        rows = (
            (
                row["basis"],
                f"**{escaped(row['id'])}** {escaped(row['title'])}",
                escaped(row["source"]),
                _result(row),
            )
            for row in group["rows"]
        )
        yield from table(("Basis", "Requirement", "Source", "Result"), rows)


def _result(row: Mapping[str, Any]) -> str:
    verdict = row["verdict"]
    words = f"{SIGNS[verdict]} {VERDICT_WORDS[verdict]}"
    if row["basis"] == "inferred":
        sign = SIGNS["observed" if verdict == "fail" else verdict]
        words = f"{sign} {COMPARISON_WORDS[verdict]}"
    return f"{words}: {escaped(row['reason'])}" if row["reason"] else words


def _rest(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield from heading(2, "Stated by the vendor")
    stated = [
        (f"{one['kind']} {code_span(one['name'])}", one["basis"], escaped(one["source"]))
        for one in dossier["stated"]
    ]
    if stated:
        yield from table(("Part of the specification", "Basis", "Source"), stated)
    else:
        yield "No part of the specification is marked, so all of it counts as stated by the vendor."
    yield from heading(2, "Not tested")
    rows = [(escaped(one["subject"]), escaped(one["reason"])) for one in dossier["not_tested"]]
    if rows:
        yield from table(("Subject", "Reason"), rows)
    else:
        yield "Everything that is declared was tested."
    yield from heading(2, "Side effects left on the target")
    effects = dossier["side_effects"]
    yield effects_sentence(effects)
    changes = [
        (code_span(row["operation"]), f"{row['done']:,}", f"{row['unknown']:,}")
        for row in effects["operations"]
    ]
    if changes:
        yield ""
        yield from table(("Operation", "Succeeded", "Outcome unknown"), changes)
