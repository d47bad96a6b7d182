"""No character that a reader cannot see reaches a terminal, a report or a file of JSON."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from harness.document.characters import visible, visible_json

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def test_every_invisible_character_is_escaped_and_no_other() -> None:
    """By its category, whatever release of Unicode Python knows; line breaks and tabs stay."""
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    escaped = {one for one in every if visible(one) != one}
    wanted = {one for one in every if unicodedata.category(one) in INVISIBLE} - {"\n", "\t"}
    assert wanted <= escaped
    assert {unicodedata.category(one) for one in escaped - wanted} <= {"Cn"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("\ufeffx", "\\ufeffx"),
        ("สวัสดี, 10 €\tok\n", "สวัสดี, 10 €\tok\n"),
    ],
)
def test_a_text_is_shown_as_it_is_but_for_them(text: str, shown: str) -> None:
    """Any script, every printable character."""
    assert visible(text) == shown


def test_json_means_the_same_with_escapes() -> None:
    """Of JSON's own form, a pair of surrogates beyond the first plane."""
    value = {"a\u202e": ["\x9b\x7f", "\U000e0041", "ไทย"]}
    text = visible_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(text) == value
    assert "\\u202e" in text
    assert "\\udb40\\udc41" in text
    assert visible(text) == text
