"""Send verbs and operations to one target with the credentials of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.check.conformance import Conformance
from harness.check.outcome import Classifier
from harness.model.binding import Binding
from harness.model.exchange import Exchange, Intent
from harness.model.operation import Specification
from harness.model.run_header import RunHeader
from harness.model.target import Member, Target
from harness.model.verdict import Outcome
from harness.wire.attempt import ALTERED, Judge
from harness.wire.auth import Alter, Session, Tokens
from harness.wire.channel import Channel, Gate, when_served
from harness.wire.connection.outage import Outage
from harness.wire.intent import BulkRow
from harness.wire.journal.writer import Writer
from harness.wire.lag import BalanceLag
from harness.wire.pace import Pace
from harness.wire.redact.personal import personal_values
from harness.wire.redact.redactor import Redactor, redactor_of
from harness.wire.request import Draft, render
from harness.wire.shell import shell_places, shell_variables
from harness.wire.transport import Sender
from harness.wire.verbs import Speaker, of_target


@dataclass(frozen=True)
class Client:
    """A channel with the credentials of a run; thread-safe."""

    channel: Channel
    session: Session
    redactor: Redactor

    @property
    def speaker(self) -> Speaker:
        """What turns verbs into requests."""
        return self.channel.speaker

    @property
    def journal(self) -> Writer:
        """The file that keeps every attempt."""
        return self.channel.journal

    def send(
        self,
        plain: Draft,
        intent: Intent,
        *,
        source: str,
        auth: str = "normal",
        gate: Gate | None = None,
        alter: Alter | None = None,
        accepts: str | None = None,
    ) -> Exchange:
        """Send a draft once and return the judged exchange.

        `gate` lets concurrent attempts leave together: the clock is read when all are ready.
        `alter` changes the request after it was signed; the journal shows the changed one.
        After a refusal that asks for a new token it is sent once more with one, as a new exchange;
        the refused one had no effect. So it is where no connection could be made, and after the
        pause that a server which throttles asks for, unless the reason of its refusal is the one
        that the sender `accepts`.
        """
        how = ALTERED if alter else auth

        def once(gate: Gate | None) -> Exchange:
            anonymous = request = render(alter(plain) if alter else plain)
            if auth != "none":
                request = render(self.session.apply(plain, auth, alter))
            return self.channel.send(anonymous, request, intent, source, how, gate, accepts)

        generation = self.session.tokens.generation
        exchange = when_served(once, gate, accepts)
        if (
            auth == "normal"
            and exchange.outcome is Outcome.REFUSED
            and self.session.renews_on(exchange.reason)
        ):
            self.session.tokens.renew(generation)
            exchange = when_served(once, None, accepts)
        return exchange

    def verb(
        self,
        name: str,
        *,
        source: str,
        member: Member | None = None,
        units: int | str | None = None,
        reference: str | None = None,
        rows: Sequence[BulkRow] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Send a loyalty verb; see Speaker.verb for the arguments."""
        plain, intent = self.speaker.verb(name, member, units, reference, rows, extra)
        return self.send(plain, intent, source=source)


def open_client(
    binding: Binding,
    specification: Specification,
    target: Target,
    secret_values: Mapping[str, str],
    sender: Sender,
    journal: Path,
    prefix: str,
    header: RunHeader,
    hidden: Iterable[str] = (),
) -> Client:
    """Build the client of one process, which journals to the file `journal`.

    `prefix` starts the ids of its attempts; `header` is completed by what only the wire knows.
    `hidden` are further secrets that it must not write down.
    """
    binding = of_target(binding, target.values)
    redactor = redactor_of(
        binding, [*secret_values.values(), *hidden], personal_values(binding, target)
    )
    complete = replace(
        header,
        base_url="" if target.kind == "mock" else target.base_url,
        media={
            operation.id: operation.body.media_type
            for operation in specification.operations.values()
            if operation.body is not None
        },
        auth=shell_places(binding, specification, target),
        variables=shell_variables(binding, specification, target),
    )
    classifier = Classifier(binding.outcomes, text_as_number=binding.text_as_number)
    conformance = Conformance(specification)
    channel = Channel(
        speaker=Speaker(
            binding,
            specification,
            target.values,
            secret_values,
            "" if target.webhook is None else target.webhook.url,
        ),
        judge=Judge(classifier, conformance, conformance.check, binding.amounts),
        sender=sender,
        pace=Pace(target.rate, target.budget),
        journal=Writer(journal, complete, redactor.text),
        outage=Outage(urlsplit(target.base_url).netloc or "the server", target.outage_seconds),
        prefix=prefix,
        lag=BalanceLag(binding.promises.balance_lag),
        limits=target.limits,
    )
    scope = {"value": target.values, "secret": secret_values}
    tokens = Tokens(binding, specification, scope, channel.fetch_token, redactor.learn)
    return Client(channel, Session(tokens, redactor.learn_signature), redactor)
