"""Who may ask for what: a client's signature over time, method, path and body."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

from tests.brightmiles.server.refusal import OLD, UNSIGNED, Refusal
from tests.brightmiles.server.settings import CLIENT, KEY, TIME_SECONDS_MAX, Settings


def verify(
    settings: Settings, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Refuse a request that the client did not sign, or not lately; `path` is with the query."""
    sent, given = headers.get("x-bright-time", ""), headers.get("x-bright-signature", "")
    if headers.get("x-bright-client") != CLIENT or not sent.isdecimal():
        raise Refusal(UNSIGNED, "the client or the time is missing")
    if "unsigned" in settings.defects and not given:
        return
    equal = hmac.compare_digest(_signature(sent, method, path, body), given)
    if not equal and not (given and "any-signature" in settings.defects):
        raise Refusal(UNSIGNED, "the signature is not that of the request")
    old = abs(time.time() - int(sent)) > TIME_SECONDS_MAX
    if old and "any-time" not in settings.defects:
        raise Refusal(OLD, f"the time is more than {TIME_SECONDS_MAX} seconds away")


def _signature(sent: str, method: str, path: str, body: bytes) -> str:
    message = b"\n".join((sent.encode(), method.encode(), path.encode(), body))
    return hmac.new(KEY.encode(), message, hashlib.sha256).hexdigest()
