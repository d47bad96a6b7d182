"""The requests of one step of a scenario, filled in and ready to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import floor
from typing import Any

from harness.check.expectations.record import row_index, wallet_key
from harness.check.values import json_text, whole_number
from harness.contract.validate.requests import unmet_needs
from harness.document.messages import Problem
from harness.document.pointer import MISSING
from harness.engine.scenario.balances import read_balance
from harness.engine.scenario.context import Context, ScenarioInapplicable
from harness.model.binding import REFERENCE, Verb
from harness.model.exchange import UNPARSEABLE, Exchange, Intent, Row
from harness.model.operation import only_reads
from harness.model.scenario import LEFT_OUT, Step
from harness.model.target import Member
from harness.wire.auth import Alter
from harness.wire.intent import BulkRow
from harness.wire.request import Draft
from harness.wire.verbs import reference_fields

_EVERY = "every"


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """One request of a step, and what may be done if its outcome stays unknown.

    `resendable` says that it may be sent again. `tamper` changes the request after signing.
    """

    step: Step
    draft: Draft
    intent: Intent
    resendable: bool
    tamper: Alter | None = None


def prepare_requests(step: Step, context: Context) -> list[PreparedRequest]:
    """Return the requests of a step: one, each concurrent one, or one for each operation.

    Raises ScenarioInapplicable if the vendor lacks what the step needs, Problem if a template names
    what is unknown, and what `read_balance` raises.
    """
    if not context.client.session.supports(step.auth):
        raise ScenarioInapplicable(f"the vendor's auth has no {step.auth} credentials")
    if step.operation is None:
        return [_verb(step, context) for _ in range(step.concurrent)]
    names = [step.operation] * step.concurrent
    if step.operation == _EVERY:
        names = _every(context, step.auth)
    return [_operation(step, name, context) for name in names]


def _every(context: Context, auth: str) -> list[str]:
    """Return the operations that need credentials and that something says how to send."""
    speaker = context.client.speaker
    binding, specification = speaker.binding, speaker.specification
    return [
        name
        for name in specification.operations
        if context.client.session.guarded(name, auth)
        and not unmet_needs(binding, specification, name)
    ]


def _verb(step: Step, context: Context) -> PreparedRequest:
    speaker = context.client.speaker
    name = str(step.verb)
    verb = speaker.binding.verbs[name]
    member = context.members[step.member] if step.member else None
    units = _units(step, context, member, verb.wallet)
    reference = context.reference(step.reference) if step.reference != LEFT_OUT else None
    rows = _rows(step, context, member) if step.rows is not None else None
    extra = {**context.variables, "fresh": context.fresh()}
    if step.entry is not None:
        extra["entry"] = _entry(step.entry, verb, context)
    plain, intent = speaker.verb(name, member, units, reference, rows, extra)
    if step.reference == LEFT_OUT:
        plain = speaker.overlay(plain, {}, reference_fields(verb), {})
        intent = replace(intent, rows=tuple(replace(row, reference=None) for row in intent.rows))
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, _scope(context, member))
        # The overlay may change what the request means, so its rows are not certain.
        intent = replace(intent, opaque=True)
    keyed = bool(intent.rows) and all(row.reference is not None for row in intent.rows)
    deduplicated = keyed and speaker.binding.promises.repeat != "none"
    harmless = deduplicated or not verb.writes
    return _prepared(step, context, member, plain, intent, harmless)


def _prepared(
    step: Step,
    context: Context,
    member: Member | None,
    draft: Draft,
    intent: Intent,
    harmless: bool,
) -> PreparedRequest:
    """Return a prepared request; `harmless` says that a second one has no further effect."""
    resendable = (
        harmless
        or step.idempotent
        or step.auth != "normal"
        or context.expected.get(step.name) == "refused"
    )
    tamper: Alter | None = None
    if step.tamper is not None:
        tamper = partial(
            context.client.speaker.overlay,
            send=step.tamper.send,
            without=step.tamper.without,
            scope=_scope(context, member),
        )
    return PreparedRequest(step, draft, intent, resendable, tamper)


def _entry(name: str, verb: Verb, context: Context) -> str:
    """Return what names the effect of an earlier step to the verb, empty if nothing does."""
    done = context.exchanges.get(name)
    if done is None or verb.entry is None:
        return str(context.variables.get(name, ""))
    if done.intent.verb not in verb.entry.of:
        raise ScenarioInapplicable(
            f"{verb.name} does not act on {done.intent.verb or 'a plain operation'}"
        )
    return entry_name_of(done, verb.entry.by) or ""


def entry_name_of(exchange: Exchange, name: str) -> str | None:
    """Return what names the effect of an exchange: its reference, or a value of its response."""
    if name == REFERENCE:
        return exchange.intent.rows[0].reference if exchange.intent.rows else None
    return exchange.seen.get(name)


def _operation(step: Step, name: str, context: Context) -> PreparedRequest:
    speaker = context.client.speaker
    first = next(iter(context.members.values()), None)
    member = context.members[step.member] if step.member else first
    scope = _scope(context, member)
    fresh = context.fresh()
    # The step says which entry a plain operation acts on; until then it names none.
    plain = speaker.sample(name, member, {"entry": fresh, **context.variables, "fresh": fresh})
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, scope)
    intent = speaker.intent_of(plain)
    bound = speaker.binding.verbs_of(name)
    mover = next((verb for verb in bound if verb.writes), None)
    if not intent.rows and member is not None and mover is not None:
        # The request may move points in a way that no verb describes; the audit must know it.
        intent = Intent(name, None, mover.account_of(member["id"]), (), UNPARSEABLE)
    harmless = only_reads(speaker.specification.operations[name], bound)
    if context.waits and not harmless:
        # What it does may come at any later time, to any member of the scenario.
        wallets = sorted({verb.wallet for verb in speaker.binding.verbs.values()})
        ids = [each["id"] for each in context.members.values()]
        rows = tuple(Row(wallet_key(owner, wallet), 0) for owner in ids for wallet in wallets)
        intent = Intent(name, None, intent.account, rows, UNPARSEABLE, lasting=True)
    return _prepared(step, context, member, plain, intent, harmless)


def _scope(context: Context, member: Member | None) -> dict[str, Any]:
    """Return what the templates of a step may name; a member or variable hides a reference."""
    scope = {**context.references, **context.members, **context.variables}
    scope |= {"fresh": context.fresh(), "reference": context.references}
    return scope if member is None else {**scope, "member": member}


def why_entries_do_not_fit(steps: Iterable[Step], verbs: Mapping[str, Verb]) -> str:
    """Return why a step cannot act on the entry of the step it names, empty if all can.

    A vendor may void burns and not earns; a scenario of the other must not begin there.
    """
    verb_of: dict[str | None, str] = {}
    for step in steps:
        if step.verb is None:
            continue
        verb, made = verbs.get(step.verb), verb_of.get(step.entry)
        if verb and verb.entry and made is not None and made not in verb.entry.of:
            return f"{step.verb} does not act on {made}"
        verb_of[step.name] = step.verb
    return ""


def _units(step: Step, context: Context, member: Member | None, wallet: str) -> int | str | None:
    """Return the units that a step sends: a number, a text that may be invalid, or none.

    The words `at_max` and `over_max` refer to the vendor's maximum, the others to the balance.
    """
    if step.raw_units is not None:
        return str(step.raw_units)
    if step.units_from is not None:
        shown = context.variables.get(step.units_from, MISSING)
        if (units := whole_number(shown)) is None:
            raise Problem(f"{step.units_from} is {json_text(shown)}, which is not a whole number")
        return units
    if step.units is None:
        return None
    if isinstance(step.units, int) or step.units in ("at_max", "over_max"):
        return _number(step.units, context)
    if member is None:
        raise ScenarioInapplicable(f"units: {step.units} needs a member")
    return floor(read_balance(context, member, wallet).units) + (step.units == "over_balance")


def _rows(step: Step, context: Context, member: Member | None) -> list[BulkRow]:
    """Return the rows of a bulk step: those listed, or so many equal ones, one of them invalid."""
    form = step.rows
    if not isinstance(form, Mapping):
        return [_listed(row, context) for row in form or ()]
    if member is None:
        raise ScenarioInapplicable("rows need a member")
    count = _row_count(form["count"], context)
    each = form.get("each", {})
    units, series = _number(each.get("units", 1), context), each.get("reference")
    rows: list[BulkRow] = [
        (member, units, _row_reference(series, index, context)) for index in range(count)
    ]
    invalid = form.get("invalid_row")
    if invalid is not None:
        index = row_index(invalid["at"], count)
        rows[index] = _invalid(rows[index], str(invalid["by"]), context)
    return rows


def _listed(row: Mapping[str, Any], context: Context) -> BulkRow:
    member: Member = context.members[row["member"]]
    units, reference = _number(row.get("units", 1), context), row.get("reference")
    made: BulkRow = (member, units, context.reference(reference))
    return _invalid(made, str(row["invalid"]), context) if "invalid" in row else made


def _number(units: int | str, context: Context) -> int:
    return units if isinstance(units, int) else _units_max(context) + (units == "over_max")


def _units_max(context: Context) -> int:
    maximum = context.binding.promises.units_max
    if maximum is None:
        raise ScenarioInapplicable("the vendor promises no maximum of units")
    return maximum


def _row_count(count: int | str, context: Context) -> int:
    limit = context.binding.promises.bulk_limit
    if isinstance(count, int):
        return count
    if limit is None:
        raise ScenarioInapplicable("the vendor promises no bulk limit")
    return limit + (count == "over_limit")


def _row_reference(series: str | None, index: int, context: Context) -> str | None:
    if series is None or series == "fresh":
        return context.reference(series)
    return f"{context.reference(series)}-{index}"


def _invalid(row: BulkRow, how: str, context: Context) -> BulkRow:
    member, units, reference = row
    if how == "unknown_member":
        nonexistent = context.binding.nonexistent["member"]
        return {**member, **nonexistent}, units, reference
    if how == "over_max":
        return member, _units_max(context) + 1, reference
    return member, floor(read_balance(context, member).units) + 1, reference
