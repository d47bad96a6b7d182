"""How requests prove who sends them: values, tokens, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Source = str | Mapping[str, str]
"""Where a value of a response stands: a pointer into the body, or a mapping that names a `header`
(with what it `matches`), a `cookie` or a `link` (with a `parameter` of its query)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an auth step puts a value.

    `where`: header, query, cookie, body or basic.
    `name`: the header, query parameter, cookie or body field, or a pointer into a JSON body.
    `value`: a template; for basic it is `user:password`.
    """

    where: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class StaticAuth:
    """Put values known from the start into every request but those of `exempt` operations."""

    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Ask an operation for a token, place it on every request, renew it when it ends.

    `extract`: names of values, each with where it stands in the response.
    `lifetime`: where the seconds that the token lasts stand; None where no clock ends it.
    `renew_on`: reasons of refusal after which a new token is asked for.
    `bound_to`: names of target values that the token is tied to.
    `variants`: other tokens by name, each with what its request sends otherwise than `send`.
    `optional_for`: operations that are sent with the token although nothing says they need it.
    """

    operation: str
    send: Mapping[str, Any]
    extract: Mapping[str, Source]
    places: tuple[Place, ...]
    lifetime: Source | None = None
    renew_on: frozenset[str] = frozenset()
    bound_to: tuple[str, ...] = ()
    end: str | None = None
    exempt: frozenset[str] = frozenset()
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    optional_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A value of the JSON body, written as compact JSON.

    `at`: a pointer into the body.
    `keys`: the only keys that are written, in their order; empty for the value as it is.
    """

    at: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text that is not part of the request, as a template."""

    text: str


@dataclass(frozen=True, slots=True)
class SignAuth:
    """Sign a canonical string of the request and place the signature.

    `algorithm`: one of those of `wire.signing`; DIGESTS need no key and prove nothing.
    `parts`: what is signed, with `join` between; a text is a name of the list in `wire.signing`.
    `key`: a template, usually a secret; empty for a digest.
    `lifetime`: for how many seconds a signed request is accepted; None where nothing is known.
    """

    algorithm: str
    parts: tuple[str | JsonPart | TextPart, ...]
    key: str
    places: tuple[Place, ...]
    exempt: frozenset[str] = frozenset()
    join: str = "\n"
    lifetime: float | None = None


AuthStep = StaticAuth | TokenAuth | SignAuth

DIGESTS = frozenset({"md5-hex", "sha256-hex"})
"""The algorithms of a sign step that take no key."""

AUTH_MODES = ("normal", "none", "wrong", "foreign", "ended", "expired")
"""Which credentials a request may carry with every vendor; the rest are variants of a token."""
