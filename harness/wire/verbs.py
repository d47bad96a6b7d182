"""Turn a loyalty verb into a request of the vendor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from harness.check.values import whole_number
from harness.document.messages import Problem
from harness.document.template import fill, marks, names
from harness.model.binding import Binding, Verb
from harness.model.exchange import Intent
from harness.model.operation import Operation, Specification
from harness.model.target import Member
from harness.wire.intent import BulkRow, intent_of_verb, read_intent
from harness.wire.request import Draft, draft, merged, time_at

_NUMBER_LEAST = 10**11


@dataclass(frozen=True, slots=True)
class Speaker:
    """A binding with the values of one target: verbs in, drafts and intents out.

    `webhook` is the address that the vendor is told, empty where the harness does not listen.
    """

    binding: Binding
    specification: Specification
    values: Mapping[str, str]
    secret_values: Mapping[str, str] = field(repr=False)
    webhook: str = ""

    def _scope(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """Return all names that templates know, those of `extra` too."""
        fresh = extra.get("fresh")
        number = {"number": unique_number(fresh)} if isinstance(fresh, str) else {}
        known = {"value": self.values, "secret": self.secret_values}
        if self.webhook:
            known["webhook"] = {"url": self.webhook}
        return {**known, "now": time_at(self.binding.utc_offset), **number, **extra}

    def verb(
        self,
        name: str,
        member: Member | None,
        units: int | str | None = None,
        reference: str | None = None,
        rows: Sequence[BulkRow] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> tuple[Draft, Intent]:
        """Return the request of a verb and what it means.

        `units` is a positive number, or text sent as it is. `rows` are (member, units, reference)
        of a bulk. A verb with a price moves that, whatever is asked for. `extra` adds names to the
        scope of the templates (entry, captures). A request that cannot do without a reference takes
        `fresh` of `extra` where the caller has none.
        """
        verb, extra = self.binding.verbs[name], extra or {}
        if verb.price:
            units = self.price_of(verb)
            rows = rows and [(who, units, key) for who, _, key in rows]
        if reference is None and needs_reference(verb):
            reference = extra.get("fresh")
        scope = self._scope_of(verb, member, units, reference, extra)
        plain = draft(self.specification.operations[verb.operation], verb.send, scope)
        if rows is not None:
            plain = self._with_rows(plain, verb, rows, extra)
        return plain, intent_of_verb(verb, member, units, reference, rows, extra.get("entry"))

    def price_of(self, verb: Verb) -> int:
        """Return the units of every request of a verb whose price the vendor sets.

        Raises Problem if the target has no such value, or none that is a whole number.
        """
        price = whole_number(self.filled(verb.price, {}))
        if price is None:
            raise Problem(f"the price of {verb.name}, {verb.price}, is not a whole number")
        return price

    def sample(self, operation: str, member: Member | None, extra: Mapping[str, Any]) -> Draft:
        """Return the minimal correct request of an operation, from its sample or its verb."""
        declared = self.specification.operations[operation]
        scope = self._scope({"member": member, **extra} if member else extra)
        if operation in self.binding.samples:
            return draft(declared, self.binding.samples[operation], scope)
        for verb in self.binding.verbs_of(operation):
            rows = [(member or {}, 1, extra.get("fresh"))] if verb.rows else None
            return self.verb(verb.name, member, 1, extra.get("fresh"), rows, extra)[0]
        return draft(declared, {}, scope)

    def overlay(
        self,
        plain: Draft,
        send: Mapping[str, Any],
        without: tuple[str, ...],
        scope: Mapping[str, Any],
    ) -> Draft:
        """Return the draft with the filled `send` laid over it and fields taken away."""
        return merged(plain, self.filled(send, scope), without)

    def filled(self, template: Any, scope: Mapping[str, Any]) -> Any:
        """Return a template filled from the scope, the target's values and secrets."""
        return fill(template, self._scope(scope))

    def request(self, operation: str, send: Mapping[str, Any], scope: Mapping[str, Any]) -> Draft:
        """Return the request of an operation, whatever verb or sample is bound to it."""
        return draft(self.specification.operations[operation], send, self._scope(scope))

    def operation_of(self, verb: str | None, operation: str | None) -> Operation:
        """Return the operation that a verb binds, or the one of that name."""
        name = self.binding.verbs[verb].operation if verb is not None else str(operation)
        return self.specification.operations[name]

    def verb_of(self, intent: Intent) -> Verb | None:
        """Return the verb an intent names, else the first that binds its operation."""
        if intent.verb is not None:
            return self.binding.verbs[intent.verb]
        return next(iter(self.binding.verbs_of(intent.operation)), None)

    def intent_of(self, plain: Draft) -> Intent:
        """Return what a request means, as far as its body tells; see `intent.read_intent`."""
        return read_intent(plain, self.binding.verbs.values(), {"value": self.values})

    def _scope_of(
        self,
        verb: Verb,
        member: Member | None,
        units: int | str | None,
        reference: str | None,
        extra: Mapping[str, Any],
    ) -> dict[str, Any]:
        scope = self._scope(extra)
        if member is not None:
            scope["member"] = member
        if units is not None:
            scope["units"] = units * verb.unit if isinstance(units, int) else units
        if reference is not None:
            scope["reference"] = reference
        return scope

    def _with_rows(
        self, plain: Draft, verb: Verb, rows: Sequence[BulkRow], extra: Mapping[str, Any]
    ) -> Draft:
        form = verb.rows
        if form is None:
            return plain
        scopes = [self._scope_of(verb, who, amount, ref, extra) for who, amount, ref in rows]
        if form.at:
            items = [fill(form.each, scope) for scope in scopes]
            return merged(plain, {"body": _nested(form.at, items)})
        filled = [fill(form.columns, scope) for scope in scopes]
        columns = {
            name: [row.get(name, "") for row in filled]
            for name in form.columns
            if any(name in row for row in filled)
        }
        return merged(plain, {"body": columns})


