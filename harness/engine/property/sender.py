"""Send a case until it is settled, and say what it means in loyalty words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.check.conformance import GATEWAY_STATUSES
from harness.engine.property.fixed_fields import Marks
from harness.engine.property.mutation import Path, at, edited, part_of
from harness.engine.property.planner import Case, Planner
from harness.engine.property.verdicts import Tried
from harness.engine.scenario.requests import entry_name_of
from harness.model.binding import EntryKey, Verb
from harness.model.exchange import UNPARSEABLE, Exchange, Fault, Intent, Row
from harness.model.operation import Operation
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.spec.read_only import only_reads
from harness.wire.client import Client
from harness.wire.request import Draft
from harness.wire.retry import Retry, is_known

SETTLING = Retry(attempts=5)
"""Fewer attempts would take a rare failure in front of the vendor for the vendor's response."""

# What these verbs act on where their binding does not say it.
_USUAL: Mapping[str, EntryKey] = {
    "void": EntryKey(("earn",), "entry"),
    "use_coupon": EntryKey(("issue_coupon",), "entry"),
    "check_coupon": EntryKey(("issue_coupon",), "entry"),
}


class NoTarget(Exception):
    """No entry or coupon could be had for the operation to act on."""


@dataclass(frozen=True)
class Batch:
    """One operation with its cases and everything needed to send them."""

    client: Client
    operation: Operation
    planner: Planner
    cases: tuple[Case, ...]
    verbs: tuple[Verb, ...]
    member: Member
    spare: Member
    fresh: Callable[[], str]
    needs_target: bool

    @property
    def source(self) -> str:
        """What the journal gives as the source of the batch's calls."""
        return f"property:{self.operation.id}"

    @property
    def reads(self) -> bool:
        """Whether the operation only reads, as far as its method, verb or name tells."""
        return only_reads(self.operation, self.verbs)

    @property
    def sign(self) -> int:
        """Whether the operation adds points (1), takes them (-1) or neither."""
        return next((verb.sign for verb in self.verbs if verb.sign), 0)

    @property
    def wallet(self) -> str:
        """What the operation moves besides points, empty for points."""
        return next((verb.wallet for verb in self.verbs if verb.sign), "")

    @property
    def spends(self) -> bool:
        """Whether the operation takes points, or acts on what only points can buy."""
        acts_on = acted_on(self.verbs) if self.needs_target else None
        source = self.client.speaker.binding.verbs.get(acts_on.of[0]) if acts_on else None
        return self.sign < 0 or (source is not None and source.sign < 0)


def base_of(
    client: Client, name: str, member: Member, fresh: str, target: str, marks: Marks
) -> Draft:
    """Return the minimal correct request of an operation; raises Problem when none is declared."""
    extra = {"fresh": fresh, "reference": fresh, "entry": target}
    base = client.speaker.sample(name, member, extra)
    # A token is tied to these values; another token for the same ones might end the run's own.
    return edited(base, [(path, f"{_found(base, path)}-property") for path in marks.bound])


def settle(batch: Batch, case: Case) -> Tried:
    """Send a case until it is settled, as far as sending it again can do no harm."""
    harmless = batch.reads or not case.positive
    draft, intent = _written(batch, case)
    lost = False
    for _ in SETTLING.tries():
        exchange = batch.client.call(draft, intent, source=batch.source)
        if exchange.fault is None and is_known(exchange):
            # After a lost response a refusal may only mean that the first attempt was applied.
            doubtful = lost and not harmless and exchange.outcome is Outcome.REFUSED
            return Tried(case, None if doubtful else exchange)
        if not _infrastructure(exchange):
            # The vendor did answer: another request of the same kind tells whether it always
            # answers so. It is a new one, so nothing is applied twice.
            draft, intent = _written(batch, case)
        elif exchange.fault is not Fault.UNSENT:
            lost = True
            if not harmless and not _keyed(batch, intent):
                return Tried(case, None)
    return Tried(case, None if _infrastructure(exchange) else exchange)


