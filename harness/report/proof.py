"""The result of a proof, on a terminal and as one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.document.characters import visible
from harness.document.messages import counted
from harness.document.private import private_folder, write_private
from harness.model.record import with_texts
from harness.report.page import render_template
from harness.report.result import FILE_NAME, canonical_json
from harness.report.terminal import Line, aligned, write_lines
from harness.report.text import number, one_line

_COLUMNS = ("defect", "shows", "killed by", "requests", "seconds")
# Checks that are many of a kind share a column of the matrix; the others have one each.
_SHARED = frozenset({"property", "response"})


def write_proof(document: Mapping[str, Any], folder: Path) -> None:
    """Write the document and its page into a folder, which is created if need be."""
    private_folder(folder)
    write_private(folder / FILE_NAME, canonical_json(document))
    write_private(folder / "report.html", proof_html(document))


def print_proof(document: Mapping[str, Any], console: Console) -> None:
    """Print the verdict, each vendor's trials, the seeded auditors and the problems."""
    write_lines(proof_lines(document), console)


def proof_lines(document: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the lines of a proof as pieces of text with the names of their styles."""
    yield [
        (document["verdict"].upper(), document["verdict"]),
        (f"  {document['headline']}", "head"),
    ]
    for vendor in document["vendors"]:
        yield []
        yield [(f"{vendor['vendor']}: ", "head"), (_share(vendor), "")]
        yield from _kill_lines(_of(vendor, document["kills"]))
        yield from map(_condition_line, _of(vendor, document["conditions"]))
    if document["seeded_auditors"]:
        yield []
        yield [("Seeded faulty auditors", "head")]
    for auditor in document["seeded_auditors"]:
        reasons = [f"{vendor}, {why}" for vendor, why in auditor["not_run"].items()]
        words, style = "not run" + (f" on {'; '.join(reasons)}" if reasons else ""), ""
        if auditor["runs"]:
            words = f"detected in {auditor['detected']:,} of {counted(auditor['runs'], 'run')}"
            style = "pass" if auditor["detected"] else "fail"
        yield [(f"  {auditor['auditor']:22}", ""), (words, style)]
    for title, key, style in (
        ("Problems", "problems", "fail"),
        ("Not shown", "not_shown", "inconclusive"),
    ):
        if document[key]:
            yield []
            yield [(title, "head")]
        for sentence in document[key]:
            yield [(f"  {one_line(sentence)}", style)]


def _of(
    vendor: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    return [row for row in rows if row["vendor"] == vendor["vendor"]]


def _share(vendor: Mapping[str, Any]) -> str:
    parts = []
    if vendor["defects"]:
        parts.append(f"{vendor['killed']:,} of {counted(vendor['defects'], 'defect')} killed")
    if vendor["runs"]:
        runs = counted(vendor["runs"], "run of a correct server", "runs of correct servers")
        parts.append(f"false positives in {vendor['false_positive_runs']:,} of {runs}")
    if vendor["rate_bound"] is not None:
        parts.append(f"rate at most {vendor['rate_bound']:.1%} at 95 % confidence")
    return ", ".join(parts) or "no mock; its own server was run"


def _kill_lines(kills: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    rows = [
        (
            kill["defect"],
            kill["shows"],
            kill["killed_by"] or ("(failed)" if kill["error"] else "(survived)"),
            number(kill["requests"]),
            number(kill["seconds"]),
        )
        for kill in kills
    ]
    if rows:
        styles = ("faint", *("" if kill["killed"] else "fail" for kill in kills))
        for style, cells in zip(styles, aligned([_COLUMNS, *rows]), strict=True):
            yield [(f"  {'  '.join(cells).rstrip()}", style)]


def _condition_line(part: Mapping[str, Any]) -> Line:
    words = (
        f"false positives in {part['false_positive_runs']:,} of {counted(part['runs'], 'run')}; "
        f"{counted(part['requests'], 'request')}, {part['unknown']:,} unknown; "
        f"{counted(part['accounts'], 'account')}, {part['inconclusive']:,} inconclusive"
    )
    return [
        (f"  {part['condition']:18}", ""),
        (words, "fail" if part["false_positive_runs"] else ""),
    ]


def proof_html(document: Mapping[str, Any]) -> str:
    """Return a proof as a page."""
    shown = with_texts(document, visible)
    matrices = [_matrix(vendor, shown) for vendor in shown["vendors"]]
    return render_template("proof.html.jinja", proof=shown, matrices=matrices)


def _matrix(vendor: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return one vendor's kill matrix: its columns, and a row of counts for each defect."""
    kills = _of(vendor, document["kills"])
    rows = [_by_column(kill["checks"]) for kill in kills]
    found = Counter(column for row in rows for column in row)
    only = Counter(column for row in rows if len(row) == 1 for column in row)
    columns = sorted(found, key=lambda name: (name.partition(":")[0], -found[name], name))
    return {
        "vendor": vendor,
        "columns": [{"name": c, "kills": found[c], "only": only[c]} for c in columns],
        "rows": [
            {
                "kill": kill,
                "first": _column(kill["killed_by"]),
                "cells": [row[column] for column in columns],
            }
            for kill, row in zip(kills, rows, strict=True)
        ],
        "conditions": _of(vendor, document["conditions"]),
    }


def _by_column(checks: Mapping[str, int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, count in checks.items():
        counts[_column(name)] += count
    return counts


def _column(check: str) -> str:
    kind = check.partition(":")[0]
    return kind if kind in _SHARED else check
