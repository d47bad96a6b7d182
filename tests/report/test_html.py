from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from harness.model.result import SecondResult
from harness.report.chart import rate_chart, response_chart
from harness.report.dossier import dossier_html
from harness.report.page import render_template, result_html
from harness.report.proof import proof_html
from tests.prove.test_proof import proof
from tests.prove.trials import defective
from tests.report.dossier import made
from tests.report.example import HOSTILE, example, hostile, result_of

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects what a page is made of, and insists that its tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that closes, which must be the last one opened."""
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text.append(data)


@pytest.mark.parametrize("result", [example(), hostile()], ids=["example", "hostile"])
def test_page_stands_alone(result: dict[str, Any]) -> None:
    """The page is well-formed and refers to nothing outside itself."""
    page = Page(result_html(result_of(result)))
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "action", "data", "srcset", "xlink:href"):
                assert value is not None
                assert value.startswith("#"), (tag, value)
    assert "@import" not in result_html(result_of(result))
    assert "url(" not in result_html(result_of(result))


def test_links_lead_somewhere() -> None:
    """Every link inside the page has its target, and ids are unique."""
    page = Page(result_html(result_of(example())))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [str(a["href"]).removeprefix("#") for tag, a in page.tags if tag == "a"]
    assert links
    assert set(links) <= set(ids)


def test_page_is_accessible() -> None:
    """It has a language, one main heading, no skipped level, scoped headers and named charts."""
    page = Page(result_html(result_of(example())))
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert all(
        attributes.get("role") == "img" and attributes.get("aria-label")
        for tag, attributes in page.tags
        if tag == "svg"
    )


def test_hostile_text_is_text() -> None:
    """A script, template marks and control characters come out as characters."""
    text = result_html(result_of(hostile()))
    assert "<script" not in text
    assert "49" not in re.sub(r"\d\d+", lambda m: m[0] if m[0] == "49" else "", text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\ud800]", text)
    shown = "".join(Page(text).text)
    assert "<script>alert(1)</script>" in shown
    assert "\\x1b[31mred" in shown
    assert HOSTILE not in shown


def test_page_tells_the_verdict_before_all_else() -> None:
    """Verdict and headline come before the tables, findings before the requirements."""
    text = result_html(result_of(example()))
    order = [
        "exit 1: requirement violated",
        "<h1>",
        "Vendors of this run",
        ">Findings<",
        ">Requirements<",
    ]
    places = [text.index(piece) for piece in order]
    assert places == sorted(places)


def test_empty_run_has_a_page() -> None:
    """A run without vendors still says its verdict."""
    result = {**example(), "vendors": [], "verdict": "inconclusive", "exit": 5, "headline": "No."}
    assert "No vendor was tested." in result_html(result_of(result))


def test_chart_leaves_a_gap_where_there_is_no_value() -> None:
    """A second without enough samples breaks the line instead of being guessed."""
    series = [
        SecondResult(second, 1, 1, 0, 0, 1.0, None if second == 2 else 5.0) for second in range(6)
    ]
    chart = render_template("chart.html.jinja", chart=response_chart(series))
    assert chart.count('<polyline class="high"') == 2
    assert chart.count('<polyline class="main"') == 1
    assert chart.count("<circle") == 0


@pytest.mark.parametrize("seconds", [0, 1, 2, 600])
def test_chart_of_any_length_stays_in_its_frame(seconds: int) -> None:
    """No point lies outside the picture, also when all values are nought."""
    series = [SecondResult(s, 0, 0, 0, s, None, None) for s in range(seconds)]
    chart = render_template("chart.html.jinja", chart=rate_chart(series))
    assert bool(chart) == bool(seconds)
    for points in re.findall(r'points="([^"]*)"', chart):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 640
            assert 0 <= y <= 200


@pytest.mark.parametrize(
    "text",
    [
        result_html(result_of(hostile())),
        dossier_html(made()),
        proof_html(proof(defective("a", "scenario:x"))),
    ],
    ids=["report", "dossier", "proof"],
)
def test_only_the_own_style_of_a_page_is_allowed(text: str) -> None:
    """The policy names it by its digest; nothing else is loaded, run, sent or styled."""
    page = Page(text)
    (policy,) = [
        str(attributes["content"])
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [tag for tag, attributes in page.tags if "style" in attributes]
