"""The documents made of templates: pages in need of no script and no network, and Markdown."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from harness.document.messages import counted
from harness.model.result import Result
from harness.report import chart, facts
from harness.report.markup import SIGNS, code_span, escaped, fenced
from harness.report.text import milliseconds, number, one_line, visible_document


def result_html(result: Result) -> str:
    """Return a result as a page for a browser, a printer or a mail attachment."""
    return render_template("report.html.jinja", result=visible_document(result))


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
        "chart": chart,
        "facts": facts,
        "signs": SIGNS,
        "words": facts.VERDICT_WORDS,
    }
    environment.filters |= {
        "code": code_span,
        "counted": counted,
        "fenced": fenced,
        "md": escaped,
        "ms": milliseconds,
        "number": number,
        "one_line": one_line,
    }
    return environment
