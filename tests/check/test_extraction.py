"""Values are taken out of bodies, headers, cookies and links."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check.extraction import described, extracted
from harness.check.values import extract_values
from harness.document.pointer import MISSING
from harness.model.binding import Source, Verb
from harness.model.exchange import Response

NEXT = "https://x.example/a?cursor=a%2Fb%3D&n=1,2"
LINK = f'</first>; rel=first, <{NEXT}>; title="a, b"; rel="next more"'
RESPONSE = Response(
    201,
    {
        "location": "/v2/accounts/acc-7",
        "set-cookie": "old=1; Path=/\nsession=a=b; Expires=Thu, 01 Jan 2099; HttpOnly\nnone",
        "link": LINK,
        "x-balance": "12",
        "x-empty": "",
    },
    b"",
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("/id", 5),
        ("/no", MISSING),
        ({"header": "Location"}, "/v2/accounts/acc-7"),
        ({"header": "Location", "matches": "/accounts/(.+)$"}, "acc-7"),
        ({"header": "Location", "matches": "acc-[0-9]"}, "acc-7"),
        ({"header": "Location", "matches": "acc-([0-9])?$|x"}, "7"),
        ({"header": "Location", "matches": "/orders/(.+)$"}, MISSING),
        ({"header": "X-None"}, MISSING),
        ({"header": "x-empty"}, ""),
        ({"cookie": "session"}, "a=b"),
        ({"cookie": "none"}, MISSING),
        ({"cookie": "Expires"}, MISSING),
        ({"link": "next"}, NEXT),
        ({"link": "NEXT", "parameter": "cursor"}, "a/b="),
        ({"link": "next", "parameter": "page"}, MISSING),
        ({"link": "first"}, "/first"),
        ({"link": "last"}, MISSING),
    ],
)
def test_a_value_is_taken_from_its_place(source: Source, value: Any) -> None:
    """A header's name is read in any case; a group of the expression is the value."""
    assert extracted(source, RESPONSE, {"id": 5}) == value


def test_a_place_is_told_in_words() -> None:
    """As messages name it where nothing stands."""
    assert described("/id") == "/id"
    assert described({"header": "Location", "matches": "x"}) == "header Location that matches x"
    assert described({"cookie": "session"}) == "cookie session"
    assert described({"link": "next", "parameter": "c"}) == "link next with a c"


def test_a_verb_may_read_what_stands_in_headers() -> None:
    """A balance is a number there too, and an entry a text."""
    extract: dict[str, Any] = {
        "balance": {"header": "X-Balance"},
        "entry": {"header": "Location", "matches": "acc-[0-9]"},
        "fail_index": {"header": "X-None"},
    }
    verb = Verb("earn", "earn", {}, extract, "credit")
    assert extract_values(verb, RESPONSE, None) == {"balance": 12, "entry": "acc-7"}
