"""binding.yaml: how to speak to a vendor."""

from __future__ import annotations

from collections.abc import Mapping
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
        outcomes=tuple(
            OutcomeRule(
                ALWAYS if rule["when"] == "always" else rule["when"],
                Outcome(rule["then"]),
                rule.get("reason"),
            )
            for rule in raw["outcomes"]
        ),
        verbs={name: _verb(name, verb) for name, verb in raw["verbs"].items()},
        samples=raw.get("samples", {}),
        promises=Promises(
            **{**raw["promises"], "neutral": tuple(raw["promises"].get("neutral", ()))}
        ),
        nonexistent=raw.get("nonexistent", {}),
        sensitive=frozenset(raw.get("sensitive", ())),
        enroll=_enroll(raw["enroll"]) if "enroll" in raw else None,
        utc_offset=raw.get("utc_offset", "+00:00"),
        text_as_number=raw.get("equality", {}).get("text_as_number", False),
    )


def _auth(step: Mapping[str, Any], specification: Specification) -> AuthStep:
    ((kind, raw),) = step.items()
    places = tuple(Place(p["in"], p.get("name", ""), p["value"]) for p in raw["places"])
    others = frozenset(specification.operations) - frozenset(raw.get("only", ()))
    exempt = others if "only" in raw else frozenset(raw.get("exempt", ()))
    if kind == "static":
        return StaticAuth(places, exempt)
    if kind == "sign":
        parts = tuple(_part(part) for part in raw["parts"])
        join, key = raw.get("join", "\n"), raw.get("key", "")
        return SignAuth(raw["algorithm"], parts, key, places, exempt, join)
    return TokenAuth(
        operation=raw["operation"],
        send=raw.get("send", {}),
        extract=raw["extract"],
        places=places,
        lifetime=raw.get("lifetime"),
        renew_on=frozenset(raw.get("renew_on", ())),
        bound_to=tuple(raw.get("bound_to", ())),
        end=raw.get("end"),
        exempt=exempt,
        variants=raw.get("variants", {}),
        optional_for=frozenset(raw.get("optional_for", ())),
    )


def _part(raw: str | Mapping[str, Any]) -> str | JsonPart | TextPart:
    if isinstance(raw, str):
        return raw
    if "text" in raw:
        return TextPart(raw["text"])
    return JsonPart(raw["json"], tuple(raw.get("keys", ())))


def _enroll(raw: Mapping[str, Any]) -> Enrollment:
    return Enrollment(
        steps=tuple(
            EnrollStep(step["operation"], step.get("send", {}), step.get("extract", {}))
            for step in raw["steps"]
        ),
        member=raw["member"],
        kinds=raw.get("kinds", {"usual": {}}),
    )


def _verb(name: str, raw: Mapping[str, Any]) -> Verb:
    rows, entry = raw.get("rows"), raw.get("entry")
    return Verb(
        name=name,
        operation=raw["operation"],
        send=raw.get("send", {}),
        extract=raw.get("extract", {}),
        effect=raw["effect"],
        unit=raw.get("unit", 1),
        rows=None if rows is None else RowsForm(**rows),
        balance_unit=raw.get("balance_unit"),
        entry=None if entry is None else EntryKey(tuple(entry["of"]), entry["by"]),
        wallet=raw.get("wallet", ""),
    )
