"""The documents made of templates: pages in need of no script and no network, and Markdown."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from harness.document.characters import visible
from harness.document.messages import counted
from harness.model.record import with_texts
from harness.model.result import Result
from harness.report import chart, facts
from harness.report.text import milliseconds, number, one_line

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


def result_html(result: Result) -> str:
    """Return a result as a page for a browser, a printer or a mail attachment."""
    return render_template("report.html.jinja", result=with_texts(result, visible))


def markdown(result: Result) -> str:
    """Return a result as GitHub-flavoured Markdown for a job's summary page, long lists cut."""
    return render_template("summary.md.jinja", result=result)


def render_template(template: str, **values: Any) -> str:
    """Return the document of a template; a value that the template lacks is an error.

    A page is escaped as a whole; other documents escape what came from outside by a filter.
    """
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=select_autoescape(("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "charts": chart,
        "facts": facts,
        "signs": SIGNS,
        "words": facts.VERDICT_WORDS,
    }
    environment.filters |= {
        "code": code_span,
        "counted": counted,
        "digest": digest,
        "fenced": fenced,
        "md": escaped,
        "ms": milliseconds,
        "number": number,
        "one_line": one_line,
    }
    return environment


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


def digest(style: object) -> str:
    """Return the source by which a Content-Security-Policy names the one style of a page."""
    return f"sha256-{b64encode(sha256(str(style).encode()).digest()).decode()}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
