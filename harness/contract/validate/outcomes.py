"""Whether the outcome rules of a binding can be applied and decide every response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.document.composer import Pointer
from harness.document.messages import choice, dotted
from harness.document.reader import Document, Problem

_TESTS = ("equals", "one_of", "matches", "exists", "type")


def faults_of_rules(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the outcome rules of a binding that has passed its schema."""
    rules = document.value["outcomes"]
    last = len(rules) - 1
    for index, rule in enumerate(rules):
        pointer: Pointer = ("outcomes", index)
        if rule["when"] == "always":
            if index != last:
                message = "no rule below `when: always` can ever decide"
                yield Problem(message, document.place(pointer), "move it to the end")
        else:
            yield from _faults(document, rule["when"], (*pointer, "when"))
        if rule["then"] == "ok" and "reason" in rule:
            message = "a rule that says ok has no reason; reasons are for refused and unknown"
            yield Problem(message, document.place((*pointer, "reason")))
    if rules[last]["when"] != "always":
        yield Problem(
            "the outcome rules leave responses undecided; expected a last rule `when: always`, "
            f"saw {choice(rules[last]['when'], 'and')}",
            document.place(("outcomes", last)),
            "add `- {when: always, then: unknown}`",
        )


def _faults(document: Document, terms: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
    if "body" in terms and not any(test in terms for test in _TESTS):
        message = f"{dotted(pointer)}: body says nothing of its value; expected {choice(_TESTS)}"
        yield Problem(message, document.place((*pointer, "body")))
    yield from _pattern(document, terms, pointer)
    for name, tests in terms.get("header", {}).items():
        yield from _pattern(document, tests, (*pointer, "header", name))
    for key in ("all", "any"):
        for index, inner in enumerate(terms.get(key, ())):
            yield from _faults(document, inner, (*pointer, key, index))
    if "not" in terms:
        yield from _faults(document, terms["not"], (*pointer, "not"))


def _pattern(document: Document, tests: Mapping[str, Any], pointer: Pointer) -> Iterator[Problem]:
    if "matches" not in tests:
        return
    try:
        re.compile(tests["matches"])
    except re.error as error:
        message = f"{dotted((*pointer, 'matches'))} is no regular expression: {error}"
        yield Problem(message, document.place((*pointer, "matches")))
