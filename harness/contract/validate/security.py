"""Whether a binding sends the credentials that the specification asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.contract.validate.requests import declared_requests
from harness.document.messages import choice, counted, listed
from harness.document.reader import Problem
from harness.model.binding import Binding, TokenAuth
from harness.model.operation import Specification
from harness.spec.credentials import raw_operations

_NAMES_MOST = 3

Location = tuple[str, str]
"""Where credentials go: header, query or cookie, and the name in lower case."""

_AUTHORIZATION: Location = ("header", "authorization")


def faults_of_security(
    binding: Binding, specification: Specification, place: str
) -> Iterator[Problem]:
    """Yield a problem for each form of credentials that operations ask for and do not get."""
    root = specification.document
    schemes = root.get("components", {}).get("securitySchemes", {})
    tokens = {step.operation for step in binding.auth if isinstance(step, TokenAuth)}
    bare: dict[str, list[str]] = defaultdict(list)
    for name, node in raw_operations(root):
        ways: Sequence[Mapping[str, Any]] = node.get("security", root.get("security", ()))
        # A way without a scheme is a request without credentials.
        if not ways or name in tokens or not all(ways):
            continue
        sent = _locations(binding, name)
        wanted = [[_location(schemes.get(scheme, {})) for scheme in way] for way in ways]
        if not any(all(one is None or one in sent for one in way) for way in wanted):
            text = choice(dict.fromkeys(_words(way, schemes) for way in ways))
            bare[text].append(name)
    for text, names in bare.items():
        some = f"{counted(len(names), 'operation')} ({listed(names, _NAMES_MOST)})"
        message = f"the security of the specification asks for {text} in {some}"
        message += "; the binding has no auth" if not binding.auth else "; no step of auth sends it"
        yield Problem(message, place, "add a step to auth that does")


def _locations(binding: Binding, operation: str) -> set[Location]:
    """Return where the requests of an operation carry something that may be credentials."""
    steps = [step for step in binding.auth if operation not in step.exempt]
    places = (place for step in steps for place in step.places)
    found = {
        _AUTHORIZATION if one.where == "basic" else (one.where, one.name.lower()) for one in places
    }
    for request in declared_requests(binding):
        if request.operation == operation:
            found |= {
                (where, name.lower())
                for where in ("header", "query", "cookie")
                for name in request.send.get(where, {})
            }
    return found


def _location(scheme: Mapping[str, Any]) -> Location | None:
    """Return where the credentials of a scheme go, None for a client certificate."""
    if scheme.get("type") == "mutualTLS":
        return None
    if scheme.get("type") == "apiKey":
        return str(scheme.get("in")), str(scheme.get("name")).lower()
    return _AUTHORIZATION


def _words(way: Mapping[str, Any], schemes: Mapping[str, Any]) -> str:
    """Return how messages name the credentials of one way: schemes with their places."""
    found = []
    for name in way:
        location = _location(schemes.get(name, {}))
        where = "a client certificate" if location is None else f"{location[0]} {location[1]}"
        found.append(f"{name} ({where})")
    return choice(found, "and")
