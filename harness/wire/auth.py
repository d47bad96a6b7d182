"""Apply the auth steps of a binding to a request, keeping tokens fresh."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import RLock
from typing import Any

from harness.document.pointer import MISSING, find
from harness.document.template import fill
from harness.model.binding import Binding, Place, SignAuth, StaticAuth, TokenAuth
from harness.model.operation import Specification
from harness.wire.fill import Draft, draft, render
from harness.wire.signing import ALGORITHMS, canonical

MODES = ("normal", "none", "wrong", "foreign", "ended")
_RENEW_EARLY_SECONDS = 5.0

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
        self._tokens: dict[int, tuple[dict[str, str], float | None]] = {}
        self._apart: dict[tuple[int, str], tuple[dict[str, str], Mapping[str, Any]]] = {}

    def supports(self, mode: str) -> bool:
        """Say whether the binding's auth has what the mode needs."""
        tokens = [step for step in self._binding.auth if isinstance(step, TokenAuth)]
        if mode == "foreign":
            return any(step.bound_to for step in tokens)
        if mode == "ended":
            return any(step.end for step in tokens)
        return mode == "normal" or bool(self._binding.auth)

    def guarded(self, operation: str) -> bool:
        """Say whether any auth step applies to the operation."""
        return any(operation not in step.exempt for step in self._binding.auth)

    def apply(self, plain: Draft, mode: str = "normal") -> Draft:
        """Return the draft with credentials: normal, none, wrong, foreign or ended ones."""
        if mode == "none":
            return plain
        result = plain
        for index, step in enumerate(self._binding.auth):
            if plain.operation.id in step.exempt:
                continue
            if isinstance(step, StaticAuth):
                scope = self._spoilt_secrets() if mode == "wrong" else self._scope
                result = _placed(result, step.places, scope)
            elif isinstance(step, TokenAuth):
                result = _placed(result, step.places, self._token_scope(index, step, mode))
            else:
                result = self._signed(result, step, mode)
        return result

    def renew(self) -> None:
        """Forget every token, so that the next request fetches a new one."""
        with self._lock:
            self._tokens.clear()

    def renews_on(self, reason: str | None) -> bool:
        """Say whether a refusal for this reason calls for a new token."""
        return any(
            isinstance(step, TokenAuth) and reason in step.renew_on for step in self._binding.auth
        )

    def _token_scope(self, index: int, step: TokenAuth, mode: str) -> Mapping[str, Any]:
        if mode in ("ended", "foreign"):
            captured, scope = self._token_apart(index, step, mode)
            # A foreign token belongs elsewhere and is shown here.
            return {**(self._scope if mode == "foreign" else scope), **captured}
        captured = self._token(index, step)
        if mode == "wrong":
            captured = {name: secrets.token_hex(20)[: len(old)] for name, old in captured.items()}
        return {**self._scope, **captured}

    def _token(self, index: int, step: TokenAuth) -> dict[str, str]:
        with self._lock:
            captured, until = self._tokens.get(index, ({}, 0.0))
            if not captured or (until is not None and time.monotonic() >= until):
                captured, until = self._fetch(step, self._scope)
                self._tokens[index] = captured, until
            return captured

    def _fetch(
        self, step: TokenAuth, scope: Mapping[str, Any]
    ) -> tuple[dict[str, str], float | None]:
        operation = self._specification.operations[step.operation]
        plain = draft(operation, step.send, scope)
        for place_step in self._binding.auth:
            if isinstance(place_step, StaticAuth) and step.operation not in place_step.exempt:
                plain = _placed(plain, place_step.places, scope)
        value = self._ask(plain, False)
        captured = {}
        for name, pointer in step.capture.items():
            found = find(value, pointer, MISSING)
            if found is MISSING or found in (None, ""):
                raise AuthFailed(f"the answer of {step.operation} holds nothing at {pointer}")
            captured[name] = str(found)
        self._learn(list(captured.values()))
        until = None
        if step.lifetime is not None:
            lifetime = find(value, step.lifetime, MISSING)
            if isinstance(lifetime, int | float | str) and str(lifetime).isdigit():
                until = time.monotonic() + max(1.0, float(lifetime) - _RENEW_EARLY_SECONDS)
        return captured, until

    def _token_apart(
        self, index: int, step: TokenAuth, why: str
    ) -> tuple[dict[str, str], Mapping[str, Any]]:
        """Return a token of its own with its scope: what is done to it must not end the run's."""
        with self._lock:
            if (index, why) not in self._apart:
                scope = self._elsewhere(step, why)
                captured, _ = self._fetch(step, scope)
                if why == "ended" and step.end is not None:
                    closing = draft(self._specification.operations[step.end], {}, scope)
                    self._ask(_placed(closing, step.places, {**scope, **captured}), True)
                self._apart[index, why] = captured, scope
            return self._apart[index, why]

    def _elsewhere(self, step: TokenAuth, why: str) -> dict[str, Any]:
        values = dict(self._scope["value"])
        for name in step.bound_to:
            values[name] = f"{values.get(name, '')}-{why}"
        return {**self._scope, "value": values}

    def _spoilt_secrets(self) -> dict[str, Any]:
        spoilt = {name: secrets.token_hex(12) for name in self._scope["secret"]}
        return {**self._scope, "secret": spoilt}

    def _signed(self, plain: Draft, step: SignAuth, mode: str) -> Draft:
        scope = self._spoilt_secrets() if mode == "wrong" else self._scope
        request = render(plain)
        message = canonical(step.parts, request.method, request.path, request.body)
        signature = ALGORITHMS[step.algorithm](message, str(fill(step.key, scope)))
        return _placed(plain, step.places, {**scope, "signature": signature})


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
        elif isinstance(body, Mapping):
            body = {**body, place.name: value}
    return replace(plain, headers=headers, query=query, body=body)
