"""The result of a proof, on a terminal and as one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template
from rich.console import Console

from harness.document.messages import counted
from harness.report.html.template import page
from harness.report.result import FILE_NAME, canonical_json
from harness.report.terminal import Line, needs_plain_text, write_line
from harness.report.text import number, one_line, visible_document

_COLUMNS = ("defect", "shows", "killed by", "requests", "seconds")
# Checks that are many of a kind share a column of the matrix; the others have one each.
_SHARED = frozenset({"property", "response"})


def write_proof(document: Mapping[str, Any], folder: Path) -> None:
    """Write the document and its page into a folder, which is created if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE_NAME).write_text(canonical_json(document), encoding="utf-8")
    (folder / "report.html").write_text(proof_html(document), encoding="utf-8", errors="replace")


def print_proof(document: Mapping[str, Any], console: Console) -> None:
    """Print the verdict, each vendor's trials, the seeded auditors and the problems."""
    plain = needs_plain_text(console)
    for line in proof_lines(document):
        write_line(line, console, plain)


def proof_lines(document: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the lines of a proof as pieces of text with the names of their styles."""
    yield [
        (document["verdict"].upper(), document["verdict"]),
        (f"  {document['headline']}", "head"),
    ]
    for vendor in document["vendors"]:
        yield []
        yield [(f"{vendor['vendor']}: ", "head"), (_share(vendor), "")]
        yield from _kill_lines([k for k in document["kills"] if k["vendor"] == vendor["vendor"]])
        for part in document["conditions"]:
            if part["vendor"] == vendor["vendor"]:
                yield _condition_line(part)
    if document["seeded_auditors"]:
        yield []
        yield [("Seeded faulty auditors", "head")]
    for auditor in document["seeded_auditors"]:
        words, style = "not run", ""
        if auditor["runs"]:
            words = f"detected in {auditor['detected']:,} of {counted(auditor['runs'], 'run')}"
            style = "pass" if auditor["detected"] else "fail"
        yield [(f"  {auditor['auditor']:22}", ""), (words, style)]
    if document["problems"]:
        yield []
        yield [("Problems", "head")]
    for sentence in document["problems"]:
        yield [(f"  {one_line(sentence)}", "fail")]


def _share(vendor: Mapping[str, Any]) -> str:
    parts = []
    if vendor["defects"]:
        parts.append(f"{vendor['killed']:,} of {counted(vendor['defects'], 'defect')} killed")
    if vendor["runs"]:
        runs = counted(vendor["runs"], "run of a correct server", "runs of correct servers")
        parts.append(f"false positives in {vendor['false_positive_runs']:,} of {runs}")
    if vendor["rate_bound"] is not None:
        parts.append(f"rate at most {vendor['rate_bound']:.1%} at 95 % confidence")
    return ", ".join(parts)


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
    if not rows:
        return
    widths = [max(len(row[at]) for row in (_COLUMNS, *rows)) for at in range(len(_COLUMNS))]
    yield [(f"  {_cells(_COLUMNS, widths)}", "faint")]
    for kill, row in zip(kills, rows, strict=True):
        yield [(f"  {_cells(row, widths)}", "" if kill["killed"] else "fail")]


def _cells(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


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
    """Return the page; it needs no script, no network and no other file."""
    shown = visible_document(document)
    return _template().render(proof=shown, matrices=[_matrix(v, shown) for v in shown["vendors"]])


@lru_cache(maxsize=1)
def _template() -> Template:
    return page("proof.html.jinja", {"number": number, "counted": counted})


def _matrix(vendor: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return one vendor's kill matrix: its columns, and a row of counts for each defect."""
    kills = [kill for kill in document["kills"] if kill["vendor"] == vendor["vendor"]]
    counted = [_by_column(kill["checks"]) for kill in kills]
    found = Counter(column for row in counted for column in row)
    columns = sorted(found, key=lambda name: (name.partition(":")[0], -found[name], name))
    only = Counter(next(iter(row)) for row in counted if len(row) == 1)
    return {
        "vendor": vendor,
        "columns": [{"name": c, "kills": found[c], "only": only[c]} for c in columns],
        "rows": [
            {
                "kill": kill,
                "first": _column(kill["killed_by"]),
                "cells": [row.get(column, 0) for column in columns],
            }
            for kill, row in zip(kills, counted, strict=True)
        ],
        "conditions": [p for p in document["conditions"] if p["vendor"] == vendor["vendor"]],
    }


def _by_column(checks: Mapping[str, int]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for name, count in checks.items():
        counted[_column(name)] = counted.get(_column(name), 0) + count
    return counted


def _column(check: str) -> str:
    kind = check.partition(":")[0]
    return kind if kind in _SHARED else check