def of_target(binding: Binding, values: Mapping[str, str]) -> Binding:
    """Return the binding with a target's values in its units and in what it looks for in a list.

    Where the target lacks a value that is looked for the verb sees no balance. Raises `Problem`
    where it lacks a unit, or where a unit is no whole number.
    """
    return replace(
        binding,
        verbs={
            name: _looking(_counting(verb, values), values) for name, verb in binding.verbs.items()
        },
    )


def _counting(verb: Verb, values: Mapping[str, str]) -> Verb:
    """Return a verb whose units are numbers."""
    if not verb.unit_templates:
        return verb
    filled = fill(verb.unit_templates, {"value": values})
    for key, text in filled.items():
        if not str(text).isascii() or not str(text).isdigit() or int(text) == 0:
            message = f"{key} of {verb.name} is {verb.unit_templates[key]}"
            raise Problem(f"{message}; expected a whole number of 1 or more as the target's value")
    unit, balance_unit = filled.get("unit"), filled.get("balance_unit")
    return replace(
        verb,
        unit=verb.unit if unit is None else int(unit),
        balance_unit=verb.balance_unit if balance_unit is None else int(balance_unit),
        unit_templates={},
    )


def _looking(verb: Verb, values: Mapping[str, str]) -> Verb:
    form = verb.extract.get("balance")
    if not isinstance(form, Mapping):
        return verb
    try:
        where = {name: str(text) for name, text in fill(form["where"], {"value": values}).items()}
    except Problem:
        return replace(
            verb, extract={name: at for name, at in verb.extract.items() if name != "balance"}
        )
    return replace(verb, extract={**verb.extract, "balance": {**form, "where": where}})


def templates_of(verb: Verb) -> list[Any]:
    """Return all that a verb's requests are filled from, rows included."""
    rows = verb.rows
    return [verb.send] if rows is None else [verb.send, rows.columns, rows.each]


def carries_reference(verb: Verb) -> bool:
    """Say whether the verb's requests hold the caller's reference, rows included."""
    return "reference" in names(templates_of(verb))


def reference_fields(verb: Verb) -> tuple[str, ...]:
    """Return where the verb's request holds the reference: names, and pointers into the body."""
    parts = ((part, verb.send.get(part, {})) for part in ("header", "query", "cookie"))
    named = [name for _, fields in parts for name in fields if "reference" in names(fields[name])]
    return (*named, *_pointers(verb.send.get("body")))


def _pointers(node: Any, at: str = "") -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, inner in node.items():
            yield from _pointers(inner, f"{at}/{name}")
    elif at and "reference" in names(node):
        yield at


def needs_reference(verb: Verb) -> bool:
    """Say whether the verb's request, its rows apart, cannot be written without a reference."""
    return any(mark.name == "reference" and not mark.optional for mark in marks(verb.send))


def unique_number(fresh: str) -> int:
    """Return a number of twelve digits that is as new as the text."""
    return _NUMBER_LEAST + int(sha256(fresh.encode()).hexdigest(), 16) % (9 * _NUMBER_LEAST)


def _nested(pointer: str, items: list[Any]) -> dict[str, Any]:
    value: Any = items
    for step in reversed(pointer.strip("/").split("/")):
        value = {step: value}
    return dict(value)
