"""Announcements of changes to an address of the partner, one request for each."""

from __future__ import annotations

import hmac
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from tests.starpoints.server.refusal import invalid
from tests.starpoints.server.settings import HOOK_SECRET, Settings

Value = dict[str, Any]
LATE_SECONDS = 0.3
SENDERS = 4


@dataclass(slots=True)
class Announcer:
    """Sends what is announced on threads of its own; the last address counts."""

    settings: Settings
    addresses: dict[str, str] = field(default_factory=dict)
    _waiting: SimpleQueue[tuple[str, bytes]] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        for _ in range(SENDERS):
            threading.Thread(target=self._send, daemon=True).start()

    def register(self, url: str) -> Value:
        """Take an address."""
        if not url.startswith("http://127.0.0.1:"):
            raise invalid("INVALID_VALUE", "the url is not of this machine")
        name = uuid.uuid4().hex
        self.addresses[name] = url
        return {"webhook": {"id": name}}

    def unregister(self, name: str) -> Value:
        """Take an address out."""
        if name not in self.addresses:
            raise invalid("NOT_FOUND", "there is no such webhook", 404)
        del self.addresses[name]
        return {}

    def announce(self, event: Value, key: str, balance: Any) -> None:
        """Announce a change that was made."""
        defects = self.settings.defects
        if not self.addresses or "announces-nothing" in defects:
            return
        more = 1 if "announces-other-amount" in defects else 0
        value = {
            "type": "points.changed",
            "event_id": event["id"],
            "idempotency_key": key,
            "account": event["loyalty_account_id"],
            "points": event["points"] + more,
            "balance": balance,
        }
        url = list(self.addresses.values())[-1]
        for _ in range(2 if "announces-again" in defects else 1):
            self._waiting.put((url, json.dumps(value).encode()))

    def _send(self) -> None:
        while True:
            url, body = self._waiting.get()
            if "late-webhook" in self.settings.habits:
                time.sleep(LATE_SECONDS)
            at = urlsplit(url)
            connection = HTTPConnection(at.hostname or "", at.port, timeout=10)
            try:
                connection.request("POST", at.path or "/", body, self._headers(body))
                connection.getresponse().read()
            except (OSError, HTTPException):
                continue
            finally:
                connection.close()

    def _headers(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if "announces-unsigned" not in self.settings.defects:
            signature = hmac.digest(HOOK_SECRET.encode(), body, "sha256").hex()
            headers["X-Star-Signature"] = f"sha256={signature}"
        return headers