def _infrastructure(exchange: Exchange) -> bool:
    """Say whether something between us and the vendor spoke, or nobody at all."""
    return exchange.response is None or exchange.response.status in GATEWAY_STATUSES


def _keyed(batch: Batch, intent: Intent) -> bool:
    promised = batch.client.speaker.binding.promises.repeat != "none"
    return promised and bool(intent.rows) and all(row.reference for row in intent.rows)


def _written(batch: Batch, case: Case) -> tuple[Draft, Intent]:
    """Return a case as a request with new references, and what it means."""
    for member in (batch.member, batch.spare):
        target = _target(batch, member) if batch.needs_target else ""
        base = base_of(
            batch.client, batch.operation.id, member, batch.fresh(), target, batch.planner.marks
        )
        draft = batch.planner.draft(case, base)
        intent = _meant(batch, case, draft, member, target)
        if not intent.opaque and intent.entry != UNPARSEABLE:
            break
    return draft, intent


def _meant(batch: Batch, case: Case, draft: Draft, member: Member, target: str) -> Intent:
    """Return the verb a request says, marked where its effect on the account cannot be told."""
    name = batch.operation.id
    verb = next((verb for verb in batch.verbs if verb.sign or batch.needs_target), None)
    if verb is None:
        return Intent(name)
    account = verb.account_of(member["id"])
    clear = batch.planner.keeps_meaning(case)
    if not verb.sign:
        return Intent(name, verb.name, account, (), target, opaque=not clear)
    read = batch.client.speaker.intent_of(draft)
    if read.verb is None and (row := _row(batch, verb, draft, account)) is not None:
        read = Intent(name, verb.name, account, (row,))
    if read.verb is None or account not in {row.account for row in read.rows}:
        return Intent(name, None, account, (), UNPARSEABLE)
    return replace(read, opaque=read.opaque or not clear)


def _row(batch: Batch, verb: Verb, draft: Draft, account: str) -> Row | None:
    """Read the amount of a request with one row, wherever the binding puts it."""
    marks = batch.planner.marks
    if verb.rows is not None or len(marks.units) != 1:
        return None
    units = _found(draft, next(iter(marks.units)))
    text = str(units)
    if isinstance(units, bool) or not text.isdigit() or int(text) % verb.unit:
        return None
    references = [_found(draft, path) for path in sorted(marks.references)]
    reference = next((str(found) for found in references if isinstance(found, str) and found), None)
    return Row(account, verb.sign * int(text) // verb.unit, reference)


def _found(draft: Draft, path: Path) -> Any:
    return at(part_of(draft, path[0]), path[1:])


def acted_on(verbs: Iterable[Verb]) -> EntryKey | None:
    """Return what the first of the verbs that acts on something acts on."""
    found = (verb.entry or _USUAL.get(verb.name) for verb in verbs)
    return next((acts_on for acts_on in found if acts_on is not None), None)


def _target(batch: Batch, member: Member) -> str:
    """Make a new entry or coupon for the operation to act on; raises NoTarget."""
    verbs = batch.client.speaker.binding.verbs
    acts_on = acted_on(batch.verbs)
    if acts_on is None or acts_on.of[0] not in verbs:
        raise NoTarget(f"no generated requests: nothing makes what {batch.operation.id} acts on")
    source = acts_on.of[0]

    def made(exchange: Exchange) -> str | None:
        return entry_name_of(exchange, acts_on.by) if exchange.outcome is Outcome.OK else None

    exchange = SETTLING.until(
        lambda exchange: made(exchange) is not None,
        lambda: batch.client.verb(
            source, member=member, units=1, reference=batch.fresh(), source=batch.source
        ),
    )
    target = made(exchange)
    if target is None:
        raise NoTarget(f"no generated requests: {source} makes nothing to act on")
    return target
