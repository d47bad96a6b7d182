"""The result as one self-contained page, for a browser, a printer or a mail attachment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from harness.document.messages import counted
from harness.model.result import CheckResult, Result, VendorResult
from harness.report.facts import VERDICT_WORDS, exit_text, limit_of, standing, tally, waiver_text
from harness.report.html.chart import rate_chart, response_chart
from harness.report.html.template import page
from harness.report.text import milliseconds, number, visible_document


def result_html(result: Result) -> str:
    """Return the page; it needs no script, no network and no other file."""
    shown = visible_document(result)
    return _template().render(result=shown, exit_text=exit_text(shown.exit), words=VERDICT_WORDS)


@lru_cache(maxsize=1)
def _template() -> Template:
    filters: dict[str, Callable[..., Any]] = {
        "ms": milliseconds,
        "number": number,
        "limit": limit_of,
        "tally": tally,
        "counted": counted,
        "waiver": waiver_text,
        "standings": _standings,
        "by_family": _by_family,
        # The charts are built from numbers alone, so they may pass unescaped.
        "response_chart": lambda series: Markup(response_chart(series)),
        "rate_chart": lambda series: Markup(rate_chart(series)),
    }
    return page("report.html.jinja", filters)


def _standings(vendor: VendorResult) -> list[str]:
    return [standing(row, vendor) for row in vendor.requirements]


def _by_family(checks: Sequence[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the checks of a requirement by the id that their parts share."""
    grouped: dict[str, list[CheckResult]] = {}
    for check in checks:
        grouped.setdefault(check.check.family, []).append(check)
    return grouped
