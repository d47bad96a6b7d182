"""Apply the auth steps of a binding to a request."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from harness.model.binding import AUTH_MODES, Binding, SignAuth, StaticAuth, TokenAuth
from harness.model.operation import Specification
from harness.wire.clock import time_at
from harness.wire.request import Draft, placed
from harness.wire.signing import ALGORITHMS, UnusableKey, signature
from harness.wire.tokens import AuthFailed, Fetch, Tokens

Alter = Callable[[Draft], Draft]
"""Change a request after it was signed."""


class Session:
    """The credentials of one run with one target.

    `fetch` sends a draft as it is. `learn` receives every value that must not be written down.
    Thread-safe: one renewal at a time.
    """

    def __init__(
        self,
        binding: Binding,
        specification: Specification,
        values: Mapping[str, str],
        secret_values: Mapping[str, str],
        fetch: Fetch,
        learn: Callable[[list[str]], None],
    ) -> None:
        self._binding = binding
        self._scope: dict[str, Any] = {"value": values, "secret": secret_values}
        self._tokens = Tokens(binding, specification, self._scope, fetch, learn)

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
            return self._tokens.expire()
        if mode not in AUTH_MODES:
            return any(mode in step.variants for step in tokens)
        return mode == "normal" or bool(self._binding.auth)

    def guarded(self, operation: str, mode: str = "normal") -> bool:
        """Say whether any auth step applies to the operation, one that the mode makes invalid."""
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
        request. Raises AuthFailed.
        """
        if mode == "none":
            return alter(plain) if alter else plain
        result = plain
        once = {"now": time_at(self._binding.utc_offset), "fresh": secrets.token_hex(8)}
        scope: Mapping[str, Any]
        for index, step in enumerate(self._binding.auth):
            if plain.operation.id in step.exempt:
                continue
            if isinstance(step, StaticAuth):
                scope = self._invalid_secrets() if mode == "wrong" else self._scope
                result = placed(result, step.places, {**scope, **once})
            elif isinstance(step, TokenAuth):
                scope = self._tokens.scope_of(index, step, mode)
                result = placed(result, step.places, {**scope, **once})
            else:
                if alter and not ALGORITHMS[step.algorithm].stranger:
                    result = alter(result)
                result = _signed(result, step, {**self._scope, **once}, mode)
        return alter(result) if alter else result

    @property
    def generation(self) -> int:
        """How often the tokens were renewed, to be read before a request is given one."""
        return self._tokens.generation

    def renew(self, refused: int | None = None) -> None:
        """Forget every token; see Tokens.renew."""
        self._tokens.renew(refused)

    def renews_on(self, reason: str | None) -> bool:
        """Say whether a refusal for this reason calls for a new token."""
        return any(
            isinstance(step, TokenAuth) and reason in step.renew_on for step in self._binding.auth
        )

    def _invalid_secrets(self) -> dict[str, Any]:
        invalid = {name: secrets.token_hex(12) for name in self._scope["secret"]}
        return {**self._scope, "secret": invalid}


def _signed(plain: Draft, step: SignAuth, scope: Mapping[str, Any], mode: str) -> Draft:
    try:
        made = signature(step, plain, scope, mode)
    except UnusableKey as problem:
        raise AuthFailed(str(problem)) from None
    return placed(plain, step.places, {**scope, "signature": made})
