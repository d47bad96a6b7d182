from __future__ import annotations

from urllib.parse import parse_qsl

import orjson
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.request import draft, merged, render
from harness.wire.verbs import Speaker
from tests.acme import JSON, VALUES, binding, operation, specification

SPEAKER = Speaker(binding(), specification(), VALUES, {})


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers(), max_size=5))
def test_a_form_carries_every_text_unharmed(values: dict[str, str | int]) -> None:
    """Whatever the characters, the form parses back to the same fields."""
    request = render(draft(operation("earn"), {}, {}))
    assert request.body == b""
    request = render(merged(draft(operation("earn"), {}, {}), {"body": values}))
    parsed = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=bool(values))
    assert parsed == [(name, str(value)) for name, value in values.items()]


def test_lists_are_repeated_and_json_stays_json() -> None:
    """A form repeats the name of a list; a JSON body keeps its types."""
    request = render(merged(draft(operation("bulk"), {}, {}), {"body": {"n[]": [1, 2]}}))
    assert request.body == b"n%5B%5D=1&n%5B%5D=2"
    json_request = render(merged(draft(operation("x", JSON), {}, {}), {"body": {"n": [1, None]}}))
    assert orjson.loads(json_request.body) == {"n": [1, None]}
    assert ("content-type", JSON) in json_request.headers


def test_paths_and_queries_are_quoted() -> None:
    """A slash in a value does not become a path."""
    plain = draft(
        operation("x", path="/of/{id}"), {"path": {"id": "a/b c"}, "query": {"q": "ä&"}}, {}
    )
    assert render(plain).path == "/of/a%2Fb%20c?q=%C3%A4%26"


def test_cookies_join_a_cookie_header_that_is_given() -> None:
    """A request has one such header; the one given comes first, whatever its spelling."""
    send = {"header": {"Cookie": "a=1; b=2", "X-Shop": "7"}, "cookie": {"session": "s"}}
    headers = render(draft(operation("x", JSON), send, {})).headers
    cookies = [pair for pair in headers if pair[0].lower() == "cookie"]
    assert cookies == [("cookie", "a=1; b=2; session=s")]
    assert ("X-Shop", "7") in headers
    alone = render(draft(operation("x", JSON), {"header": {"Cookie": "a=1"}}, {}))
    assert ("Cookie", "a=1") in alone.headers


def test_a_verb_says_what_it_means_and_leaves_out_an_absent_reference() -> None:
    """A burn is negative, and a scenario without a reference sends none."""
    plain, intent = SPEAKER.verb("burn", {"id": "7"}, 5, "r")
    assert (plain.path, plain.body) == ({"account": "7"}, {"detail": {"amount": 5}})
    assert [(row.account, row.units, row.reference) for row in intent.rows] == [("7", -5, "r")]
    plain, intent = SPEAKER.verb("earn", {"id": "7"}, 5)
    assert plain.body == {"who": "7", "amount": 5, "remark": "earned"}
    assert [(row.account, row.units, row.reference) for row in intent.rows] == [("7", 5, None)]
    plain, intent = SPEAKER.verb("earn", {"id": "7"}, 5, "r")
    assert plain.body == {"who": "7", "amount": 5, "reference": "r", "remark": "earned"}
    assert intent.account == "7"


def test_rows_become_parallel_columns() -> None:
    """Every row adds one item to each column; a column nobody fills is left out."""
    plain, intent = SPEAKER.verb(
        "bulk_earn", None, rows=[({"id": "1"}, 5, "a"), ({"id": "2"}, 6, None)]
    )
    assert plain.body == {
        "shop": "9",
        "who[]": ["1", "2"],
        "amount[]": [5, 6],
        "reference[]": ["a", ""],
    }
    assert intent.account is None
    without, _ = SPEAKER.verb("bulk_earn", None, rows=[({"id": "1"}, 5, None)])
    assert "reference[]" not in without.body


@given(st.integers(min_value=0, max_value=10**9), st.text(min_size=1) | st.none())
def test_a_request_reads_back_as_the_verb_it_was(units: int, reference: str | None) -> None:
    """What the speaker says it understands, so that generated requests are judged too."""
    plain, intent = SPEAKER.verb("earn", {"id": "7"}, units, reference)
    assert SPEAKER.intent_of(plain) == intent


def test_a_request_that_cannot_be_read_back_is_bare() -> None:
    """Text for units, or lists of unequal length, mean nothing a ledger could check."""
    plain, _ = SPEAKER.verb("earn", {"id": "7"}, "abc")
    assert SPEAKER.intent_of(plain).rows == ()
    rows, _ = SPEAKER.verb("bulk_earn", None, rows=[({"id": "1"}, 5, "a")])
    uneven = merged(rows, {"body": {"amount[]": [1, 2]}})
    assert SPEAKER.intent_of(uneven).rows == ()


def test_a_multipart_body_carries_texts_and_a_file() -> None:
    """A field is text; a mapping with base64 is a file with a name and a media type."""
    image = {"base64": "iVBORw0KGgo=", "type": "image/png", "filename": "dot.png"}
    form = operation("x", "multipart/form-data")
    request = render(merged(draft(form, {}, {}), {"body": {"a": "ä", "image": image}}))
    media = dict(request.headers)["content-type"]
    boundary = media.partition("boundary=")[2].encode()
    parts = request.body.split(b"--" + boundary)
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"
    head = b'\r\ncontent-disposition: form-data; name="a"\r\n\r\n'
    assert parts[1] == head + "ä".encode() + b"\r\n"
    assert b'name="image"; filename="dot.png"\r\ncontent-type: image/png\r\n\r\n' in parts[2]
    assert parts[2].endswith(b"\x89PNG\r\n\x1a\n\r\n")
