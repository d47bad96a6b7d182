"""Turn one step of a story into the requests it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.check.facts import row_index
from harness.engine.reading import only_reads
from harness.engine.story import NotPlayable, Prepared, Story
from harness.model.binding import REFERENCE, Verb
from harness.model.contract import Step
from harness.model.exchange import UNREADABLE, Exchange, Intent
from harness.model.target import Member
from harness.wire.auth import Alter
from harness.wire.verbs import BulkRow

_EVERY = "every"


def prepare(step: Step, story: Story) -> list[Prepared]:
    """Return the requests of a step: one, one for each copy, or one for each operation."""
    if not story.client.session.supports(step.auth):
        raise NotPlayable(f"the vendor's auth has no {step.auth} credentials")
    if step.operation == _EVERY:
        return [
            _operation(step, name, story)
            for name in story.client.speaker.specification.operations
            if story.client.session.guarded(name, step.auth)
        ]
    if step.operation is not None:
        return [_operation(step, step.operation, story) for _ in range(step.copies)]
    return [_verb(step, story) for _ in range(step.copies)]


def _verb(step: Step, story: Story) -> Prepared:
    speaker = story.client.speaker
    name = str(step.verb)
    member = story.members[step.member] if step.member else None
    units = _units(step, story, member, speaker.binding.verbs[name].purse)
    reference = story.reference(step.reference)
    rows = _rows(step, story, member) if step.rows is not None else None
    extra = {**story.captures, "fresh": story.fresh()}
    if step.target is not None:
        extra["target"] = _target(step.target, speaker.binding.verbs[name], story)
    plain, intent = speaker.verb(name, member, units, reference, rows, extra)
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, _scope(story, member))
        # What is laid over may change what the request means, so no row vouches for it.
        intent = replace(intent, opaque=True)
    writes = speaker.binding.verbs[name].writes
    keyed = bool(intent.rows) and all(row.reference is not None for row in intent.rows)
    resendable = (
        not writes
        or step.again
        or step.auth != "normal"
        or story.expected.get(step.name) == "refused"
        or (keyed and speaker.binding.promises.repeat != "none")
    )
    alter = _altering(step, story, member)
    return Prepared(plain, intent, step.auth, resendable, step.again, alter)


def _altering(step: Step, story: Story, member: Member | None) -> Alter | None:
    """Return what changes the step's request after it was signed."""
    change = step.alter
    if change is None:
        return None
    overlay, scope = story.client.speaker.overlay, _scope(story, member)
    return lambda signed: overlay(signed, change.send, change.without, scope)


def _target(name: str, verb: Verb, story: Story) -> str:
    """Return what names the effect of an earlier step to the verb, empty where nothing does."""
    done = story.done.get(name)
    if done is None or verb.acts_on is None:
        return str(story.captures.get(name, ""))
    if done.intent.verb not in verb.acts_on.verbs:
        raise NotPlayable(f"{verb.name} does not act on {done.intent.verb or 'a bare operation'}")
    return named_by(done, verb.acts_on.by) or ""


def named_by(exchange: Exchange, name: str) -> str | None:
    """Return what names the effect of a call: its reference, or what its answer shows."""
    if name == REFERENCE:
        return exchange.intent.rows[0].reference if exchange.intent.rows else None
    return exchange.seen.get(name)


def _operation(step: Step, name: str, story: Story) -> Prepared:
    speaker = story.client.speaker
    first = next(iter(story.members.values()), None)
    member = story.members[step.member] if step.member else first
    scope = _scope(story, member)
    fresh = story.fresh()
    # What a bare operation acts on is for its step to say; until then it names nothing.
    plain = speaker.sample(name, member, {"target": fresh, **story.captures, "fresh": fresh})
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, scope)
    intent = speaker.intent_of(plain)
    mover = _mover(name, story)
    if not intent.rows and member is not None and mover is not None:
        # The request may move points in a way that no verb describes; the audit must know it.
        intent = Intent(name, None, mover.account_of(member["id"]), (), UNREADABLE)
    bound = [verb for verb in speaker.binding.verbs.values() if verb.operation == name]
    resendable = (
        step.auth != "normal"
        or step.again
        or story.expected.get(step.name) == "refused"
        or only_reads(speaker.specification.operations[name], bound)
    )
    alter = _altering(step, story, member)
    return Prepared(plain, intent, step.auth, resendable, step.again, alter)


