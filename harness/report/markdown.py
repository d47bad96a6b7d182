"""The result as GitHub-flavoured Markdown, for a job's summary page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.audit.headline import count_of
from harness.report.text import (
    EXIT_WORDS,
    VERDICT_WORDS,
    limit_of,
    milliseconds,
    number,
    one_line,
    rule_of,
    standing,
    tally,
    visible,
)

_SIGNS: Mapping[str, str] = {
    "pass": "✅",
    "waived": "☑️",
    "inapplicable": "➖",
    "inconclusive": "❔",
    "observed": "🔎",
    "fail": "❌",
    "error": "💥",
}
_FINDINGS_SHOWN = 20
_ROWS_SHOWN = 30
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")


def markdown(result: Mapping[str, Any]) -> str:
    """Return the summary; text that came from outside is escaped, and long lists are cut."""
    lines = list(_page(result))
    return "\n".join(lines).rstrip("\n") + "\n"


def _page(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {_SIGNS[result['verdict']]} Loyalty harness: {result['verdict']}"
    yield ""
    yield f"**{_text(result['headline'])}**"
    yield ""
    exit_words = EXIT_WORDS.get(result["exit"], "unknown")
    run = result["run"]
    yield f"Exit {result['exit']} ({exit_words}). Repeat with {_code(run.get('command', ''))}."
    yield ""
    head = ("Vendor", "Verdict", "Rules checked", "Requests", "Accounts", "Findings", "Confirm")
    yield from _table(head, (_overview(vendor) for vendor in result["vendors"]))
    for vendor in result["vendors"]:
        yield ""
        yield from _vendor(vendor)


def _overview(vendor: Mapping[str, Any]) -> Sequence[str]:
    counts, accounts = vendor["counts"], vendor["accounts"]
    return (
        f"**{_text(vendor['title'])}** on {_text(vendor['target'])}",
        f"{_SIGNS[vendor['verdict']]} {vendor['verdict']}",
        f"{counts['requirements_checked']:,} of {counts['requirements']:,}",
        f"{counts['requests']:,}",
        f"{accounts['consistent']:,} of {accounts['judged']:,} consistent",
        f"{len(vendor['findings']):,}",
        f"{len(vendor['observations']):,}",
    )


def _vendor(vendor: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {_text(vendor['title'])}"
    yield ""
    rules = tally(vendor) or "none declared"
    yield f"**{vendor['verdict'].upper()}**: {_text(vendor['headline'])} Rules: {rules}."
    for entry in vendor["findings"][:_FINDINGS_SHOWN]:
        yield ""
        yield from _finding(entry)
    more = len(vendor["findings"]) - _FINDINGS_SHOWN
    if more > 0:
        yield ""
        yield f"And {count_of(more, 'further finding')}; see report.html."
    if vendor["load"]:
        yield ""
        yield "### Load"
        for load in vendor["load"]:
            yield ""
            yield from _load(load)
    yield from _rows(vendor)
    if vendor["observations"]:
        yield ""
        yield "### Please confirm"
        yield ""
        for entry in vendor["observations"][:_ROWS_SHOWN]:
            yield f"- **{_text(rule_of(entry))}**: {_text(entry['title'])} ({_text(entry['seen'])})"
    if vendor["notes"]:
        yield ""
        yield "### Notes"
        yield ""
        for note in vendor["notes"]:
            yield f"- {_text(note)}"


def _finding(entry: Mapping[str, Any]) -> Iterator[str]:
    sign = _SIGNS[entry["verdict"]]
    times = f" ({entry['count']:,} times)" if entry["count"] > 1 else ""
    yield f"### {sign} {_text(entry['title'])}{times}"
    yield ""
    for row in entry["requirements"]:
        source = f", {_text(row['source'])}" if row["source"] else ""
        yield f"- **{_text(row['id'])}** ({row['basis']}{source}): {_text(row['title'])}"
    yield f"- Check: {_code(entry['check'])} on {_code(entry['subject'])}"
    yield f"- Expected: {_text(entry['expected'])}"
    yield f"- Seen: {_text(entry['seen'])}"
    if entry["place"]:
        yield f"- Declared: {_code(entry['place'])}"
    if entry["waiver"]:
        waiver = entry["waiver"]
        told = f"{waiver['owner']}, until {waiver['expires']}: {waiver['reason']}"
        yield f"- Waived by {_text(told)}"
    evidence = [*entry["detail"], *entry["curl"][:1]]
    if evidence:
        yield ""
        yield from _fenced("\n".join(evidence))


def _load(load: Mapping[str, Any]) -> Iterator[str]:
    if not load["valid"]:
        yield f"**{_text(load['workload'])}**: invalid measurement, {_text(load['reason'])}."
        yield ""
    offered, achieved = number(load["offered_per_second"]), number(load["achieved_per_second"])
    yield (
        f"**{_text(load['title'] or load['workload'])}**: {offered} arrivals per second offered, "
        f"{achieved} achieved, "
        f"{load['dropped']:,} dropped, generator {milliseconds(load['lateness_ms']['p99'])} late "
        "at p99."
    )
    yield ""
    head = ("Kind", "Calls", "Ok", "Refused", "Unknown", "p50", "p90", "p99", "Max")
    yield from _table(head, (_entry(entry) for entry in load["entries"]))
    for threshold in load["thresholds"]:
        if threshold["verdict"] != "pass":
            yield ""
            yield (
                f"{_SIGNS[threshold['verdict']]} {_code(threshold['figure'])} of "
                f"{_text(threshold['entry'] or 'all')}: {number(threshold['value'])}, "
                f"wanted {limit_of(threshold)}"
            )


def _entry(entry: Mapping[str, Any]) -> Sequence[str]:
    spread = entry["response_ms"]
    counts = (f"{entry[key]:,}" for key in ("count", "ok", "refused", "unknown"))
    times = (milliseconds(spread[key]) for key in ("p50", "p90", "p99", "max"))
    return (_text(entry["name"]), *counts, *times)


def _rows(vendor: Mapping[str, Any]) -> Iterator[str]:
    rows = [row for row in vendor["requirements"] if row["verdict"] not in ("pass", "inapplicable")]
    if not rows:
        return
    yield ""
    yield "### Rules that did not pass"
    yield ""
    shown = (
        (
            _text(row["id"]),
            f"{_SIGNS[standing(row, vendor)]} {VERDICT_WORDS[standing(row, vendor)]}",
            row["basis"],
            _text(row["title"]),
            _text(row["reason"]),
        )
        for row in rows[:_ROWS_SHOWN]
    )
    yield from _table(("Rule", "Verdict", "Basis", "Says", "Why"), shown)
    if len(rows) > _ROWS_SHOWN:
        yield ""
        yield f"And {count_of(len(rows) - _ROWS_SHOWN, 'further rule')}; see report.html."


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _text(text: object) -> str:
    """Return the text so that no character of it is markup, a mention or a link."""
    escaped = _SPECIAL.sub(r"\\\1", one_line(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")


def _code(text: object) -> str:
    """Return the text as a code span, fenced with more backticks than it holds in a row."""
    line = one_line(text).replace("|", "\\|")
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else "—"


def _fenced(text: str) -> Iterator[str]:
    block = visible(text)
    fence = "`" * max(3, _longest_run(block) + 1)
    yield f"{fence}text"
    yield from block.splitlines()
    yield fence


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
