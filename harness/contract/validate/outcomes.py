"""Whether outcome rules decide every response, and their conditions can be evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.contract.validate.source import faults_of_expression
from harness.document.messages import choice, dotted
from harness.document.reader import Document, Pointer, Problem

_TESTS = ("equals", "one_of", "matches", "exists", "type")


def faults_of_rules(
    document: Document, rules: Sequence[Mapping[str, Any]], key: Pointer
) -> Iterator[Problem]:
    """Yield what is wrong with the rules that stand at the pointer."""
    for index, rule in enumerate(rules):
        at: Pointer = (*key, index)
        if rule["when"] != "always":
            yield from faults_of_condition(document, rule["when"], (*at, "when"))
        elif rule is not rules[-1]:
            message = "no rule below `when: always` can ever decide"
            yield document.problem(message, at, "move it to the end")
        if rule["then"] == "ok" and "reason" in rule:
            message = "a rule that says ok has no reason; reasons are for refused and unknown"
            yield document.problem(message, (*at, "reason"))
    if rules[-1]["when"] != "always":
        message = "the outcome rules leave responses undecided; expected a last rule `when: always`"
        message += f", saw {choice(rules[-1]['when'], 'and')}"
        hint = "add `- {when: always, then: unknown}`"
        yield document.problem(message, (*key, len(rules) - 1), hint)


def faults_of_condition(
    document: Document, terms: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    """Yield what keeps conditions that stand at the pointer from being evaluated."""
    if "body" in terms and not any(test in terms for test in _TESTS):
        message = f"{dotted(at)}: body says nothing of its value; expected {choice(_TESTS)}"
        yield document.problem(message, (*at, "body"))
    headers = terms.get("header", {})
    for tests, below in (
        (terms, at),
        *((headers[name], (*at, "header", name)) for name in headers),
    ):
        yield from faults_of_expression(document, tests.get("matches", ""), (*below, "matches"))
    for key in ("all", "any"):
        for index, inner in enumerate(terms.get(key, ())):
            yield from faults_of_condition(document, inner, (*at, key, index))
    if "not" in terms:
        yield from faults_of_condition(document, terms["not"], (*at, "not"))


def terms_of(when: Mapping[str, Any] | str) -> Iterator[str]:
    """Yield the names of the terms of a condition, however deep they stand."""
    if isinstance(when, Mapping):
        yield from when
        for inner in (*when.get("all", ()), *when.get("any", ()), when.get("not", "")):
            yield from terms_of(inner)
