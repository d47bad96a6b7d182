"""TrueYou's access: the token endpoint, the scopes of operations, and the project of a token."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping

from harness.mock.auth import Tokens, same
from harness.mock.clock import Clock
from harness.mock.defects.switches import Switches
from harness.mock.message import Refused, Reply, Request, form_of

PROJECT = "5cf88e55ea2b210001ad1c3d"
TOKEN_SECONDS = 8
"""Short, so that the tokens of even a short run end and have to be renewed."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    "redeem_campaign": ("ty-privilege.burn",),
    "multiple_redeem": ("ty-privilege.burn",),
    "get_customer_card": ("ty-privilege.customer.read",),
    "earn_points": ("ty-privilege.earn",),
    "issue_points_wecampaign": ("ty-privilege.earn", "camp.search", "camp.redeem.w"),
    "mark_used": ("ty-privilege.mark-used",),
    "void_burn": ("ty-privilege.void",),
    "void_earn": ("ty-privilege.void",),
    "void_issue": ("ty-privilege.void",),
}
ALL_SCOPES = tuple(dict.fromkeys(scope for scopes in SCOPES.values() for scope in scopes))

# What "one-operation-without-auth" leaves open.
UNGUARDED = "get_customer_card"


class Desk:
    """Hands out access tokens to the one client there is, and looks at those that come back."""

    def __init__(self, switches: Switches, clock: Clock) -> None:
        self._switches = switches
        self._clock = clock
        self.client_id = f"client-{secrets.token_hex(4)}"
        self.client_secret = secrets.token_urlsafe(24)
        life = None if switches.has("expired-token-accepted") else float(TOKEN_SECONDS)
        self._tokens = Tokens(switches, lifetime_seconds=life, clock=clock.steady)

    async def token(self, request: Request) -> Reply:
        """Respond to a request for a token in the words of OAuth 2."""
        if not self._knows(request):
            return Reply({"error": "invalid_client", "detail": "Bad credentials"}, status=401)
        fields = form_of(request)
        grant = fields.get("grant_type")
        if grant is None:
            return _refused("invalid_request", "Missing grant type")
        if grant != "client_credentials":
            return _refused("unsupported_grant_type", f"Unsupported grant type: {grant}")
        asked = fields.texts.get("scope")
        scopes = ALL_SCOPES if asked is None else tuple(asked.split(" "))
        if not set(scopes) <= set(ALL_SCOPES):
            return _refused("invalid_scope", "the client has no such scope")
        scope = " ".join(scopes)
        return Reply(
            {
                "access_token": self._tokens.issue(scope),
                "token_type": "bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": scope,
                "iat": int(self._clock.now()),
                "jti": secrets.token_hex(16),
            }
        )

    def admit(self, operation: str, request: Request) -> None:
        """Refuse a request whose token is not valid, lacks a scope, or is of another project."""
        if operation == UNGUARDED and self._switches.has("one-operation-without-auth"):
            return
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        scope = self._tokens.holder(token) if kind.lower() == "bearer" else None
        if scope is None:
            raise Refused("unauthorised", "no token, or none that is valid now")
        lacking = set(SCOPES[operation]) - set(scope.split(" "))
        if self._switches.has("partial-scopes-accepted") and len(lacking) < len(SCOPES[operation]):
            lacking = set()
        if lacking and not self._switches.has("scope-not-checked"):
            raise Refused("forbidden", "a scope is missing")
        if request.places["projectId"] != PROJECT:
            raise Refused("forbidden", "the token is of another project")

    def _knows(self, request: Request) -> bool:
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return kind.lower() == "basic" and same(text, f"{self.client_id}:{self.client_secret}")


def _refused(error: str, description: str) -> Reply:
    return Reply({"error": error, "error_description": description}, status=400)
