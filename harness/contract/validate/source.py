"""Whether a binding takes values from responses as it may, and names what only servers make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.expression import NoExpression, expression, remedy
from harness.document.messages import dotted
from harness.document.reader import Document, Pointer, Problem
from harness.model.operation import Specification


def faults_of_extracts(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the values that a binding takes out of responses."""
    raw: dict[str, Any] = document.value
    auth = [step.get("token", {}) for step in raw.get("auth", ())]
    steps = raw.get("enroll", {}).get("steps", ())
    holders: list[tuple[Any, Pointer]] = [
        *((verb, ("verbs", name)) for name, verb in raw["verbs"].items()),
        *((token, ("auth", index, "token")) for index, token in enumerate(auth)),
        *((step, ("enroll", "steps", index)) for index, step in enumerate(steps)),
        *((step, at) for at, step in webhook_steps(raw)),
        (raw.get("webhook", {}), ("webhook",)),
    ]
    for holder, at in holders:
        sources = {"lifetime": holder["lifetime"]} if "lifetime" in holder else {}
        yield from faults_of_sources(document, sources, at)
        yield from faults_of_sources(document, holder.get("extract", {}), (*at, "extract"))


def webhook_steps(raw: Mapping[str, Any]) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    """Yield the requests about a webhook's address, each with the pointer to it."""
    for key in ("register", "unregister"):
        for index, step in enumerate(raw.get("webhook", {}).get(key, ())):
            yield ("webhook", key, index), step


def faults_of_opaque(document: Document, specification: Specification) -> Iterator[Problem]:
    """Yield the opaque names that no request has."""
    listed = document.value.get("opaque", ())
    known = set(_names(specification.document)) if listed else set()
    known |= {one.name for each in specification.operations.values() for one in each.parameters}
    for index, name in enumerate(listed):
        if name not in known:
            message = f"the specification has no field or parameter '{name}'"
            yield document.unknown(message, ("opaque", index), name, sorted(known))


def _names(node: Any) -> Iterator[str]:
    """Yield the names of all properties below a node."""
    if isinstance(node, Mapping):
        properties = node.get("properties")
        yield from properties if isinstance(properties, Mapping) else ()
    for item in node.values() if isinstance(node, Mapping) else node:
        if isinstance(item, Mapping | list):
            yield from _names(item)


def faults_of_sources(
    document: Document, sources: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    """Yield the sources of values whose expression is none."""
    for name, source in sources.items():
        if isinstance(source, Mapping) and "matches" in source:
            yield from faults_of_expression(document, source["matches"], (*at, name, "matches"))


def faults_of_expression(document: Document, text: str, at: Pointer) -> Iterator[Problem]:
    """Yield what keeps a text from being a regular expression."""
    try:
        expression(text)
    except NoExpression:
        message = f"{dotted(at)} is no regular expression of RE2"
        yield document.problem(message, at, remedy(text))
