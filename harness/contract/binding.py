"""binding.yaml: how requests of a vendor are sent and its responses are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.contract.defaults import with_defaults
from harness.contract.validate.binding import faults_of_binding
from harness.contract.validate.operations import disagreements
from harness.document.reader import read_document, refuse
from harness.document.schema import validate
from harness.model.binding import (
    AuthStep,
    Binding,
    Enrollment,
    EnrollStep,
    EntryKey,
    JsonPart,
    OutcomeRule,
    Place,
    Promises,
    RowsForm,
    SignAuth,
    StaticAuth,
    TextPart,
    TokenAuth,
    Verb,
)
from harness.model.operation import Specification
from harness.model.verdict import Outcome

ALWAYS: Mapping[str, Any] = {"always": True}
"""The `when` of a catch-all rule; a plain dict, since workers get bindings pickled."""


def read_binding(path: Path, specification: Specification) -> Binding:
    """Return a binding that agrees with its specification.

    Raises `Problem` or `Problems`, each with file and line: malformed keys and values, operations,
    parameters and body fields that the specification does not have, placeholders that nothing can
    fill, outcome rules without a catch-all or behind one, promises that nothing uses.
    """
    document = read_document(path)
    validate(document, "binding")
    document = with_defaults(document)
    refuse((*disagreements(document, specification), *faults_of_binding(document)))
    raw: dict[str, Any] = document.value
    return Binding(
        vendor=raw["vendor"],
        title=raw["title"],
        auth=tuple(_auth(step, specification) for step in raw.get("auth", ())),
        outcomes=tuple(map(_rule, raw["outcomes"])),
        verbs={
            name: Verb(**{"name": name, "send": {}, "extract": {}, **_fields(verb)})
            for name, verb in raw["verbs"].items()
        },
        samples=raw.get("samples", {}),
        promises=Promises(**_fields(raw["promises"])),
        nonexistent=raw.get("nonexistent", {}),
        sensitive=frozenset(raw.get("sensitive", ())),
        enroll=_enroll(raw["enroll"]) if "enroll" in raw else None,
        utc_offset=raw.get("utc_offset", "+00:00"),
        text_as_number=raw.get("equality", {}).get("text_as_number", False),
    )


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
        return SignAuth(**{"key": "", **fields})
    return TokenAuth(**{"send": {}, **fields})


def _part(raw: str | Mapping[str, Any]) -> str | JsonPart | TextPart:
    if isinstance(raw, str):
        return raw
    if "text" in raw:
        return TextPart(raw["text"])
    return JsonPart(raw["json"], tuple(raw.get("keys", ())))


def _enroll(raw: Mapping[str, Any]) -> Enrollment:
    return Enrollment(
        steps=tuple(EnrollStep(**{"send": {}, "extract": {}, **step}) for step in raw["steps"]),
        member=raw["member"],
        kinds=raw.get("kinds", {"usual": {}}),
    )


def _rule(raw: Mapping[str, Any]) -> OutcomeRule:
    when = ALWAYS if raw["when"] == "always" else raw["when"]
    return OutcomeRule(when, Outcome(raw["then"]), raw.get("reason"))


def _fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    converted = {key: convert(raw[key]) for key, convert in _CONVERTED.items() if key in raw}
    return {**raw, **converted}


_CONVERTED: Mapping[str, Callable[[Any], Any]] = {
    "bound_to": tuple,
    "entry": lambda raw: EntryKey(tuple(raw["of"]), raw["by"]),
    "neutral": tuple,
    "optional_for": frozenset,
    "parts": lambda raw: tuple(map(_part, raw)),
    "places": lambda raw: tuple(Place(p["in"], p.get("name", ""), p["value"]) for p in raw),
    "renew_on": frozenset,
    "rows": lambda raw: RowsForm(**raw),
}
"""How the value of a key becomes the value of its field, where they differ."""