def _mover(operation: str, story: Story) -> Verb | None:
    """Return the verb that moves points by this operation, None where none does."""
    verbs = story.client.speaker.binding.verbs.values()
    return next((verb for verb in verbs if verb.operation == operation and verb.writes), None)


def _scope(story: Story, member: Member | None) -> dict[str, Any]:
    scope: dict[str, Any] = {**story.members, **story.captures, "fresh": story.fresh()}
    for name, text in story.references.items():
        scope.setdefault(name, text)
    scope["reference"] = story.references
    if member is not None:
        scope["member"] = member
    return scope


def _units(step: Step, story: Story, member: Member | None, purse: str) -> int | str | None:
    if step.raw_units is not None:
        return str(step.raw_units)
    if not isinstance(step.units, str):
        return step.units
    maximum = story.client.speaker.binding.promises.units_max
    if step.units in ("at_max", "over_max"):
        if maximum is None:
            raise NotPlayable("no most units of one call are promised")
        return maximum + (step.units == "over_max")
    if member is None:
        raise NotPlayable(f"{step.units} needs a member")
    return story.balance(member, purse) + (step.units == "over_balance")


def _rows(step: Step, story: Story, member: Member | None) -> list[BulkRow]:
    form = step.rows
    if not isinstance(form, Mapping):
        return [_listed(row, story) for row in form or ()]
    if member is None:
        raise NotPlayable("rows need a member")
    count = _row_count(form["count"], story)
    each = form.get("each", {})
    units, series = _row_units(each, story), each.get("reference")
    rows: list[BulkRow] = [
        (member, units, _row_reference(series, index, story)) for index in range(count)
    ]
    spoil = form.get("spoil")
    if spoil is not None:
        index = row_index(spoil["row"], count)
        rows[index] = _spoilt(rows[index], str(spoil["by"]), story)
    return rows


def _listed(row: Mapping[str, Any], story: Story) -> BulkRow:
    member: Member = story.members[row["member"]]
    made: BulkRow = (member, _row_units(row, story), story.reference(row.get("reference")))
    return _spoilt(made, str(row["by"]), story) if "by" in row else made


def _row_units(row: Mapping[str, Any], story: Story) -> int:
    units: int | str = row.get("units", 1)
    if isinstance(units, int):
        return units
    maximum = story.client.speaker.binding.promises.units_max
    if maximum is None:
        raise NotPlayable("no most units of one call are promised")
    return maximum + 1 if units == "over_max" else maximum


def _row_count(count: int | str, story: Story) -> int:
    limit = story.client.speaker.binding.promises.bulk_limit
    if isinstance(count, int):
        return count
    if limit is None:
        raise NotPlayable("no bulk limit is promised")
    return limit + (count == "over_limit")


def _row_reference(series: str | None, index: int, story: Story) -> str | None:
    if series is None or series == "each":
        return story.reference(series)
    return f"{story.reference(series)}-{index}"


def _spoilt(row: BulkRow, how: str, story: Story) -> BulkRow:
    member, units, reference = row
    binding = story.client.speaker.binding
    if how == "unknown_member":
        return {**member, **binding.unknown["member"]}, units, reference
    if how == "over_max":
        if binding.promises.units_max is None:
            raise NotPlayable("no most units of one call are promised")
        return member, binding.promises.units_max + 1, reference
    return member, story.balance(member, "") + 1, reference
