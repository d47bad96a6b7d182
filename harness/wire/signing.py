"""Named signature algorithms over a canonical string built from a closed list of parts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.document.pointer import MISSING, find
from harness.document.template import fill
from harness.model.binding import JsonPart, SignAuth, TextPart
from harness.model.exchange import Request
from harness.wire.request import Draft, render

_FORGED = b"\nforged"


class UnusableKey(Exception):
    """The key is none for the algorithm; the message never shows it."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How a message is signed with a key, and the key that a stranger would use.

    A digest ignores the key, and has no stranger.
    """

    sign: Callable[[bytes, str], str]
    stranger: Callable[[str], str] | None = None


def _hmac_sha256(message: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), message, "sha256")


def _rsa_sha256_base64(message: bytes, key: str) -> str:
    signature = _private_key(key).sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


@lru_cache(maxsize=16)
def _private_key(text: str) -> rsa.RSAPrivateKey:
    # An environment often holds a key on one line, its line breaks written out.
    data = text.replace("\\n", "\n").encode()
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnusableKey("the signing key is no RSA private key in PEM without a passphrase")
    return key


@lru_cache(maxsize=16)
def _other_rsa_key(text: str) -> str:
    key = rsa.generate_private_key(65537, _private_key(text).key_size)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _other_text(text: str) -> str:
    return secrets.token_hex(max(12, len(text) // 2))


ALGORITHMS: Mapping[str, Algorithm] = {
    "hmac-sha256-hex": Algorithm(lambda text, key: _hmac_sha256(text, key).hex(), _other_text),
    "hmac-sha256-base64": Algorithm(
        lambda text, key: base64.b64encode(_hmac_sha256(text, key)).decode(), _other_text
    ),
    "rsa-sha256-base64": Algorithm(_rsa_sha256_base64, _other_rsa_key),
    "md5-hex": Algorithm(lambda text, _: hashlib.md5(text, usedforsecurity=False).hexdigest()),
    "sha256-hex": Algorithm(lambda text, _: hashlib.sha256(text).hexdigest()),
}
"""Algorithm by name. RSA is with the padding of PKCS #1 v1.5; its key is a private one in PEM."""

NAMED: Mapping[str, Callable[[Request], bytes]] = {
    "method": lambda request: request.method.encode(),
    "path": lambda request: request.path.encode(),
    "body": lambda request: request.body,
}
"""The parts of a request that a step may sign by name; the path carries the query."""


def signature(step: SignAuth, plain: Draft, scope: Mapping[str, Any], mode: str = "normal") -> str:
    """Return the signature of a request: a good one, or one that is bad in one way.

    In mode wrong it is the key's own signature of another text, in mode foreign that of
    a stranger's key; a digest is always right. Raises UnusableKey.
    """
    message = signing_message(step, plain, scope)
    algorithm = ALGORITHMS[step.algorithm]
    key = str(fill(step.key, scope))
    if algorithm.stranger is not None and mode == "foreign":
        key = algorithm.stranger(key)
    elif algorithm.stranger is not None and mode == "wrong":
        message += _FORGED
    return algorithm.sign(message, key)


def signing_message(step: SignAuth, plain: Draft, scope: Mapping[str, Any]) -> bytes:
    """Return the message to sign: the parts of the step with what joins them."""
    request = render(plain) if not NAMED.keys().isdisjoint(step.parts) else None
    parts: list[bytes] = []
    for part in step.parts:
        if isinstance(part, JsonPart):
            parts.append(_json(part, plain.body))
        elif isinstance(part, TextPart):
            parts.append(str(fill(part.text, scope)).encode())
        elif request is not None:
            parts.append(NAMED[part](request))
    return step.join.encode().join(parts)


def _json(part: JsonPart, body: Any) -> bytes:
    """Return a member as compact JSON, nothing where the body has none."""
    member = find(body, part.at, MISSING)
    if member is MISSING:
        return b""
    if part.keys and isinstance(member, Mapping):
        member = {key: member[key] for key in part.keys if key in member}
    return orjson.dumps(member)
