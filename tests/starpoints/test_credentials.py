"""Credentials, and values that stand in headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.starpoints.project import BINDING, SPECIFICATION, Ended, Project

TOKEN_PATH = """\
  /oauth/token:
    post:
      operationId: GetToken
      x-source: handbook, Access
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [grant_type, client_secret]
              properties: {grant_type: {const: client_credentials}, client_secret: {type: string}}
      responses:
        "200":
          description: a token
          content:
            application/json:
              schema:
                type: object
                required: [access_token, expires_in]
                properties: {access_token: {type: string}, expires_in: {type: integer}}
        default: {$ref: "#/components/responses/Errors"}
"""
SESSION_PATH = """\
  /session:
    post:
      operationId: OpenSession
      x-source: handbook, Access
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [client_secret]
              properties: {client_secret: {type: string}}
      responses:
        "204":
          description: the cookie is set
          headers: {Set-Cookie: {required: true, schema: {type: string}}}
        default: {$ref: "#/components/responses/Errors"}
"""
BEARER = "    bearer: {type: http, scheme: bearer}\n"
COOKIE = "    bearer: {type: apiKey, in: cookie, name: session}\n"


def test_a_token_that_ends_early_is_renewed(project: Project) -> None:
    """15: it ends after 60 requests although the vendor says an hour; scenarios and load go on."""
    project.add_paths(TOKEN_PATH)
    token = {
        "operation": "GetToken",
        "send": {
            "body": {"grant_type": "client_credentials", "client_secret": "${secret.token}"},
        },
        "extract": {"token": "/access_token"},
        "lifetime": "/expires_in",
        "renew_on": ["unauthorised"],
        "places": [{"in": "header", "name": "Authorization", "value": "Bearer ${token}"}],
        "exempt": ["GetToken"],
    }
    log_in(project, token, sensitive=["access_token", "client_secret"])
    project.serve("token-login", token_uses=60)
    check = project.check("--only", "race.")
    check.passed()
    load = project.load()
    load.passed()
    for run in (check, load):
        assert len(run.outcomes("GetToken")) >= 2, "no token was renewed"


def test_credentials_may_be_a_cookie(project: Project) -> None:
    """41: the secret is a cookie that every request has."""
    old = '{in: header, name: Authorization, value: "Bearer ${secret.token}"}'
    project.edit(BINDING, old, '{in: cookie, name: session, value: "${secret.token}"}')
    project.edit(SPECIFICATION, BEARER, COOKIE)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve("cookie")
    project.check("--only", "ledger.").passed()


def test_a_login_may_set_a_cookie(project: Project) -> None:
    """41: a login sets the cookie; both engines send it, and renew it when it ends."""
    project.add_paths(SESSION_PATH)
    project.edit(SPECIFICATION, BEARER, COOKIE)
    token = {
        "operation": "OpenSession",
        "send": {"body": {"client_secret": "${secret.token}"}},
        "extract": {"session": {"cookie": "session"}},
        "renew_on": ["unauthorised"],
        "places": [{"in": "cookie", "name": "session", "value": "${session}"}],
        "exempt": ["OpenSession"],
    }
    project.accept(204)
    log_in(project, token, sensitive=["client_secret"])
    project.serve("cookie-login", token_uses=60)
    check = project.check("--only", "race.")
    check.passed()
    project.load().passed()
    written = "".join(path.read_text("utf-8") for path in check.folder.rglob("*.ndjson"))
    assert not re.search("session=[0-9a-f]{8}", written), "a credential is in the journal"


def test_a_new_member_may_be_named_in_a_header(project: Project) -> None:
    """40: the response is 201 without a body; its header Location holds the account's number."""
    specification, binding = project.read(SPECIFICATION), project.read(BINDING)
    made = {"description": "made", "headers": {"Location": {"schema": {"type": "string"}}}}
    responses = specification["paths"]["/v2/loyalty/accounts"]["post"]["responses"]
    responses["201"] = made
    del responses["200"]
    (step,) = binding["enroll"]["steps"]
    step["extract"] = {"account": {"header": "Location", "matches": "/accounts/(.+)$"}}
    project.write(SPECIFICATION, specification)
    project.write(BINDING, binding)
    project.accept(201)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve("location")
    run = project.check("--only", "ledger.")
    run.passed()
    # A scenario asks for a member that does not exist, too.
    accounts = {line["account"] for line in run.lines() if "account" in line} - {"nobody"}
    assert accounts
    assert all(re.fullmatch("acc-[0-9a-f]{12}", account) for account in accounts)


@pytest.mark.parametrize(
    "habits", [pytest.param(("retry-date",), id="date"), pytest.param((), id="seconds")]
)
def test_a_throttled_request_violates_nothing(project: Project, habits: tuple[str, ...]) -> None:
    """16: 429 is no refusal by the ledger; it is waited for, and the report says it."""
    old = "  - when: {status: [401]}"
    rule = "  - when: {status: [429]}\n    then: refused\n    reason: throttled\n"
    project.edit(BINDING, old, f"{rule}{old}")
    project.serve(*habits, rate=5)
    run = project.check("--only", "ledger.")
    run.passed()
    waits = waits_after_429(run)
    assert waits
    # A date is a whole second, up to one second less than what the server means.
    assert habits or min(waits) > 0.9
    assert re.search("429|throttl|rate limit", run.output, re.IGNORECASE)
    if not habits:
        load = project.load()
        assert load.exit == 5, load.output
        waits = waits_after_429(load)
        assert sorted(waits)[len(waits) // 2] > 0.5, "arrivals wait for as long as the server asks"


def waits_after_429(run: Ended) -> list[float]:
    """Return the seconds from each response 429 to the request after it."""
    waits, told = [], None
    for line in run.lines():
        if line["event"] == "outcome" and line.get("status") == 429:
            told = line["done_ns"]
        elif line["event"] == "invoke" and told is not None:
            waits.append((line["sent_ns"] - told) / 1e9)
            told = None
    return waits


def log_in(project: Project, token: Mapping[str, Any], *, sensitive: list[str]) -> None:
    """Take credentials from a login instead of a secret that is sent with every request."""
    binding = project.read(BINDING)
    binding["auth"] = [{"token": dict(token)}]
    binding["samples"][token["operation"]] = token["send"]
    binding["sensitive"] += sensitive
    project.write(BINDING, binding)
    lint = project.lint()
    assert lint.exit == 0, lint.output
