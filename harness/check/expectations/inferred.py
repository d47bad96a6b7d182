"""Leave undecided what fails only because a response has nothing where we read it to stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.check.expectations.facts import Facts, Played, bodies_of
from harness.document.pointer import every, find
from harness.spec.placement import place_in_response

# The terms that speak of places in a response, and where they name them.
_PLAIN = frozenset({"answer", "has", "at_most", "sums", "lowest", "items", "holds"})


def unread(word: str, wanted: Any, played: Played, facts: Facts) -> tuple[Any, tuple[str, ...]]:
    """Return a term without the places at which nothing was found and which we only infer.

    The second value are those places; the term is None when no other is left of it.
    """
    absent = tuple(p for p in _places(word, wanted) if _is_absent(p, played, facts))
    if not absent:
        return wanted, ()
    if isinstance(wanted, Mapping) and word in _PLAIN:
        return {p: value for p, value in wanted.items() if p not in absent} or None, absent
    if isinstance(wanted, list):
        return [pointer for pointer in wanted if pointer not in absent] or None, absent
    return None, absent


def _places(word: str, wanted: Any) -> tuple[str, ...]:
    if word in _PLAIN:
        return tuple(wanted)
    if word == "moved":
        return tuple(wanted["by"])
    if word == "disjoint":
        return (wanted["at"],)
    return (wanted,) if word == "distinct" and wanted.startswith("/") else ()


def _is_absent(pointer: str, played: Played, facts: Facts) -> bool:
    """Say whether no response has anything at a place which we only infer; an empty list may."""
    if facts.specification is None:
        return False
    listed, star, _ = pointer.partition("/*")
    inferred = False
    for exchange, body in zip(played.exchanges, bodies_of(played), strict=True):
        if every(body, pointer):
            return False
        if exchange.response is None or (star and find(body, listed, None) == []):
            continue
        operation, status = exchange.intent.operation, exchange.response.status
        known = place_in_response(facts.specification, operation, status, pointer)
        inferred = inferred or (known is not None and known.inferred)
    return inferred
