"""The dossier of an onboarding run, as a page and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template

from harness.report.markup import SIGNS, code_span, escaped, table
from harness.report.templating import page
from harness.report.text import VERDICT_WORDS, visible_document

HTML_NAME, MARKDOWN_NAME = "dossier.html", "dossier.md"
READ_AS: Mapping[str, str] = {
    "pass": "as we read it",
    "fail": "differs",
    "waived": "differs",
    "inconclusive": "not seen",
    "inapplicable": "not seen",
    "error": "not seen",
}
"""What a verdict on an inferred rule is called: it is no verdict on the vendor."""
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
        read_as=READ_AS,
        stated=_counted(shown["standing"]["stated"]),
        law=_counted(shown["standing"]["law"]),
        asked=_asked(groups),
    )


def dossier_markdown(dossier: Mapping[str, Any]) -> str:
    """Return the same in GitHub-flavoured Markdown, the agreed readings included."""
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
    return page("dossier.html.jinja")


def _groups(dossier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions numbered through, those that need a response apart from the agreed."""
    groups = []
    number = 0
    for group in dossier["questions"]:
        if not group["points"]:
            continue
        points = []
        for point in group["points"]:
            number += 1
            points.append({**point, "number": number})
        groups.append(
            {
                "title": group["title"],
                "points": points,
                "open": [point for point in points if point["standing"] != _AGREES],
                "agreed": [point for point in points if point["standing"] == _AGREES],
            }
        )
    return groups


def _asked(groups: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    points = [point for group in groups for point in group["points"]]
    counted = {
        standing: sum(point["standing"] == standing for point in points)
        for standing in ("differs", "unseen", _AGREES)
    }
    return {"all": len(points), **counted}


def _counted(verdicts: Mapping[str, int]) -> dict[str, Any]:
    counted: dict[str, Any] = {verdict: verdicts.get(verdict, 0) for verdict in _VERDICTS}
    parts = [(counted[verdict], verdict) for verdict in _VERDICTS]
    return {"all": sum(verdicts.values()), "parts": parts, **counted}


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
            "> **This run spoke to the harness's own stand-in, not to the vendor.** Nothing below "
            "is evidence about the vendor's service."
        )
    yield from _short(dossier, groups)
    yield from _findings(dossier)
    yield from _confirm(groups)
    yield from _capabilities(dossier)
    yield from _rest(dossier)


def _short(dossier: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    stated, law = (_counted(dossier["standing"][who]) for who in ("stated", "law"))
    asked = _asked(groups)
    yield ""
    yield "## In short"
    yield ""
    for who, counted in (
        ("**What the vendor has stated** (a breach fails)", stated),
        ("**Laws of every points ledger** (a breach fails)", law),
    ):
        yield (
            f"- {who}: {counted['pass']} of {counted['all']} hold, {counted['fail']} broken, "
            f"{counted['inconclusive']} not decided, {counted['inapplicable']} not applicable"
        )
    yield (
        f"- **What we have read into it** (a difference is a question): {asked['all']} readings, "
        f"{asked[_AGREES]} as we read them, {asked['differs']} differ, {asked['unseen']} not seen"
    )


def _findings(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Findings"
    yield ""
    for entry in dossier["findings"]:
        rules = ", ".join(f"{row['id']} ({row['basis']})" for row in entry["requirements"])
        yield (
            f"- {SIGNS[entry['verdict']]} **{escaped(entry['title'])}**: expected "
            f"{escaped(entry['expected'])}; seen {escaped(entry['seen'])}. {escaped(rules)}"
        )
    if not dossier["findings"]:
        yield "None."


def _confirm(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield ""
    yield "## Please confirm"
    yield ""
    yield "How we read what the documents leave open, and what we saw. None counts against you."
    for group in groups:
        for title, points in (
            (f"{group['title']}: to answer", group["open"]),
            (f"{group['title']}: as we read it", group["agreed"]),
        ):
            if points:
                yield ""
                yield f"### {escaped(title)}"
                yield ""
                rows = (
                    (
                        str(point["number"]),
                        escaped(point["reading"]),
                        point["confidence"] or "–",
                        escaped(point["observed"]),
                        "",
                    )
                    for point in points
                )
                yield from table(("No.", "We read", "Sure", "We saw", "Your answer"), rows)


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
        yield from table(("Known how", "Rule", "Source", "Result"), rows)


def _result(row: Mapping[str, Any]) -> str:
    verdict = row["verdict"]
    told = f"{SIGNS[verdict]} {VERDICT_WORDS[verdict]}"
    if row["basis"] == "inferred":
        told = f"{SIGNS['observed' if verdict == 'fail' else verdict]} {READ_AS[verdict]}"
    return f"{told}: {escaped(row['reason'])}" if row["reason"] else told


def _rest(dossier: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## What the vendor has stated"
    yield ""
    if dossier["facts"]:
        facts = (
            (f"{fact['kind']} {code_span(fact['what'])}", fact["basis"], escaped(fact["source"]))
            for fact in dossier["facts"]
        )
        yield from table(("Part", "Known how", "Where"), facts)
    else:
        yield "The specification marks none of its parts: it is held against the vendor as a whole."
    yield ""
    yield "## Not tested, and why"
    yield ""
    yield from table(
        ("What", "Why"),
        ((escaped(row["what"]), escaped(row["why"])) for row in dossier["untested"]),
    )
    left = dossier["left"]
    yield ""
    yield "## Left behind"
    yield ""
    yield (
        f"{left['members']:,} members were used; the balance of {left['changed']:,} is another "
        f"than before, by {left['points']:+,} points in all."
    )
    yield ""
    yield from table(
        ("Operation", "Done", "Outcome unknown"),
        (
            (code_span(row["operation"]), f"{row['done']:,}", f"{row['unknown']:,}")
            for row in left["calls"]
        ),
    )
