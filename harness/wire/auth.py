"""Apply the auth steps of a binding to a request, keeping tokens fresh."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from harness.document.pointer import MISSING, find
from harness.document.template import fill
from harness.model.binding import AUTH_MODES, Binding, Place, SignAuth, StaticAuth, TokenAuth
from harness.model.operation import Specification
from harness.wire.clock import now
from harness.wire.request import Draft, draft, merged, put
from harness.wire.signing import ALGORITHMS, UnusableKey, signature

_RENEW_EARLY_SECONDS = 5.0
_EXPIRY_WAIT_SECONDS_MAX = 20.0
"""Longer is not waited for the end of a token's life."""
_EXPIRY_MARGIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Token:
    """What a token operation gave, with when to renew it and when it ends, in monotonic seconds.

    `scope` is what templates see of it; the times are infinite when it ends by no clock.
    """

    captured: Mapping[str, str]
    scope: Mapping[str, Any]
    renew: float
    end: float


Alter = Callable[[Draft], Draft]
"""Change a request after it was signed."""

Ask = Callable[[Draft, bool], Any]
"""Send a token operation and return its decoded answer; raises AuthFailed when it was not ok.

The second argument says that the operation ends a token.
"""


class AuthFailed(Exception):
    """No token could be had, so nothing behind it can be tested."""


