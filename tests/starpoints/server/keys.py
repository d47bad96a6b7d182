"""The keys that the server remembers, so that a repeated request is done once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.starpoints.server.refusal import Refusal, invalid, required
from tests.starpoints.server.settings import Settings

LENGTH_MAX = 128
FORGOTTEN_SECONDS = 1.5
IN_FLIGHT_SECONDS = 0.02

Value = dict[str, Any]
Slot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a key was used for, the response it got, and when."""

    request: str
    value: Value
    at: float


@dataclass(slots=True)
class Keys:
    """Does what a key asks for once; a repeat gets the response of the first request.

    A key is known to one page, or to all rows of bulks.
    """

    settings: Settings
    stored: dict[Slot, Stored] = field(default_factory=dict)
    busy: set[Slot] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def guard(self) -> AbstractContextManager[object]:
        """Return what keeps requests apart; a server that loses updates has no such thing."""
        return nullcontext() if "loses-updates" in self.settings.defects else self.lock

    def once(self, page: str, body: Any, do: Callable[[], Value]) -> Value:
        """Return the response of the request, or of the first one with its key."""
        key = required(body, "idempotency_key", str)
        if not 1 <= len(key) <= LENGTH_MAX:
            raise invalid("INVALID_VALUE", f"a key has 1 to {LENGTH_MAX} characters")
        slot = (page, key)
        self._enter(slot)
        try:
            with self.guard():
                return self._once(slot, json.dumps(body, sort_keys=True), do)
        except Refusal:
            self.busy.discard(slot)
            raise

    def _enter(self, slot: Slot) -> None:
        if "conflict-in-flight" not in self.settings.habits:
            return
        with self.lock:
            if slot in self.busy and slot not in self.stored:
                raise invalid("REQUEST_IN_PROGRESS", "the first request is under way", 409)
            self.busy.add(slot)
        time.sleep(IN_FLIGHT_SECONDS)

    def _once(self, slot: Slot, request: str, do: Callable[[], Value]) -> Value:
        known = self._known(slot)
        if known is None:
            value = do()
            self.stored[slot] = Stored(request, value, time.monotonic())
            return value
        if known.request != request:
            status = 422 if "changed-key-422" in self.settings.habits else 400
            raise invalid("IDEMPOTENCY_KEY_REUSED", "the key was used for another request", status)
        return known.value

    def _known(self, slot: Slot) -> Stored | None:
        defects, known = self.settings.defects, self.stored.get(slot)
        if known is None or "forgets-keys" in defects:
            return None
        old = time.monotonic() - known.at > FORGOTTEN_SECONDS
        return None if old and "forgets-old-keys" in defects else known
