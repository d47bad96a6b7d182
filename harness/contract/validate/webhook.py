"""Whether a declared webhook can be recognised, matched with changes and proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.contract.validate.outcomes import faults_of_condition, terms_of
from harness.document.messages import dotted
from harness.document.reader import Document, Pointer, Problem
from harness.document.template import names

_AT: Pointer = ("webhook",)
_SIGNATURE = "signature"


def faults_of_webhook(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the webhook of a binding."""
    webhook = document.value.get("webhook")
    if webhook is None:
        return
    yield from _faults_of_events(document, webhook["events"])
    yield from _faults_of_verbs(document, webhook)
    yield from _faults_of_sources(document, webhook["extract"])
    if "auth" in webhook:
        yield from _faults_of_auth(document, webhook["auth"])


def _faults_of_events(document: Document, events: list[Mapping[str, Any]]) -> Iterator[Problem]:
    for index, event in enumerate(events):
        at: Pointer = (*_AT, "events", index)
        if event["when"] == "always":
            if event is not events[-1]:
                message = "no event below `when: always` can ever be one"
                yield document.problem(message, at, "move it to the end")
            continue
        yield from faults_of_condition(document, event["when"], (*at, "when"))
        for term in sorted({"status", "fault"} & set(terms_of(event["when"]))):
            message = f"{dotted(at)}: a request of the vendor has no {term}"
            yield document.problem(message, at, "ask for what its body or headers say")


def _faults_of_verbs(document: Document, webhook: Mapping[str, Any]) -> Iterator[Problem]:
    verbs: Mapping[str, Mapping[str, Any]] = document.value["verbs"]
    for index, name in enumerate(webhook.get("verbs", ())):
        at: Pointer = (*_AT, "verbs", index)
        if name not in verbs:
            yield document.unknown(f"unknown verb '{name}'", at, name, verbs)
        elif verbs[name]["effect"] == "none" and not name.startswith("void"):
            message = f"{name} moves no units, so that it has no change to announce"
            yield document.problem(message, at, "leave it out")
    announced = [verbs[one] for one in webhook.get("verbs", verbs) if one in verbs]
    moving = [verb for verb in announced if verb["effect"] != "none"]
    sent = any("reference" in _names([v.get("send", {}), v.get("rows", {})]) for v in moving)
    shown = any("entry" in verb.get("extract", {}) for verb in moving)
    named = webhook["extract"]
    if not (("reference" in named and sent) or ("entry" in named and shown)):
        message = "webhook.extract: no announcement can be matched with a change; expected a"
        message += " reference that an announced verb sends, or an entry that one extracts"
        yield document.problem(message, (*_AT, "extract"))


def _faults_of_sources(document: Document, extract: Mapping[str, Any]) -> Iterator[Problem]:
    for name, source in extract.items():
        for kind in sorted({"cookie", "link"} & set(source if isinstance(source, Mapping) else ())):
            message = f"webhook.extract.{name}: a request of the vendor has no {kind} to read"
            hint = "name a pointer or a header"
            yield document.problem(message, (*_AT, "extract", name), hint)


def _faults_of_auth(document: Document, auth: Mapping[str, Any]) -> Iterator[Problem]:
    used, signed = _names(auth["value"]), "algorithm" in auth
    if signed and _SIGNATURE not in used:
        message = "webhook.auth.value does not name the signature"
        yield document.problem(message, (*_AT, "auth", "value"), "put ${signature} into it")
    if not signed and _SIGNATURE in used:
        message = "webhook.auth names a signature without an algorithm and a key"
        yield document.problem(message, (*_AT, "auth", "value"), "add both")
    key = "key" if signed else "value"
    if not any(one.startswith("secret.") for one in _names(auth[key])):
        message = f"webhook.auth.{key} names no secret, so that it proves nothing"
        yield document.problem(
            message, (*_AT, "auth", key), 'write a template such as "${secret.hook}"'
        )


def _names(template: Any) -> frozenset[str]:
    """Return the names in a template, none where one is malformed: that is told elsewhere."""
    try:
        return names(template)
    except Problem:
        return frozenset()
