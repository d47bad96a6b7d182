"""A secret is hidden in every coat, alone or short or odd, and ordinary values are left."""

from __future__ import annotations

import base64
import html
import re
from urllib.parse import unquote_plus

import pytest

from harness.wire.redact.redactor import Redactor
from tests.wire.redact.coats import COATS

SECRETS = {
    "token": "9a2f4d73bcadac7eb753e5d29c4d7262",
    "password": "Corr3ct horse+battery/st%41ple\\n&amp;<\"'>=41 é€😀",
    "address": "staff-ded58d35@shop.example",
    "short": "Pa5$",
    "digits": "91823",
    "base64": "c2VjcmV0LWtleS1vZi1hLXBhcnRuZXI/+w==",
}
SHORT = {"lower case", "upper case"}
"""Coats in which a short secret may be an ordinary word."""
FRAMES = {
    "JSON": '{{"message": "no such key {}", "amount": 5}}',
    "text": "error: <{}> is unknown",
    "form": "a=41&key={}&b=%20",
    "header": "x-debug: {}; path=/",
}


@pytest.mark.parametrize("coat", COATS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_in_every_coat(secret: str, coat: str) -> None:
    """In a JSON body, a text, a form and a header, and what stands around it is left."""
    value = SECRETS[secret]
    if coat in SHORT and len(value) < 8:
        return
    redactor = Redactor(SECRETS.values(), [])
    for frame in FRAMES.values():
        written = COATS[coat](value)
        before, _, after = frame.format("|").partition("|")
        left = redactor.text(frame.format(written))
        assert left.startswith(before)
        assert left.endswith(after)
        assert "***" in left
        assert not leaked(left, value), left


def leaked(text: str, secret: str, length: int = 0) -> bool:
    """Say whether a part of a secret can still be read: of a length, or half of it."""
    texts = {text}
    for _ in range(4):
        texts |= {html.unescape(one) for one in texts} | {unquote_plus(one) for one in texts}
        texts |= {re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), one) for one in texts}
        texts |= {re.sub(r"\\(.)", r"\1", one) for one in texts}
    for run in re.findall(r"[A-Za-z0-9+/_-]{4,}", text):
        for skipped in range(4):
            data = run[skipped:].translate(str.maketrans("-_", "+/"))
            data = data[: len(data) // 4 * 4]
            texts.add(base64.b64decode(data).decode(errors="replace"))
    for run in re.findall(r"[0-9A-Fa-f]{4,}", text):
        texts.add(bytes.fromhex(run[: len(run) // 2 * 2]).decode(errors="replace"))
    length = length or max(4, len(secret) // 2)
    parts = [secret[at : at + length].lower() for at in range(len(secret) - length + 1)]
    return any(part in one.lower() for part in parts for one in texts)
