"""What is hidden with a secret, what is left beside it, and what a cut leaves."""

from __future__ import annotations

import base64
import json
import random
import secrets

import pytest

from harness.wire.attempt import BODY_CHARACTERS_MAX, body_text
from harness.wire.redact.redactor import Redactor
from tests.wire.redact.coats import COATS
from tests.wire.redact.test_coats import leaked

TOKEN = "9a2f4d73bcadac7eb753e5d29c4d7262"
DIGITS = ["1234", "50000"]


def test_of_a_login_in_base64_the_user_is_left() -> None:
    """The characters that hold bits of the secret go with it, and the padding."""
    redactor = Redactor(["s3cret-value"], [])
    login = base64.b64encode(b"partner:s3cret-value").decode()
    assert redactor.text(f"Basic {login}, n=1") == "Basic cGFydG5lcj***, n=1"


def test_what_a_cut_goes_through_is_hidden() -> None:
    """At each place of the cut, in coats that are much longer than the secret."""
    redact = Redactor([TOKEN], []).text
    for coat in ("plain", "JSON of every character", "HTML hexadecimal", "hex"):
        written = COATS[coat](TOKEN)
        for cut in range(1, len(written), 7):
            left = redact(f"{'x ' * 40}{written} tail", 80 + cut)
            assert left == f"{'x ' * 40}***"


@pytest.mark.parametrize("coat", COATS)
def test_a_sentence_that_was_cut_ends_without_a_part_of_a_secret(coat: str) -> None:
    """It was cut before it came to be redacted: wherever that was, also within an escape."""
    redact = Redactor([TOKEN], []).text
    written = COATS[coat](TOKEN)
    for cut in range(len(written)):
        left = redact(f'/a: "{written[:cut]}... is too long, and "{TOKEN[:3]}... too')
        assert not leaked(left, TOKEN, 7), left
        assert left.endswith(f' is too long, and "{TOKEN[:3]}... too')


@pytest.mark.parametrize("behind", [0, 1, 5, 31])
def test_a_cut_body_ends_without_a_part_of_a_secret(behind: int) -> None:
    """Wherever the limits of a journal's line are, with long secrets hidden before them."""
    long = secrets.token_hex(2000)
    redact = Redactor([TOKEN, long], []).text
    for limit in (BODY_CHARACTERS_MAX, 4 * BODY_CHARACTERS_MAX):
        body = f"{long} ".ljust(limit - behind, ".") + TOKEN + "." * 70_000
        kept = body_text(body.encode(), redact)
        assert TOKEN[:4] not in kept
        assert f"({len(body)} bytes)" in kept


def test_a_short_secret_is_hidden_where_it_stands_alone() -> None:
    """It may be an ordinary number: parts of others, and fractions, are left."""
    redact = Redactor(DIGITS, []).text
    for left in (
        "51234",
        "12345",
        "1234.50",
        "0.1234",
        "1,234",
        "1234,50",
        "a1234",
        "1234b",
        "250000",
    ):
        text = json.dumps({"amount": left, "n": 5})
        assert redact(text) == text
        assert redact(f"amount={left}&n=5") == f"amount={left}&n=5"
    assert redact('{"pin": "1234", "n": 5}') == '{"pin": "***", "n": 5}'
    assert redact('{"pin": 1234, "n": 5}') == '{"pin": "***", "n": 5}'
    assert redact("pin=1234&n=5, 1234.") == "pin=***&n=5, ***."
    assert redact("%3A1234%3B") == "%3A***%3B"


def test_ordinary_bodies_are_left_as_they_are() -> None:
    """Of ten thousand random ones, with two numbers of few digits among the secrets, nearly all."""
    redact = Redactor([*DIGITS, "admin", "partner-7781", TOKEN, secrets.token_urlsafe(32)], []).text
    rng = random.Random(1)
    changed = 0
    for number in range(10_000):
        body = json.dumps(
            {
                "id": f"{rng.getrandbits(128):032x}",
                "signature": base64.b64encode(rng.randbytes(32)).decode(),
                "amount": rng.randrange(10**9),
                "price": f"{rng.randrange(10**7) / 100:.2f}",
                "text": "administrator & partner, order 77812 of 1,234.50",
                "url": f"/orders/{number}?at=2026-01-01%2010%3A00&key=%C3%A9",
            }
        )
        changed += redact(body) != body
    assert changed <= 1


def test_secrets_that_are_learnt_are_hidden_and_the_oldest_of_many_forgotten() -> None:
    """A server that issues tokens for ever cannot make each line slow."""
    redactor = Redactor(["first-secret"], [])
    redactor.learn(["xy", "late-token"])
    assert redactor.text("first-secret, late-token, xy") == "***, ***, xy"
    for number in range(300):
        redactor.learn([f"token-{number:04}"])
    assert redactor.text("first-secret, token-0000, token-0299") == "***, token-0000, ***"


def test_each_line_of_a_key_is_a_secret() -> None:
    """Also without its line breaks, and where the environment holds them written out."""
    lines = [secrets.token_urlsafe(48) for _ in range(4)]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    for given in (key, key.replace("\n", "\\n")):
        redact = Redactor([given], []).text
        for text in (key, json.dumps(key), "".join(lines), COATS["base64"](key), lines[2]):
            assert not any(line in redact(text) for line in lines)
        assert "BEGIN PRIVATE KEY" in redact(key)
        assert redact(lines[2]) == "***"


def test_bytes_that_are_no_text_are_kept_around_a_secret() -> None:
    """As a body is kept that is no UTF-8."""
    redact = Redactor([TOKEN], []).text
    body = b"\xff\xfe" + TOKEN.encode() + b"\xff"
    assert redact(body.decode(errors="surrogateescape")) == "\udcff\udcfe***\udcff"


def test_signatures_are_hidden_until_many_others_were_made() -> None:
    """In hexadecimal of either case and in base64, escaped too."""
    redactor = Redactor([], [])
    made = [secrets.token_hex(32) for _ in range(5000)]
    signed = base64.b64encode(b"\xfb\xff" * 16).decode()
    for one in (*made, signed):
        redactor.learn_signature(one)
    redact = redactor.text
    assert redact(f"sign={made[-1]}, {made[-1].upper()}!") == "sign=***, ***!"
    for coat in ("URL", "JSON with slashes", "HTML decimal"):
        assert redact(f'{{"sign": "{COATS[coat](signed)}"}}') == '{"sign": "***"}'
    assert redact(made[0]) == made[0]
    assert redact("f" * 64) == "f" * 64
