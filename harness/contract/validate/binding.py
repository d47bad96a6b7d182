"""Whether a binding is consistent: its outcome rules, promises, auth steps and placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.contract.requirement import faults_of_vendor
from harness.document.messages import choice, dotted, guess, near
from harness.document.reader import Document, Pointer, Problem
from harness.document.template import marks
from harness.model.binding import DIGESTS, REFERENCE

_SCOPE = (
    "value",
    "secret",
    "member",
    "units",
    "reference",
    "entry",
    "fresh",
    "signature",
    "now",
    "number",
    "kind",
)
"""The names a binding's templates may begin with, besides what is extracted."""

_TESTS = ("equals", "one_of", "matches", "exists", "type")

_Uses = tuple[str, Callable[[str, Mapping[str, Any]], bool]]


def _extracts(*names: str) -> Callable[[str, Mapping[str, Any]], bool]:
    return lambda _, verb: any(name in verb.get("extract", {}) for name in names)


_USES: Mapping[str, _Uses] = {
    "repeat": ("moves units", lambda _, verb: verb["effect"] != "none"),
    "bulk_limit": ("has rows", lambda _, verb: "rows" in verb),
    "index_base": ("extracts fail_index", _extracts("fail_index")),
    "floor": ("extracts a balance", _extracts("balance", "balances")),
    "units_max": ("has the effect credit", lambda _, verb: verb["effect"] == "credit"),
    "consistency": ("extracts a balance", _extracts("balance", "balances")),
    "void_repeat": ("voids", lambda name, _: name.split("_")[0] == "void"),
    "entry_scope": ("extracts an entry", _extracts("entry")),
}
"""Which verbs the scenarios, invariants and properties that use a promise are about.

`bulk_failure` is left out: laws need it of a vendor without bulks too, and so it is always used.
"""


def faults_of_binding(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a binding that has passed its schema, its specification aside."""
    yield from faults_of_vendor(document)
    yield from _faults_of_rules(document)
    yield from _faults_of_promises(document)
    for index, step in enumerate(document.value.get("auth", ())):
        ((kind, terms),) = step.items()
        yield from _faults_of_auth(document, terms, ("auth", index, kind))
    for name, verb in document.value["verbs"].items():
        at: Pointer = ("verbs", name)
        yield from _faults_of_entry(document, verb.get("entry", {}), (*at, "entry"))
        if name.startswith("bulk_") and "rows" not in verb:
            message = f"{dotted(at)} is a bulk without rows"
            yield document.problem(message, at, "say how its rows are written")
    yield from _faults_of_placeholders(document)


def _faults_of_rules(document: Document) -> Iterator[Problem]:
    rules = document.value["outcomes"]
    for index, rule in enumerate(rules):
        at: Pointer = ("outcomes", index)
        if rule["when"] != "always":
            yield from _faults_of_condition(document, rule["when"], (*at, "when"))
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
        yield document.problem(message, ("outcomes", len(rules) - 1), hint)


def _faults_of_condition(
    document: Document, terms: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    if "body" in terms and not any(test in terms for test in _TESTS):
        message = f"{dotted(at)}: body says nothing of its value; expected {choice(_TESTS)}"
        yield document.problem(message, (*at, "body"))
    headers = terms.get("header", {})
    for tests, below in (
        (terms, at),
        *((headers[name], (*at, "header", name)) for name in headers),
    ):
        try:
            re.compile(tests.get("matches", ""))
        except re.error as error:
            message = f"{dotted((*below, 'matches'))} is no regular expression: {error}"
            yield document.problem(message, (*below, "matches"))
    for key in ("all", "any"):
        for index, inner in enumerate(terms.get(key, ())):
            yield from _faults_of_condition(document, inner, (*at, key, index))
    if "not" in terms:
        yield from _faults_of_condition(document, terms["not"], (*at, "not"))


def _faults_of_promises(document: Document) -> Iterator[Problem]:
    """Yield promises that nothing uses, and neutral verbs that do not exist or move units."""
    verbs: Mapping[str, Mapping[str, Any]] = document.value["verbs"]
    promises: Mapping[str, Any] = document.value["promises"]
    for promise, (verbs_that, uses) in _USES.items():
        # A null and a none promise nothing; they say that the vendor was asked.
        given = promises.get(promise) not in (None, "none")
        if given and not any(uses(name, verb) for name, verb in verbs.items()):
            message = f"promises.{promise} is used by no scenario, invariant or property"
            message += f"; expected a verb that {verbs_that}, and there is none"
            yield document.problem(message, ("promises", promise), "remove the promise")
    for index, name in enumerate(promises.get("neutral", ())):
        at = ("promises", "neutral", index)
        if name not in verbs:
            yield document.unknown(f"unknown verb '{name}'", at, name, verbs)
        elif verbs[name]["effect"] != "none":
            message = f"{name} is neutral and has the effect {verbs[name]['effect']}"
            yield document.problem(f"{message}; expected one of the two", at)


def _faults_of_auth(document: Document, terms: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
    if "exempt" in terms and "only" in terms:
        message = f"{dotted(at)} has both exempt and only; expected one of them"
        yield document.problem(message, (*at, "only"))
    algorithm = terms.get("algorithm")
    if algorithm in DIGESTS and "key" in terms:
        message = f"{algorithm} is a digest, which takes no key; expected none, saw one"
        yield document.problem(message, (*at, "key"))
    elif algorithm is not None and algorithm not in DIGESTS and "key" not in terms:
        message = f"{algorithm} needs a key; expected a template that names a secret"
        yield document.problem(message, at, 'add key: "${secret.…}"')
    reasons = sorted({rule["reason"] for rule in document.value["outcomes"] if "reason" in rule})
    for index, reason in enumerate(terms.get("renew_on", ())):
        if reason not in reasons:
            message = f"no outcome rule gives the reason '{reason}'"
            yield document.unknown(message, (*at, "renew_on", index), reason, reasons)


def _faults_of_entry(
    document: Document, terms: Mapping[str, Any], at: Pointer
) -> Iterator[Problem]:
    verbs = document.value["verbs"]
    for index, name in enumerate(terms.get("of", ())):
        if name not in verbs:
            message = f"{dotted(at)}: unknown verb '{name}'"
            yield document.unknown(message, (*at, "of", index), name, verbs)
            continue
        known = [REFERENCE, *verbs[name].get("extract", {})]
        if terms["by"] not in known:
            message = f"{dotted(at)}: {name} is not known by '{terms['by']}'"
            yield document.unknown(message, (*at, "by"), terms["by"], known)


def _faults_of_placeholders(document: Document) -> Iterator[Problem]:
    raw: dict[str, Any] = document.value
    requests = [step.get("token", {}) for step in raw.get("auth", ())]
    requests += raw.get("enroll", {}).get("steps", ())
    known = sorted({*_SCOPE, *(name for one in requests for name in one.get("extract", {}))})
    for key in ("auth", "verbs", "samples", "enroll"):
        for text, at in _texts(raw.get(key, {}), (key,)):
            try:
                found = list(marks(text))
            except Problem as problem:
                yield document.problem(problem.message, at, problem.hint)
                continue
            for mark in found:
                root = mark.parts[0]
                # Engines may add names, so only a near miss is surely a mistake.
                if root not in known and near(root, known):
                    message = f"nothing is known as ${{{mark.name}}}"
                    message += f"; expected a name that begins with {choice(known)}"
                    yield document.problem(message, at, guess(root, known))


def _texts(node: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, at
    elif isinstance(node, dict | list):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _texts(item, (*at, key))
