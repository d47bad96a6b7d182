from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from harness.check.conformance import NOT_JSON, Conformance, decode
from harness.check.values import extract_values, whole_number
from harness.model.binding import Verb
from harness.model.exchange import Response
from harness.model.operation import Operation, Responses, Specification
from tests.acme import specification

CONFORMANCE = Conformance(specification("add_points"))
EMPTY = Response(200, {}, b"")


def violations(body: bytes, status: int = 200, kind: str = "application/json") -> tuple[str, ...]:
    """Return what is wrong with a response of add_points."""
    response = Response(status, {"content-type": kind}, body)
    return CONFORMANCE.check("add_points", response, decode(response)).stated


def test_a_response_as_declared_has_no_violation() -> None:
    """Both branches of the envelope are fine, whatever the content type's parameters."""
    assert (
        violations(b'{"code":200,"data":{"now":5}}', kind="application/json; charset=utf-8") == ()
    )
    assert violations(b'{"code":401,"msg":"no"}') == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"code":200,"data":{"now":"5"}}', '/data/now: "5" is not of type "integer"'),
        (b'{"code":200,"data":{}}', '/data: "now" is a required property'),
        (b"<html>", "not JSON"),
    ],
)
def test_a_violation_names_the_branch_that_was_meant(body: bytes, said: str) -> None:
    """A wrong field of the success branch is named, not "none of the schemas"."""
    assert any(said in sentence for sentence in violations(body))


def test_undocumented_status_and_type_are_violations_but_a_gateway_is_not() -> None:
    """A 500 is the vendor's; 502 to 504 come from what stands before it."""
    assert "status 500 is not documented" in violations(b"{}", 500)[0]
    assert violations(b"<h1>bad gateway</h1>", 502, "text/html") == ()
    assert violations(b"{}", 429) == ()
    assert "content type text/html" in violations(b"{}", 200, "text/html")[0]


def test_json_may_begin_with_a_byte_order_mark() -> None:
    """One mark is read past as the standard allows; what is behind it is judged as ever."""
    assert decode(Response(200, {}, b"\xef\xbb\xbf[1]")) == [1]
    assert decode(Response(200, {}, b"\xef\xbb\xbf" * 9000 + b"[1]")) is NOT_JSON
    assert violations(b'\xef\xbb\xbf{"code":200,"data":{"now":5}}') == ()


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_where_http_allows_no_body_none_is_expected(method: str, status: int) -> None:
    """Although the specification declares one for the class of the status."""
    media = {"application/json": {"type": "object"}}
    under = {"2XX": Responses("2XX", media), "3XX": Responses("3XX", media)}
    operation = Operation("x", method, "/x", "x", (), None, under, "made up")
    check = Conformance(Specification({"x": operation}, {}, "0")).check
    bare = Response(status, {}, b"")
    assert check("x", bare, decode(bare)).stated == ()
    full = Response(299, {}, b"")
    assert bool(check("x", full, decode(full)).stated) is (method != "HEAD")


def test_a_body_that_is_no_json_differs_from_null() -> None:
    """`null` is JSON; an empty body is not."""
    assert decode(Response(200, {}, b"null")) is None
    assert decode(Response(200, {}, b"")) is NOT_JSON
    assert decode(Response(200, {}, "é".encode("latin-1"))) is NOT_JSON


def test_what_the_binding_points_at_is_read_and_nothing_else() -> None:
    """Balances and indices are numbers, entries are text, odd values are left out."""
    verb = Verb(
        "bulk",
        "bulk",
        {},
        {
            "balance": "/d/now",
            "entry": "/d/id",
            "fail_index": "/d/at",
            "balances": {"list": "/users", "account": "u", "balance": "p"},
        },
        "credit",
        unit=2,
    )
    body = orjson.loads(b'{"d":{"now":"10","id":77,"at":0},"users":[{"u":5,"p":8},{"u":6}]}')
    assert extract_values(verb, EMPTY, body) == {
        "balance": 5,
        "entry": "77",
        "fail_index": 0,
        "balances": {"5": 4},
    }
    assert extract_values(verb, EMPTY, NOT_JSON) == {}
    assert whole_number(True) is None
    assert whole_number("-3") == -3
    assert whole_number("3.5") is None
    assert whole_number(4.0) == 4


def file_of(body: str) -> Response:
    """Return a response that is a CSV file."""
    return Response(200, {"content-type": "text/csv; charset=utf-8"}, body.encode())


def test_a_csv_file_is_read_as_rows_by_column() -> None:
    """Quotes and line breaks are the file's own; a byte order mark is passed over."""
    body = '\ufeffid,name\r\n1,"a ""b"", c"\r\n2,"x\r\ny"\r\n'
    rows = [{"id": "1", "name": 'a "b", c'}, {"id": "2", "name": "x\r\ny"}]
    assert decode(file_of(body)) == rows
    assert decode(file_of("id,name\r\n")) == []


@pytest.mark.parametrize("body", ["", "id,name\r\n1\r\n", 'id\r\n"1\r\n'])
def test_what_is_no_csv_file_is_not_decoded(body: str) -> None:
    """An empty file, a row of another length and an open quotation are none."""
    assert decode(file_of(body)) is NOT_JSON


def test_the_rows_of_a_csv_file_are_held_against_their_schema() -> None:
    """A column that is missing is a violation, and so is a file that is none."""
    plain = specification("add_points")
    rows = {"type": "array", "items": {"type": "object", "required": ["id"]}}
    responses = {"200": Responses("200", {"text/csv": rows})}
    declared = replace(
        plain, operations={"e": replace(plain.operations["add_points"], responses=responses)}
    )
    check = Conformance(declared).check

    def found(body: str) -> tuple[str, ...]:
        return check("e", file_of(body), decode(file_of(body))).stated

    assert found("id\r\n1\r\n") == ()
    assert found("name\r\n1\r\n") == ('/0: "id" is a required property',)
    assert found("") == ("the body under status 200 is not a CSV file",)
