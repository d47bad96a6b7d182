"""Sends a case until it has a known outcome, with the effect that it is meant to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from harness.check.conformance import GATEWAY_STATUSES
from harness.check.outcome import explained
from harness.check.values import finite_number
from harness.contract.validate.requests import unmet_needs
from harness.document.messages import Problem, choice, counted
from harness.document.template import names
from harness.engine.property.baseline import Baseline, Case, FieldRoles
from harness.engine.property.mutation import edited, value_at
from harness.engine.property.verdicts import CaseResult
from harness.engine.scenario.requests import entry_name_of
from harness.model.binding import EntryKey, Verb
from harness.model.exchange import UNPARSEABLE, Exchange, Fault, Intent, Row
from harness.model.operation import Operation, only_reads
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.wire.client import Client
from harness.wire.request import Draft
from harness.wire.retry import Retry, is_known

SETTLING = Retry(attempts=5)
"""With fewer attempts a rare failure of a gateway would be taken for the vendor's response."""

UNANSWERED_MAX = SETTLING.attempts + 1
"""So many requests of an operation in a row without a response of the vendor: more would only wait.

It is more than one case alone may cost.
"""

# What these verbs name if their binding does not say it.
_USUAL: Mapping[str, EntryKey] = {
    "void": EntryKey(("earn",), "entry"),
    "use_coupon": EntryKey(("issue_coupon",), "entry"),
    "check_coupon": EntryKey(("issue_coupon",), "entry"),
}


class NoEntry(Exception):
    """There is no entry or coupon for the operation to name."""


class Unanswered(Exception):
    """The vendor does not respond to the requests of an operation."""


@dataclass(slots=True)
class Silence:
    """How many requests of an operation in a row got no response of the vendor."""

    row: int = 0

    def note(self, exchange: Exchange) -> None:
        """Note what came of a request; raises Unanswered where it was one too many.

        One that never reached the server says nothing.
        """
        if exchange.fault is not Fault.UNSENT:
            self.row = self.row + 1 if _infrastructure(exchange) else 0
        if self.row >= UNANSWERED_MAX:
            what = counted(self.row, "request")
            raise Unanswered(f"{what} of {exchange.intent.operation} in a row had no response")


@dataclass(frozen=True)
class Batch:
    """One operation with its cases and everything needed to send them."""

    client: Client
    baseline: Baseline
    cases: tuple[Case, ...]
    verbs: tuple[Verb, ...]
    member: Member
    spare: Member
    fresh: Callable[[], str]

    @property
    def operation(self) -> Operation:
        """The operation of every case."""
        return self.baseline.base.operation

    @property
    def source(self) -> str:
        """The source of the batch's requests in the journal."""
        return f"property:{self.operation.id}"

    @property
    def reads(self) -> bool:
        """Whether the operation only reads, by its method, verb or name."""
        return only_reads(self.operation, self.verbs)

    @property
    def sign(self) -> int:
        """1 if the operation credits points, -1 if it debits them, else 0."""
        return next((verb.sign for verb in self.verbs if verb.sign), 0)

    @property
    def wallet(self) -> str:
        """The wallet that the operation changes, empty for points."""
        return next((verb.wallet for verb in self.verbs if verb.sign), "")

    @cached_property
    def needs_entry(self) -> bool:
        """Whether a request of the operation names an entry or a coupon."""
        return any("entry" in names(verb.send) for verb in self.verbs)

    @property
    def entry_key(self) -> EntryKey | None:
        """What the first of the verbs that name an entry names."""
        found = (verb.entry or _USUAL.get(verb.name) for verb in self.verbs)
        return next(filter(None, found), None)

    @property
    def spends(self) -> bool:
        """Whether the operation debits points, or names an entry that only points can buy."""
        key = self.entry_key if self.needs_entry else None
        source = self.client.speaker.binding.verbs.get(key.of[0]) if key else None
        return self.sign < 0 or (source is not None and source.sign < 0)

    def move(self, verb: str, member: Member, units: int) -> Exchange:
        """Send a verb that moves units, with a new reference."""
        return self.client.verb(
            verb, member=member, units=units, reference=self.fresh(), source=self.source
        )


def base_of(
    client: Client, name: str, member: Member, fresh: str, entry: str, roles: FieldRoles
) -> Draft:
    """Return the minimal valid request of an operation; raises Problem if none is declared."""
    speaker = client.speaker
    if missing := unmet_needs(speaker.binding, speaker.specification, name):
        raise Problem(f"{name} has no sample, and a request of it needs {choice(missing, 'and')}")
    extra = {"fresh": fresh, "reference": fresh, "entry": entry}
    base = speaker.sample(name, member, extra)
    # A token is tied to these values; another token for the same ones might end the run's own.
    return edited(base, [(path, f"{value_at(base, path)}-property") for path in roles.bound])


