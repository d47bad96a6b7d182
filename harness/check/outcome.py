"""Classify a response or fault as ok, refused or unknown by the vendor's declared rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from harness.check.conformance import NOT_JSON, REDIRECTS, decode
from harness.check.extraction import redirect_place
from harness.check.values import ITEMS_MAX, equal
from harness.document.expression import found_in
from harness.document.pointer import MISSING, find
from harness.model.binding import OutcomeRule, RowResults
from harness.model.exchange import Exchange, Fault, Response
from harness.model.verdict import Outcome

Holds = Callable[[Response | None, Fault | None, Any], bool]
Classified = tuple[Outcome, str | None]
_Test = Callable[[Any], bool]
_Rules = list[tuple[Holds, Classified]]

_ROW = Response(200, {}, b"")
"""What stands for the response where the result of a row is judged."""

_JSON_TYPES: Mapping[str, _Test] = {
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

    def __init__(self, rules: Sequence[OutcomeRule], *, text_as_number: bool = False) -> None:
        same = partial(equal, text_as_number=text_as_number)
        self._parts: Mapping[str, Callable[[Any], Holds]] = {
            "fault": _fault,
            "status": _status,
            "header": self._header,
            "all": partial(self._combined, all),
            "any": partial(self._combined, any),
            "not": self._not,
        }
        self._tests: Mapping[str, Callable[[Any], _Test]] = {
            "equals": lambda wanted: lambda seen: same(seen, wanted),
            "one_of": lambda options: lambda seen: any(same(seen, option) for option in options),
            "matches": _matches,
            "exists": lambda there: lambda seen: (seen is not MISSING) is there,
            "type": _JSON_TYPES.__getitem__,
        }
        self._rules = self._compiled(rules)
        self._rules_of_rows: dict[int, tuple[RowResults, _Rules]] = {}

    def classify(self, response: Response | None, fault: Fault | None, value: Any) -> Classified:
        """Return outcome and reason of the first rule that holds; `value` is the decoded body.

        No rule at all means unknown: the catch-all is checked when the binding is read. So does a
        response that was left unread, because it may say anything.
        """
        if fault is Fault.OVERSIZED:
            return Outcome.UNKNOWN, None
        return _first(self._rules, response, fault, value)

    def classify_rows(self, form: RowResults, value: Any) -> list[tuple[str, str | None]]:
        """Return outcome and reason of each result of a bulk, none where there is no such list.

        A rule sees a result as the body of a response with the status 200.
        """
        if id(form) not in self._rules_of_rows:
            self._rules_of_rows[id(form)] = form, self._compiled(form.outcomes)
        _, rules = self._rules_of_rows[id(form)]
        results = find(value, form.list, None)
        readable = isinstance(results, list) and len(results) <= ITEMS_MAX
        judged = (_first(rules, _ROW, None, result) for result in (results if readable else ()))
        return [(outcome.value, reason) for outcome, reason in judged]

    def _compiled(self, rules: Sequence[OutcomeRule]) -> _Rules:
        return [(self._conditions(rule.when), (rule.then, rule.reason)) for rule in rules]

    def _conditions(self, when: Mapping[str, Any] | str) -> Holds:
        if isinstance(when, str):
            return lambda response, fault, value: True
        parts: list[Holds] = []
        if "body" in when:
            parts.append(self._body(when))
        parts += [self._parts[key](term) for key, term in when.items() if key in self._parts]
        if len(parts) == 1:
            return parts[0]
        return lambda response, fault, value: all(part(response, fault, value) for part in parts)

    def _header(self, term: Mapping[str, Mapping[str, Any]]) -> Holds:
        tests = tuple((name.lower(), self._test(terms)) for name, terms in term.items())
        return lambda response, fault, value: (
            response is not None
            and all(test(response.headers.get(name, MISSING)) for name, test in tests)
        )

    def _body(self, when: Mapping[str, Any]) -> Holds:
        pointer, test = when["body"], self._test(when)
        return lambda response, fault, value: (
            response is not None and test(find(value, pointer, MISSING))
        )

    def _test(self, terms: Mapping[str, Any]) -> _Test:
        tests = [self._tests[key](term) for key, term in terms.items() if key in self._tests]
        return lambda seen: all(test(seen) for test in tests)

    def _combined(
        self, combine: Callable[[Iterable[bool]], bool], terms: Sequence[Mapping[str, Any]]
    ) -> Holds:
        parts = tuple(self._conditions(term) for term in terms)
        return lambda response, fault, value: combine(
            part(response, fault, value) for part in parts
        )

    def _not(self, term: Mapping[str, Any]) -> Holds:
        part = self._conditions(term)
        return lambda response, fault, value: not part(response, fault, value)


def _first(rules: _Rules, response: Response | None, fault: Fault | None, value: Any) -> Classified:
    for holds, classified in rules:
        if holds(response, fault, value):
            return classified
    return Outcome.UNKNOWN, None


def _matches(text: str) -> _Test:
    return lambda seen: isinstance(seen, str) and found_in(seen, text) is not None


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


_SAID_MAX = 200


def explained(exchange: Exchange) -> str:
    """Return how an exchange ended, with what the response itself says of it.

    `refused, status 400: {"code":"CAP","detail":"no more today"}`; a redirect is named as such.
    """
    text, said = outcome_text(exchange), ""
    if exchange.response is not None:
        text += redirect_text(exchange.response)
        said = said_in(exchange.response)
    return f"{text}: {said}" if said and exchange.outcome is not Outcome.OK else text


def said_in(response: Response) -> str:
    """Return what the body of a response says, on one line and cut where it is long.

    JSON stays JSON, because the journal hides the personal fields of JSON text.
    """
    value = decode(response)
    if value is NOT_JSON:
        text = " ".join(response.body[: 4 * _SAID_MAX].decode(errors="replace").split())
    else:
        text = orjson.dumps(value, default=str).decode() if value else ""
    return text if len(text) <= _SAID_MAX else f"{text[: _SAID_MAX - 3]}..."


def redirect_text(response: Response) -> str:
    """Return `, a redirect to PLACE` for a redirect, without the query of the place."""
    if response.status not in REDIRECTS:
        return ""
    place = redirect_place(response)
    return f", a redirect to {place}" if place else ", a redirect to no place"


def outcome_text(exchange: Exchange) -> str:
    """Return how an exchange ended in a few words: `refused (already_there), status 200`."""
    text = exchange.outcome.value
    if exchange.reason:
        text += f" ({exchange.reason})"
    if exchange.fault is not None:
        return f"{text}, {exchange.cause or exchange.fault.value}"
    status = f"status {exchange.response.status}" if exchange.response else "no response"
    return f"{text}, {status}"
