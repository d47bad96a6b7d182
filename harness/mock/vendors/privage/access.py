"""Privage's tokens: by key and secret, by an exchange token, by a refresh token."""

from __future__ import annotations

import secrets
from typing import Any

from harness.mock.auth import same
from harness.mock.message import Refused, Request
from harness.mock.vendors.privage.business import ACCESS_SECONDS, EXCHANGE_SECONDS, Business
from harness.mock.vendors.privage.fields import object_of, text

# What "one-operation-without-auth" leaves open.
UNGUARDED = "get_profile"
_CONNECT = "connect"


def bearer(request: Request) -> str:
    """Return the token a request carries, empty without one."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


def admit(business: Business, operation: str, request: Request) -> None:
    """Refuse a request without a connect token that is valid now."""
    switches = business.switches
    if operation == UNGUARDED and switches.has("one-operation-without-auth"):
        return
    token = bearer(request)
    if business.tokens.holder(token) is None:
        known = token in business.refresh.values()
        if known and switches.has("expired-token-forbidden"):
            raise Refused("forbidden", "the token has expired")
        raise Refused("unauthorised", "no token, or none that is valid now")


async def generate_exchange_token(business: Business, request: Request) -> dict[str, Any]:
    """Make an exchange token for the Management Site; a connect token is not taken here."""
    token = bearer(request)
    if not same(token, business.management_token):
        connected = business.tokens.holder(token) is not None
        if not connected:
            raise Refused("unauthorised", "no token of the Management Site")
        if not business.switches.has("connect-token-issues-exchange-tokens"):
            raise Refused("forbidden", "a connect token makes no exchange tokens")
    body = object_of(request)
    text(body, "business_code")
    text(body, "addon_id")
    life = EXCHANGE_SECONDS
    if business.switches.has("exchange-token-expires-late"):
        life *= 10
    if business.switches.has("exchange-token-expires-early"):
        life //= 2
    made = f"ex-{secrets.token_urlsafe(24)}"
    business.exchange[made] = business.clock.steady() + life
    return {"exchange_token": made, "expires_in": EXCHANGE_SECONDS}


async def exchange_access_token(business: Business, request: Request) -> dict[str, Any]:
    """Trade an exchange token for an access token and a refresh token; once, and in time."""
    given = text(object_of(request), "exchange_token")
    ends = business.exchange.get(given)
    if ends is None or business.clock.steady() >= ends:
        raise Refused("unauthorised", "the exchange token is unknown, used or too old")
    switches = business.switches
    if switches.has("exchange-token-race"):
        await switches.pause()
    if not switches.has("exchange-token-reusable"):
        business.exchange.pop(given, None)
    return _pair(business)


async def renew_access_token(business: Business, request: Request) -> dict[str, Any]:
    """Trade a refresh token for new tokens; no other credentials are needed."""
    given = text(object_of(request), "refresh_token")
    access = business.refresh.get(given)
    if access is None:
        raise Refused("unauthorised", "the refresh token is not valid")
    switches = business.switches
    if switches.has("renewal-requires-header") and not bearer(request):
        raise Refused("unauthorised", "no token")
    if switches.has("renewal-requires-valid-token") and business.tokens.holder(access) is None:
        raise Refused("unauthorised", "the token has expired")
    return _pair(business)


async def get_access_token(business: Business, request: Request) -> dict[str, Any]:
    """Trade key and secret for an access token; no refresh token comes with it."""
    body = object_of(request)
    key, secret = text(body, "api_key"), text(body, "api_secret")
    if not (same(key, business.api_key) and same(secret, business.api_secret)):
        raise Refused("unauthorised", "wrong key or secret")
    return {"access_token": business.tokens.issue(_CONNECT), "expires_in": ACCESS_SECONDS}


def _pair(business: Business) -> dict[str, Any]:
    access = business.tokens.issue(_CONNECT)
    refresh = f"re-{secrets.token_urlsafe(24)}"
    business.refresh[refresh] = access
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
    }
