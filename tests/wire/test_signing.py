"""Signatures over a canonical string, and requests that carry them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import harness.document
from harness.model.binding import DIGESTS, JsonPart, Place, SignAuth, TextPart
from harness.wire.auth import AuthFailed, Session, Tokens
from harness.wire.request import Draft, draft, merged, render, time_at
from harness.wire.signing import ALGORITHMS, NAMED, UnusableKey, signature, signing_message
from tests.acme import JSON, binding, operation, specification

KEY = rsa.generate_private_key(65537, 1024)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
BODY: dict[str, Any] = {
    "Data": {"b": 2, "a": "é", "extra": True, "rows": [{"z": 1, "y": None}]},
    "n": 1,
}
SCOPE = {"secret": {"key": PEM}, "now": time_at("+07:00")}
RSA = SignAuth(
    "rsa-sha256-base64",
    (JsonPart("/Data", ("a", "b", "none", "rows")),),
    "${secret.key}",
    (Place("body", "/Data/sign", "${signature}"),),
)
DIGEST = SignAuth(
    "md5-hex",
    ("body", TextPart("2024-04-30")),
    "",
    (Place("header", "Once", "${signature}"),),
    join="",
)


def request(body: Any = None) -> Draft:
    """Return a request with a JSON body."""
    return merged(draft(operation("x", JSON), {}, {}), {"body": BODY if body is None else body})


def session(*steps: SignAuth, key: str = PEM) -> Session:
    """Return the session of a vendor that signs."""
    signing = replace(binding(), auth=steps)
    scope = {"value": {}, "secret": {"key": key}}
    return Session(Tokens(signing, specification("login"), scope, lambda *_: None, lambda _: None))


def is_signed(text: str, message: bytes) -> bool:
    """Say whether the text is the key's signature of the message."""
    try:
        KEY.public_key().verify(
            base64.b64decode(text), message, padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return True


def test_a_member_is_signed_in_the_declared_order_and_nothing_else_of_it() -> None:
    """Keys that are not listed, or not there, are left out; what is inside stays as it is."""
    signed = signing_message(RSA, request(), SCOPE)
    assert signed == '{"a":"é","b":2,"rows":[{"z":1,"y":null}]}'.encode()
    whole = SignAuth("sha256-hex", (JsonPart("/Data"),), "", ())
    assert json.loads(signing_message(whole, request(), SCOPE)) == BODY["Data"]


@pytest.mark.parametrize(("body", "signed"), [({}, b""), ({"Data": "text"}, b'"text"')])
def test_a_member_that_is_no_mapping_is_signed_as_it_is(body: Any, signed: bytes) -> None:
    """A request that is made invalid on purpose can be signed too."""
    assert signing_message(RSA, request(body), SCOPE) == signed


def test_parts_are_joined_as_declared() -> None:
    """Method, path and body stand beside texts that the scope fills."""
    parts = ("method", "path", "body", TextPart("${now|date}"))
    step = SignAuth("sha256-hex", parts, "", (), join="|")
    plain = request({"n": 1})
    today = f"{SCOPE['now']:%Y-%m-%d}"
    assert signing_message(step, plain, SCOPE).decode() == f'POST|/x|{{"n":1}}|{today}'
    assert SignAuth("sha256-hex", parts, "", ()).join == "\n"


def test_an_rsa_signature_holds_against_the_public_key() -> None:
    """A good one is of the message; a wrong and a foreign one are well formed and do not hold."""
    message = signing_message(RSA, request(), SCOPE)
    good = {mode: signature(RSA, request(), SCOPE, mode) for mode in ("normal", "ended", "x")}
    assert all(is_signed(text, message) for text in good.values())
    for mode in ("wrong", "foreign"):
        bad = signature(RSA, request(), SCOPE, mode)
        assert len(base64.b64decode(bad)) == 128
        assert not is_signed(bad, message)


def test_keyed_digests_and_digests_are_those_of_the_standard_library() -> None:
    """An HMAC is wrong in modes of invalid credentials; a digest is no credential."""
    message = signing_message(DIGEST, request(), SCOPE)
    assert signature(DIGEST, request(), SCOPE) == hashlib.md5(message).hexdigest()
    assert signature(DIGEST, request(), SCOPE, "wrong") == hashlib.md5(message).hexdigest()
    keyed = SignAuth("hmac-sha256-hex", ("body",), "k", ())
    expected = hmac.new(b"k", render(request()).body, hashlib.sha256).hexdigest()
    assert signature(keyed, request(), SCOPE) == expected
    assert signature(keyed, request(), SCOPE, "wrong") != expected
    assert signature(keyed, request(), SCOPE, "foreign") != expected


def test_a_key_may_stand_on_one_line() -> None:
    """An environment variable often holds the line breaks written out."""
    one_line = {"secret": {"key": PEM.replace("\n", "\\n")}}
    assert signature(RSA, request(), one_line) == signature(RSA, request(), SCOPE)


@pytest.mark.parametrize(
    "key",
    ["", "hunter2", PEM[:200], PEM.replace("PRIVATE", "PUBLIC")],
    ids=["empty", "text", "cut", "public"],
)
def test_an_unusable_key_is_told_and_not_shown(key: str) -> None:
    """Nothing can be tested with it, and the message holds nothing of it."""
    with pytest.raises(UnusableKey) as raised:
        signature(RSA, request(), {"secret": {"key": key}})
    assert str(raised.value) == (
        "the signing key is no RSA private key in PEM without a passphrase"
    )
    with pytest.raises(AuthFailed, match="no RSA private key"):
        session(RSA, key=key).apply(request())


def test_the_schema_knows_what_the_code_knows() -> None:
    """The lists of algorithms and parts in the format are those that are implemented."""
    path = Path(harness.document.__file__).parent / "schemas" / "binding.schema.json"
    auth = json.loads(path.read_text("utf-8"))["properties"]["auth"]["items"]["properties"]
    declared = auth["sign"]["properties"]
    assert declared["algorithm"]["enum"] == list(ALGORITHMS)
    assert declared["parts"]["items"]["anyOf"][0]["enum"] == list(NAMED)
    assert {name for name, one in ALGORITHMS.items() if one.stranger is None} == DIGESTS


def test_a_digest_is_of_the_request_as_it_leaves() -> None:
    """The signature goes into the body at its pointer, and then the body is digested."""
    sent = session(RSA, DIGEST).apply(request())
    data: dict[str, Any] = sent.body["Data"]
    text = data["sign"]
    assert is_signed(text, signing_message(RSA, request(), SCOPE))
    assert list(data) == [*BODY["Data"], "sign"]
    body = render(sent).body
    assert sent.headers["Once"] == hashlib.md5(body + b"2024-04-30").hexdigest()


def test_a_forger_changes_what_was_signed_and_digests_it_anew() -> None:
    """Only the signature tells that the request was altered, whatever else goes along."""

    def forge(signed: Draft) -> Draft:
        return merged(signed, {"body": {"Data": {"b": 9_000}}})

    sent = session(RSA, DIGEST).apply(request(), "normal", forge)
    assert sent.body["Data"]["b"] == 9_000
    assert is_signed(sent.body["Data"]["sign"], signing_message(RSA, request(), SCOPE))
    assert not is_signed(sent.body["Data"]["sign"], signing_message(RSA, sent, SCOPE))
    body = render(sent).body
    assert sent.headers["Once"] == hashlib.md5(body + b"2024-04-30").hexdigest()


def test_what_auth_adds_can_be_taken_away() -> None:
    """An alteration has the last word, over headers and over the body."""
    sent = session(RSA, DIGEST).apply(
        request(), "normal", lambda signed: merged(signed, {}, ("Once", "/Data/sign"))
    )
    assert sent.headers == {}
    assert sent.body == BODY


def test_signing_vendors_support_foreign_keys() -> None:
    """A key of a stranger can be made for a signature, not for a digest."""
    assert session(RSA).supports("foreign")
    assert not session(DIGEST).supports("foreign")
    assert session(RSA).apply(request(), "none").body == BODY


def test_a_signature_with_a_lifetime_can_be_expired() -> None:
    """It is then the right one of an old moment, which every place of the request shows."""
    at = Place("header", "At", "${now|unix}")
    dated = replace(RSA, parts=("body", TextPart("${now|unix}")), places=(*RSA.places, at))
    step = replace(dated, lifetime=300.0)
    assert session(step).supports("expired")
    assert not session(dated).supports("expired")
    assert session(step).guarded("x", "expired")
    assert not session(dated).guarded("x", "expired")
    fresh, old = (session(step).apply(request(), mode) for mode in ("normal", "expired"))
    assert 599 <= int(fresh.headers["At"]) - int(old.headers["At"]) <= 630
    for sent in (fresh, old):
        message = render(request()).body + b"\n" + sent.headers["At"].encode()
        assert is_signed(sent.body["Data"]["sign"], message)


def test_signatures_of_a_key_are_told_and_digests_are_not() -> None:
    """What only the owner of the key can make must not be written down."""
    told: list[str] = []
    signed = replace(session(RSA, DIGEST), signed=told.append).apply(request())
    assert told == [signed.body["Data"]["sign"]]
