"""Apply the auth steps of a binding to a request; fetch their tokens, and renew them in time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import RLock
from typing import Any

from harness.check.conformance import decode
from harness.check.extraction import TEXT_MAX, described, extracted
from harness.document.pointer import MISSING
from harness.document.template import fill
from harness.model.binding import AUTH_MODES, AuthStep, Binding, SignAuth, StaticAuth, TokenAuth
from harness.model.exchange import Exchange, Response
from harness.model.operation import Specification
from harness.wire.request import Draft, draft, merged, placed, time_at
from harness.wire.signing import ALGORITHMS, UnusableKey, signature

_RENEW_EARLY_SECONDS = 5.0
_EXPIRY_WAIT_SECONDS_MAX = 20.0
"""Longer is not waited for the end of a token's life."""
_EXPIRY_MARGIN_SECONDS = 0.5

Alter = Callable[[Draft], Draft]
"""Change a request after it was signed."""

Fetch = Callable[[Draft, bool], Response | None]
"""Send a token operation and return its response; raises AuthFailed when it was not ok.

The second argument says that the operation ends a token.
"""


class AuthFailed(Exception):
    """No token could be fetched, so nothing behind it can be tested.

    `exchange` is the last one that should have given a token, None if none was sent.
    """

    def __init__(self, reason: str, exchange: Exchange | None = None) -> None:
        super().__init__(reason)
        self.exchange = exchange


class LoginRefused(AuthFailed):
    """The vendor has refused the credentials; asking again could lock the account."""


@dataclass(frozen=True, slots=True)
class Session:
    """The credentials of one run with one target; thread-safe.

    `signed` receives each signature that only the owner of a key can make.
    """

    tokens: Tokens
    signed: Callable[[str], None] = lambda _: None

    @property
    def _steps(self) -> Sequence[AuthStep]:
        return self.tokens.binding.auth

    def supports(self, mode: str) -> bool:
        """Say whether the binding's auth has what the mode needs.

        Expired credentials need a token whose life ends so soon that one can wait for it, or a
        signature with a lifetime: it is then of a moment that is twice as long ago.
        """
        tokens = [step for step in self._steps if isinstance(step, TokenAuth)]
        if mode == "foreign":
            signs = [step for step in self._steps if isinstance(step, SignAuth)]
            keyed = any(ALGORITHMS[step.algorithm].stranger for step in signs)
            return keyed or any(step.bound_to for step in tokens)
        if mode == "ended":
            return any(step.end for step in tokens)
        if mode == "expired":
            signed = any(map(_lifetime, self._steps))
            return self.tokens.expire() if _clocked(tokens) else signed
        if mode not in AUTH_MODES:
            return any(mode in step.variants for step in tokens)
        return mode == "normal" or bool(self._steps)

    def guarded(self, operation: str, mode: str = "normal") -> bool:
        """Say whether any auth step applies to the operation, one that the mode makes invalid."""
        tokens_only = mode not in ("normal", "none", "wrong")
        return any(
            operation not in step.exempt
            and (
                operation not in step.optional_for
                if isinstance(step, TokenAuth)
                else not tokens_only or (mode == "expired" and _lifetime(step) > 0)
            )
            for step in self._steps
        )

    def apply(self, plain: Draft, mode: str = "normal", alter: Alter | None = None) -> Draft:
        """Return the draft with credentials of a mode or of a variant that the binding names.

        `alter` changes it once it is signed; digests, which anyone can make, are of the altered
        request. Raises AuthFailed.
        """
        if mode == "none":
            return alter(plain) if alter else plain
        result = plain
        moment = time_at(self.tokens.binding.utc_offset)
        if mode == "expired":
            moment -= timedelta(seconds=2 * max(map(_lifetime, self._steps), default=0.0))
        once = {"now": moment, "fresh": secrets.token_hex(8)}
        for index, step in enumerate(self._steps):
            if plain.operation.id in step.exempt:
                continue
            scope = self.tokens.scope
            if isinstance(step, TokenAuth):
                scope = self.tokens.scope_of(index, step, mode)
            elif isinstance(step, SignAuth):
                if alter and not ALGORITHMS[step.algorithm].stranger:
                    result = alter(result)
                scope = _signed(result, step, {**scope, **once}, mode)
                if ALGORITHMS[step.algorithm].stranger:
                    self.signed(scope["signature"])
            elif mode == "wrong":
                invalid = {name: secrets.token_hex(12) for name in scope["secret"]}
                scope = {**scope, "secret": invalid}
            result = placed(result, step.places, {**scope, **once})
        return alter(result) if alter else result

    def log_in(self) -> None:
        """Fetch every token that requests need; raises AuthFailed."""
        for index, step in enumerate(self._steps):
            if isinstance(step, TokenAuth):
                self.tokens.scope_of(index, step, "normal")

    def renews_on(self, reason: str | None) -> bool:
        """Say whether a refusal for this reason calls for a new token."""
        return any(isinstance(step, TokenAuth) and reason in step.renew_on for step in self._steps)


def _lifetime(step: AuthStep) -> float:
    """Return for how many seconds a request is accepted that the step has signed, else 0."""
    return step.lifetime or 0.0 if isinstance(step, SignAuth) else 0.0


def _clocked(steps: Iterable[TokenAuth]) -> bool:
    return any(step.lifetime is not None for step in steps)


def _signed(plain: Draft, step: SignAuth, scope: Mapping[str, Any], mode: str) -> dict[str, Any]:
    try:
        return {**scope, "signature": signature(step, plain, scope, mode)}
    except UnusableKey as problem:
        raise AuthFailed(str(problem)) from None


