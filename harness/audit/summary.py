"""Say a verdict in one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.audit.findings import UNMAPPED
from harness.contract.needs import why_lacking
from harness.document.messages import counted
from harness.model.check_id import CheckId

_NAMED = 4
_POINTS_UNSEEN = why_lacking(("balance",))


def vendor_headline(document: Mapping[str, Any], *, rules: tuple[int, int], partial: bool) -> str:
    """Return the sentence for one vendor's result; `rules` is (checked, applicable)."""
    verdict = document["verdict"]
    if verdict == "error":
        return "The harness itself failed, so nothing is said about the vendor."
    if verdict == "fail":
        return _failed(document)
    if verdict == "inconclusive":
        return _undecided(document, rules)
    checked, applicable = rules
    requests = counted(document["counts"]["requests"], "request")
    breadth = f"{checked:,} of {applicable:,} binding rules checked, {requests}"
    safe = "Points are safe here"
    if not shows_points(document):
        safe = f"No violation in what can be seen ({_POINTS_UNSEEN.partition(': ')[2]})"
    if verdict == "waived":
        waived = _rule_ids(document, "waived")
        return f"{safe} but for what is waived ({named(waived)}): {breadth}."
    if partial:
        safe = "No violation in what was checked"
    return f"{safe}: {breadth}, no violation."


def shows_points(document: Mapping[str, Any]) -> bool:
    """Say whether points can be seen at a vendor, so that something can be said about them."""
    rows = document.get("requirements", ())
    return all(row["reason"] != _POINTS_UNSEEN for row in rows if row["basis"] == "law")


def run_headline(verdict: str, vendors: Sequence[Mapping[str, Any]]) -> str:
    """Return the sentence for a whole run."""
    if not vendors:
        return "Nothing was checked."
    if len(vendors) == 1:
        return f"{vendors[0]['title']}: {vendors[0]['headline']}"
    requests = sum(vendor["counts"]["requests"] for vendor in vendors)
    if verdict in ("pass", "waived"):
        checked = sum(vendor["counts"]["requirements_checked"] for vendor in vendors)
        rest = " beyond what is waived" if verdict == "waived" else ""
        who = f"All {len(vendors)} vendors keep points safe"
        if blind := [vendor["title"] for vendor in vendors if not shows_points(vendor)]:
            safe = len(vendors) - len(blind)
            who = f"{safe} of {len(vendors)} vendors keep points safe, {named(blind)} shows none"
        return (
            f"{who}: {checked:,} rules checked, {counted(requests, 'request')}, no violation{rest}."
        )
    parts = []
    for rung, words in (
        ("error", "could not be judged for a fault of the harness"),
        ("fail", "failed"),
        ("inconclusive", "undecided"),
        ("waived", "passed with waivers"),
        ("pass", "passed"),
    ):
        titles = [vendor["title"] for vendor in vendors if vendor["verdict"] == rung]
        if titles:
            parts.append(f"{len(titles)} {words} ({named(titles, len(titles))})")
    return f"Of {len(vendors)} vendors {', '.join(parts)}."


def named(names: Sequence[str], shown: int = _NAMED) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def _failed(document: Mapping[str, Any]) -> str:
    failed = [entry for entry in document["findings"] if entry["verdict"] == "fail"]
    kinds = {_kind(entry["check"]) for entry in failed}
    parts = []
    rules = _rule_ids(document, "fail")
    if rules:
        parts.append(f"{counted(len(rules), 'rule')} violated: {named(rules)}")
    unmapped = [
        entry["title"]
        for entry in failed
        if [row["id"] for row in entry["requirements"]] == [UNMAPPED]
    ]
    if unmapped:
        head = "further violation" if rules else "violation"
        parts.append(f"{counted(len(unmapped), head)}: {named(unmapped, 2)}")
    if "threshold" in kinds:
        figures = [
            CheckId.parse(e["check"]).name for e in failed if _kind(e["check"]) == "threshold"
        ]
        parts.append(f"{counted(len(figures), 'load limit')} missed: {named(figures)}")
    if "waiver" in kinds:
        waivers = [CheckId.parse(e["check"]).name for e in failed if _kind(e["check"]) == "waiver"]
        parts.append(f"{counted(len(waivers), 'waiver')} out of date: {named(waivers)}")
    return "; ".join(parts) + "."


def _rule_ids(document: Mapping[str, Any], verdict: str) -> list[str]:
    """Return the ids of the rules behind the findings of a verdict, in declared order."""
    behind = {
        row["id"]
        for entry in document["findings"]
        if entry["verdict"] == verdict
        for row in entry["requirements"]
    }
    return [
        row["id"]
        for row in document["requirements"]
        if row["id"] in behind and row["verdict"] == verdict
    ]


def _undecided(document: Mapping[str, Any], rules: tuple[int, int]) -> str:
    if document["counts"]["checks"] == 0:
        return "Nothing was checked, so nothing is said about the vendor."
    invalid = [load["reason"] for load in document["load"] if not load["valid"]]
    if invalid:
        return f"Not decided: the load measurement is invalid, as {invalid[0]}."
    checked, applicable = rules
    open_rows = [r["id"] for r in document["requirements"] if r["verdict"] == "inconclusive"]
    if open_rows:
        return (
            f"Not decided: {checked:,} of {applicable:,} binding rules checked without a "
            f"violation, {counted(len(open_rows), 'rule')} open ({named(open_rows)})."
        )
    return "Not decided: no violation was seen, but part of the evidence is missing; see the notes."


def _kind(check: str) -> str:
    return CheckId.parse(check).kind
