"""Named signature algorithms over a canonical string built from a closed list of parts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping

Algorithm = Callable[[bytes, str], str]


def _hmac_sha256_hex(message: bytes, key: str) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _hmac_sha256_base64(message: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()


ALGORITHMS: Mapping[str, Algorithm] = {
    "hmac-sha256-hex": _hmac_sha256_hex,
    "hmac-sha256-base64": _hmac_sha256_base64,
}
"""Algorithm name to function of (canonical message, key) giving the text to place."""


def canonical(parts: tuple[str, ...], method: str, path: str, body: bytes) -> bytes:
    """Return the message to sign: the named parts (method, path, body), joined by newlines.

    Raises KeyError for a part that is not on the list.
    """
    known = {"method": method.encode(), "path": path.encode(), "body": body}
    return b"\n".join(known[part] for part in parts)
