"""How requests are authenticated, by the security schemes of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.scaffold.outline import Outline

_BEARER = {"in": "header", "name": "Authorization", "value": "Bearer ${secret.token}"}


@dataclass(frozen=True, slots=True)
class Authentication:
    """The step of `auth` that a document asks for.

    `place`: where the values are put, None where the document names no scheme. `secrets`: the names
    of the target's secrets. `why`: the scheme. `exempt`: the operations that need none.
    """

    place: Mapping[str, str] | None = None
    secrets: tuple[str, ...] = ()
    why: str = ""
    exempt: tuple[str, ...] = ()


def credentials(document: Mapping[str, Any], found: Sequence[Outline]) -> Authentication:
    """Return the credentials of the first scheme that operations use, and that can be guessed."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    for name in _used(document):
        place, secrets = _place(schemes.get(name, {}))
        if place:
            exempt = tuple(one.id for one in found if one.open)
            kind = schemes[name].get("scheme", schemes[name].get("type"))
            return Authentication(place, secrets, f"{name} ({kind})", exempt)
    return Authentication()


def _used(document: Mapping[str, Any]) -> Iterator[str]:
    required = [document.get("security", [])]
    for item in document.get("paths", {}).values():
        nodes = item.values() if isinstance(item, Mapping) else ()
        required += [node.get("security", []) for node in nodes if isinstance(node, Mapping)]
    yield from (name for listed in required for one in listed for name in one)


def _place(scheme: Mapping[str, Any]) -> tuple[Mapping[str, str] | None, tuple[str, ...]]:
    kind, where = scheme.get("type"), scheme.get("in")
    if kind == "http" and str(scheme.get("scheme")).lower() == "basic":
        return {"in": "basic", "value": "${secret.user}:${secret.password}"}, ("user", "password")
    if kind in ("http", "oauth2", "openIdConnect"):
        return _BEARER, ("token",)
    if kind == "apiKey" and where in ("header", "query", "cookie"):
        return {"in": where, "name": scheme["name"], "value": "${secret.key}"}, ("key",)
    return None, ()
