"""What a request means in loyalty terms: from its verb, or read back from its body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.document.template import fill, marks
from harness.document.template import names as names_of
from harness.model.binding import Verb
from harness.model.exchange import Intent, Row
from harness.model.target import Member
from harness.wire.request import Draft

BulkRow = tuple[Member, int | str, str | None]
"""One row of a bulk: member, positive units (or text, sent as it is), reference."""

_NAME = re.compile(r"^\$\{([a-z_.]+)\??\}$")


def intent_of_verb(
    verb: Verb,
    member: Member | None,
    units: int | str | None,
    reference: str | None,
    rows: Sequence[BulkRow] | None,
    entry: str | None,
) -> Intent:
    """Return what a request of the verb means; `rows` are those of a bulk."""
    account = verb.account_of(member["id"]) if member is not None else None
    meant: tuple[Row, ...] = ()
    if rows is not None:
        meant = tuple(_row(verb, *row) for row in rows)
        account = _only_account(meant)
    elif verb.sign and member is not None and units is not None:
        meant = (_row(verb, member, units, reference),)
    return Intent(verb.operation, verb.name, account, meant, entry)


def read_intent(plain: Draft, verbs: Iterable[Verb], scope: Mapping[str, Any]) -> Intent:
    """Return what a request means: a verb where account and units can be read, else none.

    `scope` holds the target's values. A body with fields that the verb does not bind is opaque.
    """
    operation, body = plain.operation.id, plain.body
    bound = [verb for verb in verbs if verb.operation == operation]
    if isinstance(body, Mapping):
        distinguishing = distinguishing_fields(bound)
        for verb in bound:
            if not _fits_values(verb, body, scope) or not _fits_fixed(verb, distinguishing, body):
                continue
            rows = _read_rows(verb, body)
            if rows is not None:
                extra = not _bound_fields(verb) >= set(body)
                return Intent(operation, verb.name, _only_account(rows), rows, opaque=extra)
    return Intent(operation)


def distinguishing_fields(verbs: Sequence[Verb]) -> frozenset[str]:
    """Return the body fields by whose fixed values the verbs of one operation differ."""
    fixed = [_fixed(verb) for verb in verbs]
    names = {name for each in fixed for name in each}
    return frozenset(n for n in names if len({repr(each.get(n)) for each in fixed}) > 1)


def _fits_values(verb: Verb, body: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    """Say whether a body names what the verb names by the target's values, and nothing else."""
    fields = verb.send.get("body", {})
    named = {
        name: text
        for name, text in (fields.items() if isinstance(fields, Mapping) else ())
        if (found := names_of(text)) and all(one.startswith("value.") for one in found)
    }
    wanted = fill({name: text for name, text in named.items() if name in body}, scope)
    return all(str(body[name]) == str(value) for name, value in wanted.items())


def _fits_fixed(verb: Verb, names: frozenset[str], body: Mapping[str, Any]) -> bool:
    fixed, bound = _fixed(verb), verb.send.get("body", {})
    return all(body.get(n) == fixed.get(n) for n in names if n in fixed or n not in bound)


def _fixed(verb: Verb) -> dict[str, Any]:
    body = verb.send.get("body", {})
    return {n: v for n, v in body.items() if not any(marks(v))} if isinstance(body, dict) else {}


def _bound_fields(verb: Verb) -> set[str]:
    """Return the names of the body fields that a verb binds."""
    columns = set(verb.rows.columns) if verb.rows else set()
    return set(verb.send.get("body", {})) | columns


def _row(verb: Verb, member: Member, units: int | str, reference: str | None) -> Row:
    account = verb.account_of(member["id"])
    return Row(account, verb.sign * units if isinstance(units, int) else 0, reference)


def _only_account(rows: Sequence[Row]) -> str | None:
    accounts = {row.account for row in rows}
    return accounts.pop() if len(accounts) == 1 else None


def _read_rows(verb: Verb, body: Mapping[str, Any]) -> tuple[Row, ...] | None:
    """Return the rows a flat body asks for, None when account or units cannot be read."""
    template = verb.rows.columns if verb.rows and verb.rows.columns else verb.send.get("body", {})
    if not isinstance(template, Mapping):
        return None
    columns = {}
    for field, text in template.items():
        match = _NAME.match(text) if isinstance(text, str) else None
        if match:
            found = body.get(field)
            columns[match[1]] = found if isinstance(found, list) else [found]
    units, accounts = columns.get("units"), columns.get("member.id")
    references = columns.get("reference", [None])
    if verb.sign == 0 or not units or not accounts or len(units) != len(accounts):
        return None
    if len(references) != len(units):
        references = [None] * len(units)
    rows = []
    for account, amount, reference in zip(accounts, units, references, strict=True):
        signed = verb.units_of(amount)
        named = isinstance(account, str | int) and isinstance(reference, str | int | None)
        if signed is None or not named:
            return None
        key = str(reference) if reference not in (None, "") else None
        rows.append(Row(verb.account_of(str(account)), signed, key))
    return tuple(rows)
