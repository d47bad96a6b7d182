"""Pieces of Markdown that are safe for any text: escapes, code, verdict signs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.report.text import one_line, visible

SIGNS: Mapping[str, str] = {
    "pass": "✅",
    "waived": "☑️",
    "inapplicable": "➖",
    "unchecked": "▫️",
    "inconclusive": "❔",
    "observed": "🔎",
    "fail": "❌",
    "error": "💥",
}

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")


def escaped(text: object) -> str:
    """Return the text so that no character of it is markup, a mention or a link."""
    safe = _SPECIAL.sub(r"\\\1", one_line(text))
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("@", "@\u200b").replace("://", ":\u200b//")


def code_span(text: object) -> str:
    """Return the text as a code span, fenced with more backticks than it holds in a row."""
    line = one_line(text).replace("|", "\\|")
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else "—"


def fenced(text: str) -> str:
    """Return a block of text, fenced so that nothing in it can end the block."""
    block = visible(text)
    fence = "`" * max(3, _longest_run(block) + 1)
    return "\n".join((f"{fence}text", *block.splitlines(), fence))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