class Session:
    """The credentials of one run with one target.

    `ask` sends a draft as it is. `learn` is told every value that must not be written down.
    Thread-safe: one renewal at a time.
    """

    def __init__(
        self,
        binding: Binding,
        specification: Specification,
        values: Mapping[str, str],
        secret_values: Mapping[str, str],
        ask: Ask,
        learn: Callable[[list[str]], None],
    ) -> None:
        self._binding = binding
        self._specification = specification
        self._scope: dict[str, Any] = {"value": values, "secret": secret_values}
        self._ask = ask
        self._learn = learn
        self._lock = RLock()
        self._generation = 0
        self._tokens: dict[int, _Token] = {}
        self._first: dict[int, _Token] = {}
        self._apart: dict[tuple[int, str], _Token] = {}

    def supports(self, mode: str) -> bool:
        """Say whether the binding's auth has what the mode needs.

        Expired credentials need a token whose life ends so soon that one can wait for it.
        """
        tokens = [step for step in self._binding.auth if isinstance(step, TokenAuth)]
        if mode == "foreign":
            signs = [step for step in self._binding.auth if isinstance(step, SignAuth)]
            keyed = any(ALGORITHMS[step.algorithm].stranger for step in signs)
            return keyed or any(step.bound_to for step in tokens)
        if mode == "ended":
            return any(step.end for step in tokens)
        if mode == "expired":
            left = [self._left(index) for index in self._expiring()]
            return bool(left) and max(left) <= _EXPIRY_WAIT_SECONDS_MAX
        if mode not in AUTH_MODES:
            return any(mode in step.variants for step in tokens)
        return mode == "normal" or bool(self._binding.auth)

    def guarded(self, operation: str, mode: str = "normal") -> bool:
        """Say whether any auth step applies to the operation, one of those the mode spoils."""
        tokens_only = mode not in ("normal", "none", "wrong")
        return any(
            operation not in step.exempt
            and (
                operation not in step.optional_for
                if isinstance(step, TokenAuth)
                else not tokens_only
            )
            for step in self._binding.auth
        )

    def apply(self, plain: Draft, mode: str = "normal", alter: Alter | None = None) -> Draft:
        """Return the draft with credentials of a mode or of a variant that the binding names.

        `alter` changes it once it is signed; digests, which anyone can make, are of the altered
        request.
        """
        if mode == "none":
            return alter(plain) if alter else plain
        result = plain
        here = {"now": now(self._binding.utc_offset), "fresh": secrets.token_hex(8)}
        scope: Mapping[str, Any]
        for index, step in enumerate(self._binding.auth):
            if plain.operation.id in step.exempt:
                continue
            if isinstance(step, StaticAuth):
                scope = self._spoilt_secrets() if mode == "wrong" else self._scope
                result = _placed(result, step.places, {**scope, **here})
            elif isinstance(step, TokenAuth):
                scope = self._token_scope(index, step, mode)
                result = _placed(result, step.places, {**scope, **here})
            else:
                if alter and not ALGORITHMS[step.algorithm].stranger:
                    result = alter(result)
                result = _signed(result, step, {**self._scope, **here}, mode)
        return alter(result) if alter else result

    @property
    def generation(self) -> int:
        """How often the tokens were renewed, to be read before a request is given one."""
        return self._generation

    def renew(self, refused: int | None = None) -> None:
        """Forget every token, so that the next request fetches a new one.

        Where a request of the generation `refused` asks for it, tokens that are newer stay.
        """
        with self._lock:
            if refused in (None, self._generation):
                self._tokens.clear()
                self._generation += 1

    def renews_on(self, reason: str | None) -> bool:
        """Say whether a refusal for this reason calls for a new token."""
        return any(
            isinstance(step, TokenAuth) and reason in step.renew_on for step in self._binding.auth
        )

    def _token_scope(self, index: int, step: TokenAuth, mode: str) -> Mapping[str, Any]:
        if mode in ("ended", "foreign") or mode in step.variants:
            apart = self._token_apart(index, step, mode)
            # A foreign token belongs elsewhere and is shown here.
            return {**self._scope, **apart.captured} if mode == "foreign" else apart.scope
        if mode == "expired" and index in self._expiring():
            time.sleep(max(0.0, self._left(index)))
            return self._first[index].scope
        token = self._token(index, step)
        if mode == "wrong":
            spoilt = {name: secrets.token_hex(20)[: len(v)] for name, v in token.captured.items()}
            return {**self._scope, **spoilt}
        return token.scope

    def _token(self, index: int, step: TokenAuth) -> _Token:
        with self._lock:
            token = self._tokens.get(index)
            if token is None or time.monotonic() >= token.renew:
                token = self._tokens[index] = self._fetch(step, self._scope)
                # The oldest token is the first to have expired.
                self._first.setdefault(index, token)
            return token

    def _expiring(self) -> list[int]:
        """Return the token steps whose tokens end by a clock."""
        return [
            index
            for index, step in enumerate(self._binding.auth)
            if isinstance(step, TokenAuth) and step.lifetime is not None
        ]

    def _left(self, index: int) -> float:
        """Return the seconds until the first token of a step has surely expired."""
        step = self._binding.auth[index]
        if index not in self._first and isinstance(step, TokenAuth):
            self._token(index, step)
        return self._first[index].end + _EXPIRY_MARGIN_SECONDS - time.monotonic()

    def _fetch(
        self, step: TokenAuth, scope: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> _Token:
        operation = self._specification.operations[step.operation]
        plain = merged(draft(operation, step.send, scope), fill(extra or {}, scope))
        for place_step in self._binding.auth:
            if isinstance(place_step, StaticAuth) and step.operation not in place_step.exempt:
                plain = _placed(plain, place_step.places, scope)
        value = self._ask(plain, False)
        captured = {}
        for name, pointer in step.extract.items():
            found = find(value, pointer, MISSING)
            if found is MISSING or found in (None, ""):
                raise AuthFailed(f"the response of {step.operation} holds nothing at {pointer}")
            captured[name] = str(found)
        self._learn(list(captured.values()))
        now, life = time.monotonic(), float("inf")
        if step.lifetime is not None:
            lifetime = find(value, step.lifetime, MISSING)
            if isinstance(lifetime, int | float | str) and str(lifetime).isdigit():
                life = float(lifetime)
        renew = now + max(1.0, life - _RENEW_EARLY_SECONDS)
        return _Token(captured, {**scope, **captured}, renew, now + life)

    def _token_apart(self, index: int, step: TokenAuth, why: str) -> _Token:
        """Return a token of its own: what is done to it must not end the run's."""
        with self._lock:
            token = self._apart.get((index, why))
            if token is None or (why != "ended" and time.monotonic() >= token.renew):
                scope = self._scope if why in step.variants else self._elsewhere(step, why)
                token = self._fetch(step, scope, step.variants.get(why))
                if why == "ended" and step.end is not None:
                    closing = draft(self._specification.operations[step.end], {}, scope)
                    self._ask(_placed(closing, step.places, token.scope), True)
                self._apart[index, why] = token
            return token

    def _elsewhere(self, step: TokenAuth, why: str) -> dict[str, Any]:
        values = dict(self._scope["value"])
        for name in step.bound_to:
            values[name] = f"{values.get(name, '')}-{why}"
        return {**self._scope, "value": values}

    def _spoilt_secrets(self) -> dict[str, Any]:
        spoilt = {name: secrets.token_hex(12) for name in self._scope["secret"]}
        return {**self._scope, "secret": spoilt}


def _signed(plain: Draft, step: SignAuth, scope: Mapping[str, Any], mode: str) -> Draft:
    try:
        made = signature(step, plain, scope, mode)
    except UnusableKey as problem:
        raise AuthFailed(str(problem)) from None
    return _placed(plain, step.places, {**scope, "signature": made})


def _placed(plain: Draft, places: tuple[Place, ...], scope: Mapping[str, Any]) -> Draft:
    headers, query, body = dict(plain.headers), dict(plain.query), plain.body
    for place in places:
        value = fill(place.value, scope)
        if place.where == "header":
            headers[place.name] = value
        elif place.where == "query":
            query[place.name] = value
        elif place.where == "basic":
            headers["authorization"] = "Basic " + base64.b64encode(str(value).encode()).decode()
        else:
            body = put(body, place.name, value)
    return replace(plain, headers=headers, query=query, body=body)
