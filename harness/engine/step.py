"""Turn one step of a story into requests and play it, alone or through a barrier."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.check.facts import Played, row_index
from harness.document.pointer import MISSING, find
from harness.model.contract import Step
from harness.model.exchange import UNREADABLE, Exchange, Intent
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.wire.client import Client
from harness.wire.fill import Draft
from harness.wire.verbs import BulkRow

RESENDS_MAX = 8
_EVERY = "every"


class Unresolved(Exception):
    """An outcome stayed unknown and could not be settled, so the story proves nothing."""


class NotPlayable(Exception):
    """The vendor's declarations lack what the step needs; the text says what."""


@dataclass
class Story:
    """What one attempt of a story knows while it is played: members, names, captures."""

    client: Client
    source: str
    members: Mapping[str, Member]
    fresh: Callable[[], str]
    balance: Callable[[Member], int]
    expected: Mapping[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    captures: dict[str, Any] = field(default_factory=dict)

    def reference(self, name: str | None) -> str | None:
        """Return the text sent for a reference name of the story; `each` is new every time."""
        if name is None:
            return None
        if name == "each":
            return self.fresh()
        return self.references.setdefault(name, self.fresh())


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request of a step, ready to be sent, with what may be done if it stays unknown."""

    draft: Draft
    intent: Intent
    auth: str
    resendable: bool


def play_steps(steps: Sequence[Step], story: Story) -> list[Played]:
    """Play steps that share a barrier (or a single step) and return what came of each.

    Raises Unresolved when an outcome cannot be settled, NotPlayable when a need is missing.
    """
    prepared = [(step, prepare(step, story)) for step in steps]
    flat = [(step, item) for step, items in prepared for item in items]
    together = len(steps) > 1 or steps[0].copies > 1
    exchanges = _race(flat, story) if together else [_send(item, story) for _, item in flat]
    settled = [
        _settled(item, exchange, story) for (_, item), exchange in zip(flat, exchanges, strict=True)
    ]
    results: list[Played] = []
    position = 0
    for step, items in prepared:
        own = tuple(settled[position : position + len(items)])
        position += len(items)
        verb = story.client.speaker.binding.verbs.get(step.verb) if step.verb else None
        rows = len(items[0].intent.rows) if items else 0
        results.append(Played(step.name, own, verb, rows))
        _capture(step, own, story)
    return results


def prepare(step: Step, story: Story) -> list[Prepared]:
    """Return the requests of a step: one, one for each copy, or one for each operation."""
    if not story.client.session.supports(step.auth):
        raise NotPlayable(f"the vendor's auth has no {step.auth} credentials")
    if step.operation == _EVERY:
        return [
            _operation(step, name, story)
            for name in story.client.speaker.specification.operations
            if story.client.session.guarded(name)
        ]
    if step.operation is not None:
        return [_operation(step, step.operation, story) for _ in range(step.copies)]
    return [_verb(step, story) for _ in range(step.copies)]


def _verb(step: Step, story: Story) -> Prepared:
    speaker = story.client.speaker
    name = str(step.verb)
    member = story.members[step.member] if step.member else None
    units = _units(step, story, member)
    reference = story.reference(step.reference)
    rows = _rows(step, story, member) if step.rows is not None else None
    extra = {**story.captures, "fresh": story.fresh()}
    if step.target is not None:
        extra["target"] = story.captures.get(step.target, "")
    plain, intent = speaker.verb(name, member, units, reference, rows, extra)
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, _scope(story, member))
        # What is laid over may change what the request means, so no row vouches for it.
        intent = replace(intent, opaque=True)
    writes = speaker.binding.verbs[name].sign != 0
    keyed = bool(intent.rows) and all(row.reference is not None for row in intent.rows)
    resendable = (
        not writes
        or step.auth != "normal"
        or story.expected.get(step.name) == "refused"
        or (keyed and speaker.binding.promises.repeat != "none")
    )
    return Prepared(plain, intent, step.auth, resendable)


def _operation(step: Step, name: str, story: Story) -> Prepared:
    speaker = story.client.speaker
    first = next(iter(story.members.values()), None)
    member = story.members[step.member] if step.member else first
    scope = _scope(story, member)
    plain = speaker.sample(name, member, {**story.captures, "fresh": story.fresh()})
    if step.send or step.without:
        plain = speaker.overlay(plain, step.send, step.without, scope)
    intent = speaker.intent_of(plain)
    if not intent.rows and member is not None and _moves(name, story):
        # The request may move points in a way that no verb describes; the audit must know it.
        intent = Intent(name, None, member["id"], (), UNREADABLE)
    refusal = step.auth != "normal" or story.expected.get(step.name) == "refused"
    return Prepared(plain, intent, step.auth, refusal)


def _moves(operation: str, story: Story) -> bool:
    verbs = story.client.speaker.binding.verbs.values()
    return any(verb.operation == operation and verb.sign for verb in verbs)


def _scope(story: Story, member: Member | None) -> dict[str, Any]:
    scope: dict[str, Any] = {**story.members, **story.captures, "fresh": story.fresh()}
    for name, text in story.references.items():
        scope.setdefault(name, text)
    scope["reference"] = story.references
    if member is not None:
        scope["member"] = member
    return scope


def _units(step: Step, story: Story, member: Member | None) -> int | str | None:
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
    return story.balance(member) + (step.units == "over_balance")


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
    return member, story.balance(member) + 1, reference


def _send(item: Prepared, story: Story, gate: Callable[[], None] | None = None) -> Exchange:
    return story.client.call(
        item.draft, item.intent, source=story.source, auth=item.auth, gate=gate
    )


def _race(flat: Sequence[tuple[Step, Prepared]], story: Story) -> list[Exchange]:
    barrier = threading.Barrier(len(flat))

    def gate() -> None:
        barrier.wait(timeout=30)

    with ThreadPoolExecutor(max_workers=len(flat)) as threads:
        jobs = [threads.submit(_send, item, story, gate) for _, item in flat]
        return [job.result() for job in jobs]


def _settled(item: Prepared, exchange: Exchange, story: Story) -> Exchange:
    """Return the exchange, or the first settled one of its repeats when it stayed unknown."""
    for _ in range(RESENDS_MAX):
        if exchange.outcome is not Outcome.UNKNOWN:
            return exchange
        if not item.resendable:
            raise Unresolved(f"{exchange.intent.operation} stayed unknown")
        exchange = _send(item, story)
        if exchange.outcome is Outcome.REFUSED and _ambiguous(item, story):
            # The first attempt may have been applied and this refusal may mean just that.
            raise Unresolved(f"{exchange.intent.operation} was unknown and then refused")
    raise Unresolved(f"{exchange.intent.operation} stayed unknown {RESENDS_MAX + 1} times")


def _ambiguous(item: Prepared, story: Story) -> bool:
    keyed = bool(item.intent.rows) and item.auth == "normal"
    return keyed and story.client.speaker.binding.promises.repeat in ("refused", "unspecified")


def _capture(step: Step, exchanges: tuple[Exchange, ...], story: Story) -> None:
    first = exchanges[0] if exchanges else None
    if first is None:
        return
    entry = first.seen.get("entry")
    if entry is not None:
        story.captures[step.name] = str(entry)
    body = decode(first.answer) if first.answer is not None else NOT_JSON
    for name, pointer in step.capture.items():
        found = find(body, pointer, MISSING)
        if found is not MISSING:
            story.captures[name] = found


def numbered(tag: str) -> Callable[[], str]:
    """Return a maker of short texts that no other run and no other call has used."""
    numbers = itertools.count(1)
    lock = threading.Lock()

    def fresh() -> str:
        with lock:
            return f"h{tag}-{next(numbers):x}"

    return fresh
