"""The dossier of an onboarding run, as a page and as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template

from harness.document.messages import counted
from harness.report.facts import VERDICT_WORDS
from harness.report.html.template import page
from harness.report.markup import SIGNS, code_span, escaped, table
from harness.report.text import visible_document

HTML_NAME, MARKDOWN_NAME = "dossier.html", "dossier.md"
COMPARISON_WORDS: Mapping[str, str] = {
    "pass": "agrees",
    "fail": "differs",
    "waived": "differs",
    "inconclusive": "not observed",
    "inapplicable": "not observed",
    "error": "not observed",
}
"""What a verdict on an inferred requirement is called; it is not a verdict on the vendor."""
_AGREES = "agrees"
_VERDICTS = ("pass", "waived", "inapplicable", "inconclusive", "fail", "error")


def dossier_html(dossier: Mapping[str, Any]) -> str:
    """Return the page; it needs no script, no network and no other file."""
    shown = visible_document(dossier)
    groups = _groups(shown)
    return _template().render(
        dossier=shown,
        groups=groups,
        words=VERDICT_WORDS,
        comparison_words=COMPARISON_WORDS,
        stated=_verdicts(shown["by_basis"]["stated"]),
        law=_verdicts(shown["by_basis"]["law"]),
        inferred=_comparisons(groups),
    )


def dossier_markdown(dossier: Mapping[str, Any]) -> str:
    """Return the same in GitHub-flavoured Markdown."""
    return "\n".join(_page(visible_document(dossier))).rstrip("\n") + "\n"


def write_dossier(dossier: Mapping[str, Any], folder: Path, name: str = "") -> tuple[Path, ...]:
    """Write page and Markdown into a folder and return their paths.

    `name` tells the dossiers of several vendors apart; it stands before the files' own names.
    """
    prefix = f"{name}-" if name else ""
    forms = {HTML_NAME: dossier_html(dossier), MARKDOWN_NAME: dossier_markdown(dossier)}
    written = []
    for file, text in forms.items():
        path = folder / f"{prefix}{file}"
        path.write_text(text, encoding="utf-8", errors="replace")
        written.append(path)
    return tuple(written)


@lru_cache(maxsize=1)
def _template() -> Template:
    return page("dossier.html.jinja", {"effects": effects_sentence, "counted": counted})


def _groups(dossier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions with consecutive numbers, the open ones apart from those that agree."""
    groups = []
    number = 0
    for group in dossier["questions"]:
        if not group["questions"]:
            continue
        numbered = [{**one, "number": number + at} for at, one in enumerate(group["questions"], 1)]
        number += len(numbered)
        groups.append(
            {
                "title": group["title"],
                "questions": numbered,
                "open": [one for one in numbered if one["comparison"] != _AGREES],
                "agreed": [one for one in numbered if one["comparison"] == _AGREES],
            }
        )
    return groups


def _comparisons(groups: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found = Counter(one["comparison"] for group in groups for one in group["questions"])
    return {
        "all": found.total(),
        "agrees": found[_AGREES],
        "differs": found["differs"],
        "not_observed": found["not-observed"],
    }


def _verdicts(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the counts of verdicts with their sum and, for a bar, as pairs in display order."""
    found: dict[str, Any] = {verdict: counts.get(verdict, 0) for verdict in _VERDICTS}
    parts = [(found[verdict], verdict) for verdict in _VERDICTS]
    return {"all": sum(counts.values()), "parts": parts, **found}


def _page(dossier: Mapping[str, Any]) -> Iterator[str]:
    groups = _groups(dossier)
    yield f"# {escaped(dossier['title'])}: dossier"
    yield ""
    yield f"{SIGNS[dossier['verdict']]} **{escaped(dossier['headline'])}**"
    yield ""
    run = dossier["run"]
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
    inferred = _comparisons(groups)
    yield ""
    yield "## Summary"
    yield ""
    for title, basis in (
        ("Requirements stated by the vendor", "stated"),
        ("Laws of every points ledger", "law"),
    ):
        found = _verdicts(dossier["by_basis"][basis])
        yield (
            f"- **{title}** (a violation fails the vendor): {found['pass']:,} of {found['all']:,} "
            f"passed, {found['fail']:,} failed, {found['waived']:,} waived, "
            f"{found['inconclusive']:,} inconclusive, {found['inapplicable']:,} inapplicable"
        )
    yield (
        f"- **Inferred statements** (a difference is a question, never a failure): "
        f"{inferred['agrees']:,} of {inferred['all']:,} in agreement with the observations, "
        f"{inferred['differs']:,} differing, {inferred['not_observed']:,} not observed"
    )


def _findings(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Findings"
    yield ""
    for entry in dossier["findings"]:
        behind = ", ".join(f"{row['id']} ({row['basis']})" for row in entry["requirements"])
        yield (
            f"- {SIGNS[entry['verdict']]} **{escaped(entry['title'])}**: expected "
            f"{escaped(entry['expected'])}; observed {escaped(entry['seen'])}. {escaped(behind)}"
        )
    if not dossier["findings"]:
        yield "None."


def _questions(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield "## Open questions"
    yield ""
    yield (
        "Statements that were inferred because the documents leave them open, and what the run "
        "observed. The vendor is asked to confirm or correct each. None counts against the vendor."
    )
    for group in groups:
        for title, listed in (
            (f"{group['title']}: open", group["open"]),
            (f"{group['title']}: agrees with the observations", group["agreed"]),
        ):
            if listed:
                yield ""
                yield f"### {escaped(title)}"
                yield ""
                rows = (
                    (
                        str(one["number"]),
                        escaped(one["inferred"]),
                        one["confidence"] or "–",
                        escaped(one["observed"]),
                        "",
                    )
                    for one in listed
                )
                head = ("No.", "Inferred", "Confidence", "Observed", "Vendor's answer")
                yield from table(head, rows)


def _capabilities(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## By capability"
    for group in dossier["capabilities"]:
        yield ""
        yield f"### {escaped(group['title'])}"
        yield ""
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
    yield ""
    yield "## Stated by the vendor"
    yield ""
    if dossier["stated"]:
        rows = (
            (f"{one['kind']} {code_span(one['name'])}", one["basis"], escaped(one["source"]))
            for one in dossier["stated"]
        )
        yield from table(("Part of the specification", "Basis", "Source"), rows)
    else:
        yield "No part of the specification is marked, so all of it counts as stated by the vendor."
    yield ""
    yield "## Not tested"
    yield ""
    if dossier["not_tested"]:
        yield from table(
            ("Subject", "Reason"),
            ((escaped(one["subject"]), escaped(one["reason"])) for one in dossier["not_tested"]),
        )
    else:
        yield "Everything that is declared was tested."
    effects = dossier["side_effects"]
    yield ""
    yield "## Side effects left on the target"
    yield ""
    yield effects_sentence(effects)
    if effects["operations"]:
        yield ""
        yield from table(
            ("Operation", "Succeeded", "Outcome unknown"),
            (
                (code_span(row["operation"]), f"{row['done']:,}", f"{row['unknown']:,}")
                for row in effects["operations"]
            ),
        )


def effects_sentence(effects: Mapping[str, Any]) -> str:
    """Return in one sentence how many members a run used, and how their balances changed."""
    used = f"The run used {counted(effects['members'], 'member')}"
    if not effects["changed"]:
        return f"{used}; no balance has changed."
    change = (
        f"the balance of {effects['changed']:,} has changed, by {effects['points']:+,} in total"
    )
    return f"{used}; {change}."
