"""Filling templates."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.document.messages import choice
from harness.document.pointer import MISSING
from harness.document.reader import Problem
from harness.document.template import ENCODINGS, MOMENTS, fill, marks, names
from tests.document.test_reader import DOCUMENTS, SCALARS

SCOPE = {
    "units": 5,
    "reference": None,
    "flag": True,
    "member": {"id": "m-1", "card": "gold"},
    "text": "käse",
    "list": [1, 2],
    "now": datetime(2024, 4, 30, 23, 5, 8, 670_999, timezone(timedelta(hours=7))),
}

KNOWN = (*ENCODINGS, *MOMENTS, "number")


def told(template: Any, scope: Any = SCOPE) -> str:
    """Return the problem with a template."""
    with pytest.raises(Problem) as raised:
        fill(template, scope)
    return str(raised.value)


@given(DOCUMENTS.filter(lambda value: "${" not in str(value)))
def test_what_holds_no_placeholder_stays_as_it_is(value: Any) -> None:
    """Filling changes nothing but placeholders, and asks for no names."""
    assert fill(value, {}) == value
    assert names(value) == frozenset()


@given(SCALARS)
def test_a_text_that_is_one_placeholder_takes_the_value_with_its_type(value: Any) -> None:
    """A number stays a number and a text a text."""
    filled = fill({"a": ["${x}"]}, {"x": value})["a"][0]
    assert filled is value


@given(st.text(max_size=20), st.integers(), st.text(max_size=20).filter(lambda t: "$" not in t))
def test_a_value_is_never_taken_for_a_template(value: str, number: int, around: str) -> None:
    """Placeholders inside a value are data, and mixed texts are written out."""
    template = around + "${x}-${n}" + around
    assert fill(template, {"x": value + "${n}", "n": number}) == (
        f"{around}{value}${{n}}-{number}{around}"
    )


def test_mixed_texts_are_written_out() -> None:
    """Numbers, words and paths through mappings stand in a text as a person writes them."""
    assert fill("${member.id}/${units}/${flag}/${text}", SCOPE) == "m-1/5/true/käse"
    assert fill({"keep": 1, "rows": "${list}"}, SCOPE) == {"keep": 1, "rows": [1, 2]}


def test_an_absent_optional_name_drops_its_field() -> None:
    """The key or item goes, wherever in the text the placeholder stands; containers stay."""
    template = {"a": "${no?}", "b": "x-${reference?}", "c": ["${no?}", 1], "d": {"e": "${no?}"}}
    assert fill(template, SCOPE) == {"c": [1], "d": {}}
    assert fill("${member.no?}", SCOPE) is MISSING
    assert fill("${no.such.way?|md5-hex}", SCOPE) is MISSING
    assert fill({"a": "${units?}"}, SCOPE) == {"a": 5}


def test_encodings_are_those_of_the_standard_library() -> None:
    """Each named encoding gives text, of the UTF-8 bytes of the value."""
    raw = "käse".encode()
    expected = {
        "md5-hex": hashlib.md5(raw).hexdigest(),
        "md5-HEX": hashlib.md5(raw).hexdigest().upper(),
        "sha256-hex": hashlib.sha256(raw).hexdigest(),
        "base64": base64.b64encode(raw).decode(),
        "text": "käse",
    }
    assert set(expected) == set(ENCODINGS)
    for name, text in expected.items():
        assert fill(f"${{text|{name}}}", SCOPE) == text
    assert fill("${units|base64}", SCOPE) == base64.b64encode(b"5").decode()
    assert fill("${units|text}", SCOPE) == "5"


def test_a_number_is_one_where_it_is_all_the_text_there_is() -> None:
    """Digits become a number, in any other text they stay text, and what is none stays too."""
    scope = {"id": "0042", "name": "x7", "n": 5, "below": "-3"}
    assert fill("${id|number}", scope) == 42
    assert fill("${below|number}", scope) == -3
    assert fill("id ${id|number}", scope) == "id 0042"
    assert fill("${name|number}", scope) == "x7"
    assert fill("${n|number}", scope) == 5
    assert fill("${no?|number}", scope) is MISSING


def test_moments_are_written_in_their_own_zone() -> None:
    """Each named form is of the moment's own clock, but for those that say otherwise."""
    written = {name: fill(f"<${{now|{name}}}>", SCOPE)[1:-1] for name in MOMENTS}
    assert written == {
        "date": "2024-04-30",
        "date-dmy": "30-04-2024",
        "date-time": "2024-04-30 23:05:08",
        "date-time-ms": "2024-04-30 23:05:08.670",
        "iso-8601": "2024-04-30T23:05:08+07:00",
        "iso-8601-ms": "2024-04-30T23:05:08.670+07:00",
        "iso-8601-ms-utc": "2024-04-30T16:05:08.670Z",
        "unix": "1714493108",
    }
    assert fill("${now|date}", SCOPE) == "2024-04-30"


def test_names_are_those_of_all_placeholders() -> None:
    """Optional and encoded placeholders count, with the whole of their dotted names."""
    template = {"a": "${x.y}-${z?}", "b": ["${w|base64}", 1, None, "$x {y}"]}
    assert names(template) == {"x.y", "z", "w"}
    assert [mark.optional for mark in marks(template)] == [False, True, False]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${unit}", "nothing is known as ${unit}; known are flag, list, member, now, reference, "
         "text or units; did you mean 'units'?"),
        ("${member.cart}", "nothing is known as ${member.cart}; 'member' has card and id; "
         "did you mean 'card'?"),
        ("${units.id}", "nothing is known as ${units.id}; 'units' has nothing"),
        ("a ${list}", "${list} cannot be written into a text; it is a list"),
        ("a ${reference}", "${reference} cannot be written into a text; it is nothing (null)"),
        ("${units|md6}", f"'md6' is no encoding; expected {choice(KNOWN)}"),
        ("${now}", "${now} is a moment; expected it written as date,"),
        ("at ${now|base64}", "${now} is a moment; expected it written as date,"),
        ("${now|number}", "${now} is a moment; expected it written as date,"),
        ("${text|unix}", "${text} is no moment, so it cannot be written as unix"),
        ("${units", "a placeholder is not closed; expected '}' after '${'"),
        ("${}", "'${}' is no placeholder; expected ${name}, ${name.part}, ${name?} "
         "or ${name|encoding}"),
        ("${a + b}", "'${a + b}' is no placeholder; expected ${name}, ${name.part}, ${name?} "
         "or ${name|encoding}"),
    ],
)  # fmt: skip
def test_a_wrong_placeholder_is_explained(template: str, expected: str) -> None:
    """The message says what is known and what may be meant."""
    assert told([template]).startswith(expected)


def test_no_message_shows_a_value() -> None:
    """What stands in the scope may be secret."""
    scope = {"secret": {"password": "hunter2"}, "x": ["hunter2"]}
    for template in ("${secret.pass}", "${secret.password.x}", "${y}", "-${x}", "-${secret}"):
        assert "hunter2" not in told(template, scope)
