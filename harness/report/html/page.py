"""The pages: each from one template, escaped, in need of no script, no network, no other file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.document.messages import counted
from harness.model.result import CheckResult, Result, VendorResult
from harness.report.facts import VERDICT_WORDS, exit_text, limit_of, standing, tally, waiver_text
from harness.report.html.chart import rate_chart, response_chart
from harness.report.text import milliseconds, number, visible_document


def result_html(result: Result) -> str:
    """Return a result as a page for a browser, a printer or a mail attachment."""
    shown = visible_document(result)
    return render_page("report.html.jinja", result=shown, exit_text=exit_text(shown.exit))


def render_page(template: str, **values: Any) -> str:
    """Return the page of a template; a value that the template lacks is an error."""
    return _environment().get_template(template).render(words=VERDICT_WORDS, **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ms": milliseconds,
        "number": number,
        "counted": counted,
        "limit": limit_of,
        "tally": tally,
        "waiver": waiver_text,
        "standings": _standings,
        "by_family": _by_family,
        "response_chart": response_chart,
        "rate_chart": rate_chart,
    }
    return environment


def _standings(vendor: VendorResult) -> list[str]:
    return [standing(row, vendor) for row in vendor.requirements]


def _by_family(checks: Sequence[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the checks of a requirement by the id that their parts share."""
    grouped = defaultdict(list)
    for check in checks:
        grouped[check.check.family].append(check)
    return grouped
