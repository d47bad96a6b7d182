"""Credentials stand in commands as variables, and each says where its value comes from."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from harness.model.binding import Place, SignAuth, StaticAuth, TokenAuth
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.wire.journal.curl import curl_line, variables_in
from harness.wire.shell import shell_places, shell_variables
from tests.acme import binding, specification

STAGING = Target(
    "staging", "staging", "https://acme.example/api/", {"key": "env:ACME_KEY"}, {"shop": "7"}
)
INVOKE: dict[str, Any] = {
    "operation": "add_points",
    "request": ["POST", "/points?x=1", '{"n":5}'],
    "headers": {"Idempotency-Key": "r'1"},
}
HEADER = RunHeader(base_url="http://h/", media={"add_points": "application/json"})


def places(*made: Place) -> dict[str, tuple[str, ...]]:
    """Return what stands in commands for places that a static step fills."""
    known = replace(binding(), auth=(StaticAuth(made),))
    return shell_places(known, specification(), STAGING)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("header", "Authorization", "Bearer ${secret.key}"), "Bearer $ACME_KEY"),
        (Place("query", "k", "${secret.key}x"), "${ACME_KEY}x"),
        (Place("header", "X", '${value.shop}-"$'), '7-\\"\\$'),
        (Place("header", "X", "${secret.key|base64}"), "$ACME_KEY_BASE64"),
        (Place("basic", "", "shop:${secret.key}"), "shop:$ACME_KEY"),
    ],
)
def test_secrets_are_variables_of_the_environment(place: Place, text: str) -> None:
    """The rest of a template is written out for double quotes."""
    (found,) = places(place)["add_points"]
    assert found == f"{place.where}:{place.name}={text}"


def test_each_variable_says_where_its_value_comes_from() -> None:
    """A token is asked for by a command, a signature cannot be made, a secret is named."""
    token = TokenAuth(
        "add_points",
        {"body": {"key": "${secret.key}", "note": "it's"}},
        {"token": "/data/0/access_token"},
        (Place("header", "Authorization", "Bearer ${token}"),),
    )
    sign = SignAuth("hmac-sha256", (), "${secret.key}", (Place("header", "S", "${signature}"),))
    known = replace(binding(), auth=(token, sign))
    variables = shell_variables(known, specification(), STAGING)
    assert variables["ACME_KEY"] == "# $ACME_KEY: the secret key of the target staging"
    assert "hmac-sha256" in variables["SIGNATURE"]
    line = variables["TOKEN"]
    assert line.startswith("TOKEN=$(curl -sS -X POST ")
    assert """jq -r '.["data"][0]["access_token"]')""" in line
    assert "https://acme.example/api/earn" in line
    assert list(variables_in(line)) == ["ACME_KEY"]
    # What the shell reads is the request with the variable's value.
    command = line.partition("$(")[2].partition(" | jq")[0]
    assert '{"key":"$ACME_KEY","note":"it\'s"}' in shlex.split(command)


def test_a_command_has_every_header_and_the_body() -> None:
    """Quoted for a shell; credentials first."""
    header = replace(HEADER, auth={"add_points": ("header:Authorization=Bearer $ACME_KEY",)})
    assert curl_line(header, INVOKE) == (
        'curl -sS -X POST -H "Authorization: Bearer $ACME_KEY" '
        "-H 'Idempotency-Key: r'\"'\"'1' -H 'content-type: application/json' "
        """--data-raw '{"n":5}' "http://h/points?x=1\""""
    )


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ("query:k=$K", '"http://h/points?x=1&k=$K"'),
        ("basic:=$U:$P", '-u "$U:$P"'),
        ("cookie:session=$S", '-b "session=$S"'),
        ("body:/sign=$S", """--data-raw '{"n":5,"sign":"'"$S"'"}'"""),
        ("body:/a/b=$S", "# add /a/b to the body"),
        ("header:X", '-H "X: $X"'),
    ],
)
def test_credentials_stand_in_their_places(place: str, part: str) -> None:
    """Also within a JSON body, where the journal holds it."""
    assert part in curl_line(replace(HEADER, auth={"add_points": (place,)}), INVOKE)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"request": ["HEAD", "/p", ""]}, "curl -sS --head "),
        ({"headers": {"X-Empty": ""}}, "-H 'X-Empty;'"),
        ({"headers": {"content-type": "multipart/form-data; boundary=b"}}, "boundary=b"),
        (
            {"body_file": "c7", "request": ["POST", "/p", "x… (9000 bytes)"]},
            "--data-binary @journal/acme/bodies/c7 ",
        ),
        ({"request": ["POST", "/p", "x… (9000 bytes)"]}, "the body is cut here"),
        ({"request": ["POST", "/p", '{"tel":"***"}']}, "*** stands for a value that is hidden"),
        ({"auth": "wrong"}, "with wrong credentials"),
    ],
)
def test_what_a_line_cannot_hold_is_said(more: dict[str, Any], part: str) -> None:
    """A body in a file, a cut one, a hidden value."""
    line = curl_line(HEADER, {**INVOKE, **more}, "journal/acme")
    assert part in line
    assert ("content-type: application/json" in line) is (
        "multipart" not in line and "--head" not in line
    )