@dataclass(frozen=True, slots=True)
class _Token:
    """What a token operation gave, and when to renew it and when it ends, in monotonic seconds.

    The times are infinite when it ends by no clock.
    """

    captured: Mapping[str, str]
    scope: Mapping[str, Any]
    renew: float
    end: float


@dataclass(slots=True)
class Tokens:
    """The tokens of one run with one target.

    `scope` holds the target's values (`value`) and secrets (`secret`). `learn` receives every value
    that must not be written down. Thread-safe: one renewal at a time. `generation` counts the
    renewals; it is to be read before a request is given a token.
    """

    binding: Binding
    specification: Specification
    scope: Mapping[str, Any]
    fetch: Fetch
    learn: Callable[[list[str]], None]
    generation: int = 0
    _lock: RLock = field(default_factory=RLock)
    _current: dict[int, _Token] = field(default_factory=dict)
    _oldest: dict[int, _Token] = field(default_factory=dict)
    _refused: dict[int, LoginRefused] = field(default_factory=dict)
    _separate: dict[tuple[int, str], _Token] = field(default_factory=dict)

    def renew(self, refused: int | None = None) -> None:
        """Forget every token, so that the next request fetches a new one.

        Where a request of the generation `refused` asks for it, tokens that are newer stay.
        """
        with self._lock:
            if refused in (None, self.generation):
                self._current.clear()
                self.generation += 1

    def scope_of(self, index: int, step: TokenAuth, mode: str) -> Mapping[str, Any]:
        """Return what the templates of step number `index` see, in a mode or variant of auth.

        Waits for the end of a token's life where the mode asks for an expired one.
        """
        if mode in ("ended", "foreign") or mode in step.variants:
            separate = self._token_apart(index, step, mode)
            # A foreign token belongs elsewhere and is used here.
            return {**self.scope, **separate.captured} if mode == "foreign" else separate.scope
        if mode == "expired" and step.lifetime is not None:
            time.sleep(max(0.0, self._seconds_left(index, step)))
            return self._oldest[index].scope
        token = self._token(index, step)
        if mode == "wrong":
            invalid = {name: secrets.token_hex(20)[: len(v)] for name, v in token.captured.items()}
            return {**self.scope, **invalid}
        return token.scope

    def expire(self) -> bool:
        """Say whether the lives of tokens end by a clock, and so soon that one can wait for it."""
        left = [
            self._seconds_left(index, step)
            for index, step in enumerate(self.binding.auth)
            if isinstance(step, TokenAuth) and step.lifetime is not None
        ]
        return bool(left) and max(left) <= _EXPIRY_WAIT_SECONDS_MAX

    def _token(self, index: int, step: TokenAuth) -> _Token:
        with self._lock:
            token = self._current.get(index)
            if index in self._refused:
                raise self._refused[index]
            if token is None or time.monotonic() >= token.renew:
                try:
                    token = self._current[index] = self._fetch(step, self.scope)
                except LoginRefused as error:
                    self._refused[index] = error
                    raise
                # The oldest token is the first to have expired.
                self._oldest.setdefault(index, token)
            return token

    def _seconds_left(self, index: int, step: TokenAuth) -> float:
        """Return the seconds until the first token of a step has surely expired."""
        if index not in self._oldest:
            self._token(index, step)
        return self._oldest[index].end + _EXPIRY_MARGIN_SECONDS - time.monotonic()

    def _fetch(
        self, step: TokenAuth, scope: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> _Token:
        operation = self.specification.operations[step.operation]
        plain = merged(draft(operation, step.send, scope), fill(extra or {}, scope))
        for other in self.binding.auth:
            if isinstance(other, StaticAuth) and step.operation not in other.exempt:
                plain = placed(plain, other.places, scope)
        response = self.fetch(plain, False)
        if response is None:
            raise AuthFailed(f"{step.operation} gave no response")
        body = decode(response)
        captured = {}
        for name, source in step.extract.items():
            found = extracted(source, response, body)
            if found in (MISSING, None, ""):
                where = described(source)
                raise AuthFailed(f"the response of {step.operation} has no {where}")
            captured[name] = str(found)
            if len(captured[name]) > TEXT_MAX:
                where = f"{step.operation}: {described(source)}"
                raise AuthFailed(f"{where} has {len(captured[name]):,} characters")
        self.learn(list(captured.values()))
        fetched = time.monotonic()
        seconds = MISSING if step.lifetime is None else extracted(step.lifetime, response, body)
        lifetime = str(seconds)
        clocked = lifetime.isdecimal() and lifetime.isascii()
        life = float(lifetime) if clocked else float("inf")
        renew = fetched + max(1.0, life - _RENEW_EARLY_SECONDS)
        return _Token(captured, {**scope, **captured}, renew, fetched + life)

    def _token_apart(self, index: int, step: TokenAuth, why: str) -> _Token:
        """Return a token of its own: what is done to it must not end the run's."""
        with self._lock:
            token = self._separate.get((index, why))
            if token is None or (why != "ended" and time.monotonic() >= token.renew):
                scope = self.scope if why in step.variants else self._elsewhere(step, why)
                token = self._fetch(step, scope, step.variants.get(why))
                if why == "ended" and step.end is not None:
                    closing = draft(self.specification.operations[step.end], {}, scope)
                    self.fetch(placed(closing, step.places, token.scope), True)
                self._separate[index, why] = token
            return token

    def _elsewhere(self, step: TokenAuth, why: str) -> dict[str, Any]:
        values = dict(self.scope["value"])
        for name in step.bound_to:
            values[name] = f"{values.get(name, '')}-{why}"
        return {**self.scope, "value": values}
