"""Whether the places of values in responses are written as they must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.messages import dotted
from harness.document.reader import Document, Pointer, Problem


def faults_of_extracts(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the values that a binding takes out of responses."""
    raw: dict[str, Any] = document.value
    auth = [step.get("token", {}) for step in raw.get("auth", ())]
    steps = raw.get("enroll", {}).get("steps", ())
    holders: list[tuple[Any, Pointer]] = [
        *((verb, ("verbs", name)) for name, verb in raw["verbs"].items()),
        *((token, ("auth", index, "token")) for index, token in enumerate(auth)),
        *((step, ("enroll", "steps", index)) for index, step in enumerate(steps)),
    ]
    for holder, at in holders:
        sources = {"lifetime": holder["lifetime"]} if "lifetime" in holder else {}
        yield from faults_of_sources(document, sources, at)
        yield from faults_of_sources(document, holder.get("extract", {}), (*at, "extract"))


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
        re.compile(text)
    except re.error as error:
        message = f"{dotted(at)} is no regular expression: {error}"
        yield document.problem(message, at)
