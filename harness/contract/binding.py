"""binding.yaml: how requests of a vendor are sent and its responses are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.contract.promises import with_set
from harness.contract.validate.assumed import shown_by_responses
from harness.contract.validate.binding import faults_of_binding
from harness.contract.validate.requests import Requests, declared_requests
from harness.contract.validate.security import faults_of_security
from harness.contract.workload import seconds_of
from harness.document.messages import choice, dotted, guess
from harness.document.reader import Document, Pointer, Problem, read_document, refuse
from harness.document.schema import validate
from harness.document.template import laid_over
from harness.model.binding import (
    CHANGE_NAMES,
    AnnouncedEvent,
    AuthStep,
    Binding,
    Enrollment,
    EnrollStep,
    EntryKey,
    JsonPart,
    OutcomeRule,
    Place,
    Promises,
    RowResults,
    RowsForm,
    SignAuth,
    StaticAuth,
    TextPart,
    TokenAuth,
    Verb,
    Webhook,
    WebhookAuth,
)
from harness.model.exchange import AmountFormat
from harness.model.operation import Specification
from harness.model.target import Input, Inputs
from harness.model.verdict import Outcome

ALWAYS: Mapping[str, Any] = {"always": True}
"""The `when` of a catch-all rule; a plain dict, since workers get bindings pickled."""

_GROUPS = "defaults"
_EXTENDS = "extends"
_UNITS = ("unit", "balance_unit")
_TELLING = ("register", "unregister")


def read_binding(path: Path, specification: Specification) -> Binding:
    """Return a binding that agrees with its specification.

    Raises `Problem` or `Problems`, each with file and line: malformed keys and values, operations,
    parameters and body fields that the specification does not have, requests that do not fit it,
    credentials that it asks for and nothing sends, placeholders that nothing can fill, outcome
    rules without a catch-all or behind one, promises that nothing uses.
    """
    document = _with_defaults(validate(read_document(path), "binding"))
    refuse(faults_of_binding(document, specification))
    raw: dict[str, Any] = document.value
    binding = Binding(
        vendor=raw["vendor"],
        title=raw["title"],
        auth=tuple(_auth(step, specification) for step in raw.get("auth", ())),
        outcomes=tuple(map(_rule, raw["outcomes"])),
        verbs={
            name: Verb(**{"name": name, "send": {}, "extract": {}, **_fields(_verb(verb))})
            for name, verb in raw["verbs"].items()
        },
        samples=raw.get("samples", {}),
        promises=_promises(raw),
        nonexistent=raw.get("nonexistent", {}),
        sensitive=frozenset(raw.get("sensitive", ())),
        opaque=frozenset(raw.get("opaque", ())),
        enroll=_enroll(raw["enroll"]) if "enroll" in raw else None,
        utc_offset=raw.get("utc_offset", "+00:00"),
        text_as_number=raw.get("equality", {}).get("text_as_number", False),
        inputs=_inputs(document) if "target" in raw else None,
        amounts=AmountFormat(**raw.get("amounts", {})),
        webhook=_webhook(raw) if "webhook" in raw else None,
    )
    shown = shown_by_responses(binding)
    requests = Requests(specification, binding, document.place, shown)
    refuse(requests.faults(declared_requests(binding)))
    at = document.place(("auth",) if "auth" in raw else ())
    refuse(faults_of_security(binding, specification, at))
    return binding


def _with_defaults(document: Document) -> Document:
    """Return a binding whose every request is laid over the groups that it extends, in order."""
    groups: Mapping[str, Any] = document.value.get(_GROUPS, {})
    value, lines = deepcopy(document.value), dict(document.lines)
    problems: list[Problem] = []
    used: set[str] = set()
    for holder, at in _requests(value):
        send = holder[at[-1]]
        merged: Any = {}
        named = send.get(_EXTENDS, ())
        alone = isinstance(named, str)
        for index, name in enumerate([named] if alone else named):
            if name not in groups:
                place = (*at, _EXTENDS) if alone else (*at, _EXTENDS, index)
                message = f"{dotted(place)}: unknown defaults '{name}'"
                message += f"; expected {choice(groups)}" if groups else "; there are none"
                problems.append(document.problem(message, place, guess(name, groups)))
                continue
            used.add(name)
            merged = laid_over(merged, groups[name])
            for pointer, line in document.lines.items():
                if pointer[:2] == (_GROUPS, name):
                    lines.setdefault((*at, *pointer[2:]), line)
        own = {key: part for key, part in send.items() if key != _EXTENDS}
        holder[at[-1]] = laid_over(merged, own)
    for name in groups:
        if name not in used:
            message = f"no request extends the defaults '{name}'"
            problems.append(document.problem(message, (_GROUPS, name), "remove them"))
    refuse(problems)
    return replace(document, value=value, lines=lines)


def _requests(raw: dict[str, Any]) -> Iterator[tuple[dict[Any, Any], Pointer]]:
    """Yield the mapping that holds each request of a binding, and the pointer to the request."""
    holders: dict[Pointer, dict[Any, Any]] = {
        **{("verbs", name): verb for name, verb in raw["verbs"].items()},
        **{("enroll", "steps", i): s for i, s in enumerate(raw.get("enroll", {}).get("steps", ()))},
        **{
            ("webhook", key, i): step
            for key in _TELLING
            for i, step in enumerate(raw.get("webhook", {}).get(key, ()))
        },
        **{
            ("auth", i, kind): terms
            for i, s in enumerate(raw.get("auth", ()))
            for kind, terms in s.items()
        },
    }
    yield from ((holder, (*at, "send")) for at, holder in holders.items() if "send" in holder)
    samples = raw.get("samples", {})
    yield from ((samples, ("samples", name)) for name in samples)


def _auth(step: Mapping[str, Any], specification: Specification) -> AuthStep:
    ((kind, raw),) = step.items()
    others = frozenset(specification.operations) - frozenset(raw.get("only", ()))
    fields = {
        **_fields({key: value for key, value in raw.items() if key != "only"}),
        "exempt": others if "only" in raw else frozenset(raw.get("exempt", ())),
    }
    if kind == "static":
        return StaticAuth(**fields)
    if kind == "sign":
        lifetime = seconds_of(raw["lifetime"]) if "lifetime" in raw else None
        return SignAuth(**{"key": "", **fields, "lifetime": lifetime})
    return TokenAuth(**{"send": {}, **fields})


def _part(raw: str | Mapping[str, Any]) -> str | JsonPart | TextPart:
    if isinstance(raw, str):
        return raw
    if "text" in raw:
        return TextPart(raw["text"])
    return JsonPart(raw["json"], tuple(raw.get("keys", ())))


def _verb(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a verb whose units are numbers, apart from those that values of a target give.

    Its results by row stand beside the values of the whole response.
    """
    templates = {key: raw[key] for key in _UNITS if isinstance(raw.get(key), str)}
    plain = {key: value for key, value in raw.items() if key not in templates}
    extract = dict(raw.get("extract", {}))
    results = {"row_results": extract.pop("rows")} if "rows" in extract else {}
    return {**plain, "extract": extract, "unit_templates": templates, **results}


