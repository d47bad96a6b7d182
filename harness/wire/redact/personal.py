"""Which of a target's values are personal: those that fill a field which the binding hides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.document.template import names
from harness.model.binding import Binding, TokenAuth
from harness.model.target import Target

ACCOUNT = "member.id"
"""The name of what accounts are called by."""


def personal_names(binding: Binding) -> frozenset[str]:
    """Return the names (`member.phone`, `value.stranger`) that templates of hidden fields hold."""
    sends = [verb.send for verb in binding.verbs.values()]
    sends += binding.samples.values()
    sends += [step.send for step in binding.auth if isinstance(step, TokenAuth)]
    sends += [step.send for step in binding.enroll.steps] if binding.enroll is not None else []
    sends += [step.send for step in binding.webhook.steps] if binding.webhook is not None else []
    fields = [field for send in sends for field in send.values()]
    for verb in binding.verbs.values():
        fields += [verb.rows.columns, verb.rows.each] if verb.rows is not None else []
    return frozenset(name for field in fields for name in _hidden(field, binding.sensitive))


def personal_values(binding: Binding, target: Target) -> list[str]:
    """Return the personal values of a target's members, and of its own."""
    holders = {"member": target.members, "value": (target.values,)}
    return sorted(
        {
            str(holder[field])
            for kind, _, field in (name.partition(".") for name in personal_names(binding))
            for holder in holders.get(kind, ())
            if field in holder
        }
    )


def _hidden(template: Any, fields: frozenset[str], inside: bool = False) -> Iterator[str]:
    """Yield the names in the fields of a template that are to be hidden."""
    if isinstance(template, dict):
        for key, item in template.items():
            yield from _hidden(item, fields, inside or key.removesuffix("[]") in fields)
    elif isinstance(template, list | tuple):
        for item in template:
            yield from _hidden(item, fields, inside)
    elif inside:
        yield from names(template)
