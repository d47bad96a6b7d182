"""Credentials: passwords that are compared and tokens that are issued, bound and ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.mock.defects.switches import Switches


def md5_hex(text: str) -> str:
    """Return the MD5 of a text in lower-case hex."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets without telling by time where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a token was issued to, the place it is bound to, and until when (monotonic seconds)."""

    holder: str
    bound_to: str
    ends_at: float | None


class Tokens:
    """The tokens a server has issued; each lives until it is ended or its lifetime is over."""

    def __init__(
        self,
        switches: Switches,
        *,
        lifetime_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._switches = switches
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def issue(self, holder: str, bound_to: str = "") -> str:
        """Return a new token of 40 hex digits for a holder, valid only from the place given."""
        if self._switches.has("second-login-ends-first"):
            self._grants.clear()
        token = secrets.token_hex(20)
        life = self._lifetime_seconds
        ends_at = None if life is None else self._clock() + life
        self._grants[token] = Grant(holder, bound_to, ends_at)
        return token

    def holder(self, token: str, bound_to: str = "") -> str | None:
        """Return the holder of a token, None when it is not valid now from this place."""
        grant = self._grants.get(token)
        if grant is None or (grant.ends_at is not None and self._clock() >= grant.ends_at):
            return None
        if grant.bound_to != bound_to and not self._switches.has("token-not-bound-to-uuid"):
            return None
        return grant.holder

    def end(self, token: str) -> None:
        """End a token."""
        if not self._switches.has("token-survives-logout"):
            self._grants.pop(token, None)