def send_case(batch: Batch, case: Case, silence: Silence) -> CaseResult:
    """Send a case until its outcome is known, as far as a repeat can have no second effect.

    Raises Unanswered where the operation has been silent too often, and NoEntry.
    """
    harmless = batch.reads or not case.positive
    draft, intent = _prepare_request(batch, case)
    lost = False
    for _ in SETTLING.tries():
        exchange = batch.client.send(draft, intent, source=batch.source)
        silence.note(exchange)
        if exchange.fault is None and is_known(exchange):
            # After a lost response a refusal may only mean that the first attempt was applied.
            doubtful = lost and not harmless and exchange.outcome is Outcome.REFUSED
            told = replace(case, judged=False) if _turns(batch, case, draft) else case
            return CaseResult(told, None if doubtful else _bare(exchange))
        if not _infrastructure(exchange):
            # The vendor did respond. A new request of the same kind shows whether it always
            # responds so, and applies nothing again.
            draft, intent = _prepare_request(batch, case)
        elif exchange.fault is not Fault.UNSENT:
            lost = True
            if not harmless and not _keyed(batch, intent):
                return CaseResult(case, None)
    return CaseResult(case, None if _infrastructure(exchange) else _bare(exchange))


def _bare(exchange: Exchange) -> Exchange:
    """Return an exchange without the body of its response.

    An operation has many cases, and no verdict on it reads their bodies.
    """
    if exchange.response is None:
        return exchange
    return replace(exchange, result=replace(exchange.response, body=b""))


def _turns(batch: Batch, case: Case, draft: Draft) -> bool:
    """Return whether a valid amount has the sign of the other effect: a debit may be refused."""
    unit = next((verb.unit for verb in batch.verbs if verb.sign), 0)
    amounts = (value_at(draft, path) for path in batch.baseline.roles.units)
    return (
        case.positive
        and unit != 0
        and any(finite_number(one) and str(one).startswith("-") != (unit < 0) for one in amounts)
    )


def _infrastructure(exchange: Exchange) -> bool:
    """Return whether there is no response, or only one of a gateway."""
    return exchange.response is None or exchange.response.status in GATEWAY_STATUSES


def _keyed(batch: Batch, intent: Intent) -> bool:
    promised = batch.client.speaker.binding.promises.repeat != "none"
    return promised and bool(intent.rows) and all(row.reference for row in intent.rows)


def _prepare_request(batch: Batch, case: Case) -> tuple[Draft, Intent]:
    """Return the request of a case with new references, and what it means."""
    for member in (batch.member, batch.spare):
        entry = _new_entry(batch, member) if batch.needs_entry else ""
        name, roles = batch.operation.id, batch.baseline.roles
        base = base_of(batch.client, name, member, batch.fresh(), entry, roles)
        draft = batch.baseline.draft(case, base)
        intent = _intent(batch, case, draft, member, entry)
        if not intent.opaque and intent.entry != UNPARSEABLE:
            break
    return draft, intent


def _intent(batch: Batch, case: Case, draft: Draft, member: Member, entry: str) -> Intent:
    """Return what a request means, opaque if its effect on the account is not known."""
    name = batch.operation.id
    verb = next((verb for verb in batch.verbs if verb.sign or batch.needs_entry), None)
    if verb is None:
        return _unbound_intent(batch, member)
    account = verb.account_of(member["id"])
    clear = batch.baseline.keeps_meaning(case)
    if not verb.sign:
        return Intent(name, verb.name, account, (), entry, opaque=not clear)
    read = batch.client.speaker.intent_of(draft)
    for mover in batch.verbs if read.verb is None else ():
        row = _row(batch, mover, draft, account) if mover.wallet == verb.wallet else None
        if row is not None:
            read = Intent(name, mover.name, account, (row,))
            break
    if read.verb is None or account not in {row.account for row in read.rows}:
        return Intent(name, None, account, (), UNPARSEABLE)
    return replace(read, opaque=read.opaque or not clear)


def _unbound_intent(batch: Batch, member: Member) -> Intent:
    """Return what a request means that no verb binds: it may do anything to a member it names."""
    name = batch.operation.id
    samples = batch.client.speaker.binding.samples
    told = names([samples.get(name, {}), *(verb.send for verb in batch.verbs)])
    if batch.reads or not any(each.startswith("member.") for each in told):
        return Intent(name)
    return Intent(name, None, member["id"], (), UNPARSEABLE)


def _row(batch: Batch, verb: Verb, draft: Draft, account: str) -> Row | None:
    """Return the row of a request with one row, wherever the binding puts its amount."""
    roles = batch.baseline.roles
    if verb.rows is not None or len(roles.units) != 1:
        return None
    signed = verb.units_of(value_at(draft, next(iter(roles.units))))
    if not verb.sign or signed is None:
        return None
    references = (value_at(draft, path) for path in sorted(roles.references))
    reference = next((found for found in references if isinstance(found, str) and found), None)
    return Row(account, signed, reference)


def _new_entry(batch: Batch, member: Member) -> str:
    """Return a new entry or coupon for the operation to name; raises NoEntry."""
    key = batch.entry_key
    if key is None or key.of[0] not in batch.client.speaker.binding.verbs:
        raise NoEntry(f"no generated requests: no verb makes an entry for {batch.operation.id}")
    for _ in SETTLING.tries():
        exchange = batch.move(key.of[0], member, 1)
        entry = entry_name_of(exchange, key.by) if exchange.outcome is Outcome.OK else None
        if entry is not None:
            return entry
    text = f"{key.of[0]} makes no entry: {explained(exchange)}"
    raise NoEntry(f"no generated requests: {text}")
