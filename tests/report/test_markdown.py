from __future__ import annotations

import re

from harness.report.page import markdown
from tests.report.example import example, hostile, result_of


def test_hostile_text_opens_neither_tag_nor_cell_nor_fence() -> None:
    """Outside code nothing hostile is markup; inside it the fence is longer than the text's."""
    text = markdown(result_of(hostile()))
    fences = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    prose = re.sub(r"(`+).+?\1", "", fences)
    assert "<script" not in prose
    assert "\x1b" not in text
    tables = [line for line in prose.splitlines() if line.startswith("|")]
    heads = [line.count("|") - line.count("\\|") for line in tables if line.startswith("|-")]
    assert heads == [8, 10, 6]


def test_long_lists_are_cut() -> None:
    """A page has at most twenty findings and says how many more there are."""
    result = example()
    vendor = result["vendors"][0]
    vendor["findings"] = [dict(vendor["findings"][0]) for _ in range(33)]
    text = markdown(result_of(result))
    assert text.count("Two requests with one reference both took effect (2 times)") == 20
    assert "And 13 further findings; see report.html." in text


def test_mentions_and_links_are_broken() -> None:
    """Text from outside neither mentions users nor links away."""
    result = example()
    result["headline"] = "@team see https://example.com [x](y)"
    head = markdown(result_of(result)).splitlines()[2]
    assert "@team" not in head
    assert "https://" not in head
    assert "[x]" not in head.replace("\\[", "").replace("\\]", "")
