"""Classify a response or fault as ok, refused or unknown by the vendor's declared rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.check.conformance import Conformance
from harness.document.pointer import MISSING, find
from harness.model.binding import OutcomeRule
from harness.model.exchange import Exchange, Fault, Response
from harness.model.verdict import Outcome

Holds = Callable[[Response | None, Fault | None, Any], bool]
Classified = tuple[Outcome, str | None]

_JSON_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


class Classifier:
    """The outcome rules of one binding, compiled once for all responses."""

    def __init__(self, rules: Sequence[OutcomeRule]) -> None:
        self._rules = tuple((_compile(rule.when), (rule.then, rule.reason)) for rule in rules)

    def classify(self, response: Response | None, fault: Fault | None, value: Any) -> Classified:
        """Return outcome and reason of the first rule that holds; `value` is the decoded body.

        No rule at all means unknown: the catch-all is checked when the binding is read.
        """
        for holds, classified in self._rules:
            if holds(response, fault, value):
                return classified
        return Outcome.UNKNOWN, None


def outcome_of(
    classifier: Classifier,
    conformance: Conformance,
    operation: str,
    result: Response | Fault | None,
    value: Any,
) -> Classified:
    """Return how a call ended, by the rules; what only a gateway answers leaves it unknown."""
    if isinstance(result, Response):
        if conformance.from_gateway(operation, result):
            return Outcome.UNKNOWN, f"status {result.status}"
        return classifier.classify(result, None, value)
    return classifier.classify(None, result, value)


def outcome_text(exchange: Exchange) -> str:
    """Return how an exchange ended in a few words: `refused (already_there), status 200`."""
    text = exchange.outcome.value
    if exchange.reason:
        text += f" ({exchange.reason})"
    if exchange.fault is not None:
        return f"{text}, {exchange.fault.value}"
    status = f"status {exchange.response.status}" if exchange.response else "no response"
    return f"{text}, {status}"


def _compile(when: Mapping[str, Any] | str) -> Holds:
    if when == "always" or isinstance(when, str):
        return lambda response, fault, value: True
    parts: list[Holds] = []
    if "body" in when:
        parts.append(_body(when))
    parts += [_PARTS[key](term) for key, term in when.items() if key in _PARTS]
    if len(parts) == 1:
        return parts[0]
    return lambda response, fault, value: all(part(response, fault, value) for part in parts)


def _fault(term: Any) -> Holds:
    if term == "any":
        return lambda response, fault, value: fault is not None
    kinds = frozenset(Fault(name) for name in term)
    return lambda response, fault, value: fault in kinds


def _status(term: Sequence[int | str]) -> Holds:
    exact = frozenset(item for item in term if isinstance(item, int))
    classes = frozenset(int(item[0]) for item in term if isinstance(item, str))
    return lambda response, fault, value: (
        response is not None and (response.status in exact or response.status // 100 in classes)
    )


def _header(term: Mapping[str, Mapping[str, Any]]) -> Holds:
    tests = tuple((name.lower(), _test(terms)) for name, terms in term.items())
    return lambda response, fault, value: (
        response is not None
        and all(test(response.headers.get(name, MISSING)) for name, test in tests)
    )


def _body(when: Mapping[str, Any]) -> Holds:
    pointer, test = when["body"], _test(when)
    return lambda response, fault, value: (
        response is not None and test(find(value, pointer, MISSING))
    )


def _test(terms: Mapping[str, Any]) -> Callable[[Any], bool]:
    tests: list[Callable[[Any], bool]] = []
    if "equals" in terms:
        wanted = terms["equals"]
        tests.append(lambda seen: _same(seen, wanted))
    if "one_of" in terms:
        options = tuple(terms["one_of"])
        tests.append(lambda seen: any(_same(seen, option) for option in options))
    if "matches" in terms:
        pattern = re.compile(terms["matches"])
        tests.append(lambda seen: isinstance(seen, str) and pattern.search(seen) is not None)
    if "exists" in terms:
        wanted_there = bool(terms["exists"])
        tests.append(lambda seen: (seen is not MISSING) is wanted_there)
    if "type" in terms:
        tests.append(_JSON_TYPES[terms["type"]])
    return lambda seen: all(test(seen) for test in tests)


def _same(seen: Any, wanted: Any) -> bool:
    # 1 == True in Python, but a body that says true has not said 1.
    return type(seen) is type(wanted) and bool(seen == wanted)


def _all(terms: Sequence[Mapping[str, Any]]) -> Holds:
    parts = tuple(_compile(term) for term in terms)
    return lambda response, fault, value: all(part(response, fault, value) for part in parts)


def _any(terms: Sequence[Mapping[str, Any]]) -> Holds:
    parts = tuple(_compile(term) for term in terms)
    return lambda response, fault, value: any(part(response, fault, value) for part in parts)


def _not(term: Mapping[str, Any]) -> Holds:
    part = _compile(term)
    return lambda response, fault, value: not part(response, fault, value)


_PARTS: Mapping[str, Callable[[Any], Holds]] = {
    "fault": _fault,
    "status": _status,
    "header": _header,
    "all": _all,
    "any": _any,
    "not": _not,
}
