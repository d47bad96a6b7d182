"""What responds in the place of an API is told from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.check.foreign import foreign_response
from harness.model.exchange import Response
from harness.model.operation import Operation, Responses
from tests.acme import operation

HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
DECLARED: Operation = replace(
    operation("read"), method="get", path="/read", responses={"200": Responses("200", {})}
)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (
            Response(307, {"location": "https://new.example/read?token=1"}, b""),
            "GET /read is redirected to https://new.example/read (status 307)",
        ),
        (Response(302, {}, b""), "GET /read is redirected to an unnamed place (status 302)"),
        (Response(200, HTML, b"<p>"), "GET /read returns a page of HTML instead"),
        (Response(404, {}, b"\n <!DOCTYPE HTML>"), "GET /read returns a page of HTML instead"),
        (Response(503, JSON, b"{}"), "a gateway responds to GET /read (status 503)"),
        (Response(407, HTML, b"<p>"), "the proxy asks for a login (status 407)"),
    ],
)
def test_a_foreign_response_is_told_by_its_kind(response: Response, words: str) -> None:
    """The remedy is for the user, not for the vendor."""
    found = foreign_response(DECLARED, response)
    assert found is not None
    assert found.words.startswith(words)
    assert found.remedy


@pytest.mark.parametrize(
    "response",
    [
        Response(200, JSON, b"{}"),
        Response(404, JSON, b'{"error": "unknown"}'),
        Response(500, JSON, b"{}"),
        Response(429, JSON, b"{}"),
        Response(200, {"content-type": "text/plain"}, b"no API at all"),
    ],
)
def test_a_response_that_may_be_the_apis_is_not_foreign(response: Response) -> None:
    """A wrong status or body is for the checks to judge."""
    assert foreign_response(DECLARED, response) is None


def test_what_the_specification_declares_is_not_foreign() -> None:
    """A redirect, a page and a 503 that are documented are the API's own."""
    page = Responses("200", {"text/html": None})
    own = {"200": page, "3XX": Responses("3XX", {}), "503": Responses("503", {})}
    declared = replace(DECLARED, responses=own)
    for response in (Response(200, HTML, b""), Response(307, {}, b""), Response(503, JSON, b"")):
        assert foreign_response(declared, response) is None