def _promises(raw: Mapping[str, Any]) -> Promises:
    prices = {name: verb["price"] for name, verb in raw["verbs"].items() if "price" in verb}
    announced: dict[str, Any] = {}
    if (webhook := raw.get("webhook")) is not None:
        announced["announced_verbs"] = _announced_verbs(raw)
        announced["announced_by"] = tuple(n for n in CHANGE_NAMES if n in webhook["extract"])
        announced["announced_auth"] = "auth" in webhook
    return Promises(**_fields(with_set(raw["promises"])), prices=prices, **announced)


def _announced_verbs(raw: Mapping[str, Any]) -> tuple[str, ...]:
    moving = [name for name, verb in raw["verbs"].items() if verb["effect"] != "none"]
    return tuple(raw["webhook"].get("verbs", moving))


def _webhook(raw: Mapping[str, Any]) -> Webhook:
    terms: Mapping[str, Any] = raw["webhook"]
    events = ((event["when"], event.get("effect", "")) for event in terms["events"])
    fields: dict[str, Any] = {key: terms[key] for key in ("extract", "unit") if key in terms}
    fields |= {key: tuple(map(_step, terms.get(key, ()))) for key in _TELLING}
    return Webhook(
        events=tuple(AnnouncedEvent(_when(when), effect) for when, effect in events),
        verbs=_announced_verbs(raw),
        auth=WebhookAuth(**terms["auth"]) if "auth" in terms else None,
        **fields,
        **terms.get("respond", {}),
    )


def _inputs(document: Document) -> Inputs:
    """Return what the binding says of a target, with the place of each part."""
    target: Mapping[str, Any] = document.value["target"]
    members = target.get("members", {})
    known: dict[str, Input] = {}
    for root, terms, at in (
        ("secret", target.get("secrets", {}), ("target", "secrets")),
        ("value", target.get("values", {}), ("target", "values")),
        ("member", members.get("fields", {}), ("target", "members", "fields")),
    ):
        for name, fields in terms.items():
            known[f"{root}.{name}"] = Input(**fields, place=document.place((*at, name)))
    return Inputs(known, members.get("description", ""), document.place(("target",)))


def _enroll(raw: Mapping[str, Any]) -> Enrollment:
    return Enrollment(
        steps=tuple(map(_step, raw["steps"])),
        member=raw["member"],
        kinds=raw.get("kinds", {"usual": {}}),
    )


def _step(raw: Mapping[str, Any]) -> EnrollStep:
    return EnrollStep(**{"send": {}, "extract": {}, **raw})


def _rule(raw: Mapping[str, Any]) -> OutcomeRule:
    return OutcomeRule(_when(raw["when"]), Outcome(raw["then"]), raw.get("reason"))


def _when(raw: Any) -> Mapping[str, Any]:
    return ALWAYS if raw == "always" else raw


def _fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    converted = {key: convert(raw[key]) for key, convert in _CONVERTED.items() if key in raw}
    return {**raw, **converted}


_CONVERTED: Mapping[str, Callable[[Any], Any]] = {
    "announced_within": seconds_of,
    "balance_lag": seconds_of,
    "bound_to": tuple,
    "entry": lambda raw: EntryKey(tuple(raw["of"]), raw["by"]),
    "neutral": tuple,
    "optional_for": frozenset,
    "parts": lambda raw: tuple(map(_part, raw)),
    "places": lambda raw: tuple(Place(p["in"], p.get("name", ""), p["value"]) for p in raw),
    "reference_lifetime": seconds_of,
    "renew_on": frozenset,
    "row_results": lambda raw: RowResults(raw["list"], tuple(map(_rule, raw["outcomes"]))),
    "rows": lambda raw: RowsForm(**raw),
}
"""How the value of a key becomes the value of its field, where they differ."""
