"""Call an operation: authenticate, pace, journal, send, classify, check, journal again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from harness.check.conformance import (
    NO_VIOLATIONS,
    NOT_JSON,
    TOO_MANY_REQUESTS,
    Conformance,
    decode,
)
from harness.check.extract import extract_values
from harness.check.outcome import Classifier, outcome_of
from harness.document.template import ENCODINGS
from harness.model.binding import Binding, TokenAuth
from harness.model.exchange import Exchange, Fault, Intent, Response
from harness.model.operation import Specification
from harness.model.run_header import RunHeader
from harness.model.target import Member, Target
from harness.model.verdict import Outcome
from harness.wire.auth import Alter, AuthFailed, Session
from harness.wire.journal.writer import ALTERED, Writer
from harness.wire.rate_limit import Pace
from harness.wire.redact import Redactor
from harness.wire.request import Draft, render
from harness.wire.transport import Sender
from harness.wire.verbs import BulkRow, Speaker, looking_for

_TOKEN_TRIES = 6
# A server that restarts takes no connections for a moment; nothing has been sent to it then.
_REACH_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4)
_PAUSE_SECONDS_MAX = 10.0


class Gate(Protocol):
    """Where the calls of a race wait for each other."""

    def ready(self) -> None:
        """Return when every call is ready to be made; raises when one never will be."""
        ...

    def leave(self) -> None:
        """Return when every call has its connection, or has had the time for it."""
        ...


@dataclass(frozen=True)
class Client:
    """One process's way to one target; thread-safe.

    `prefix` starts the ids of its calls and must be its own within a run.
    """

    speaker: Speaker
    session: Session
    classifier: Classifier
    conformance: Conformance
    sender: Sender
    pace: Pace
    journal: Writer
    prefix: str
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def call(
        self,
        plain: Draft,
        intent: Intent,
        *,
        source: str,
        auth: str = "normal",
        planned_ns: int | None = None,
        gate: Gate | None = None,
        alter: Alter | None = None,
    ) -> Exchange:
        """Send a draft once and return the classified exchange.

        `gate` lets the calls of a race leave at once: the clock is read when all are ready.
        `alter` changes the request after it was signed; the journal shows the changed one.
        A refusal that asks for a new token is answered by renewing and sending once more, as a
        new exchange; the refused one had no effect. So is a connection that could not be made.
        """
        once = partial(self._once, plain, intent, source, auth, planned_ns, alter)
        generation = self.session.generation
        exchange = _reached(once, gate)
        if (
            auth == "normal"
            and exchange.outcome is Outcome.REFUSED
            and self.session.renews_on(exchange.reason)
        ):
            self.session.renew(generation)
            exchange = once(None)
        if exchange.response is not None and exchange.response.status == TOO_MANY_REQUESTS:
            time.sleep(_asked_pause(exchange.response))
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
        auth: str = "normal",
    ) -> Exchange:
        """Send a loyalty verb; see Speaker.verb for the arguments."""
        plain, intent = self.speaker.verb(name, member, units, reference, rows, extra)
        return self.call(plain, intent, source=source, auth=auth)

    def ask(self, plain: Draft, closing: bool = False) -> Any:
        """Send an operation of the auth steps as it is and return its decoded answer.

        Unknown outcomes are tried again: asking for a token twice harms nobody. An operation that
        ends a token (`closing`) may be refused then, having ended it the first time. Raises
        AuthFailed.
        """
        once = partial(self._once, plain, Intent(plain.operation.id), "auth", "none", None, None)
        exchange: Exchange | None = None
        for tries in range(_TOKEN_TRIES):
            exchange = _reached(once, None)
            if closing and tries and exchange.outcome is Outcome.REFUSED:
                return None
            if exchange.outcome is not Outcome.UNKNOWN:
                break
        if exchange is None or exchange.outcome is not Outcome.OK or exchange.response is None:
            raise AuthFailed(_why(plain, exchange))
        return decode(exchange.response)

    def _once(
        self,
        plain: Draft,
        intent: Intent,
        source: str,
        auth: str,
        planned_ns: int | None,
        alter: Alter | None,
        gate: Gate | None,
    ) -> Exchange:
        bare = render(alter(plain) if alter else plain)
        request = render(self.session.apply(plain, auth, alter)) if auth != "none" else bare
        call_id = f"{self.prefix}{next(self._numbers)}"
        self.pace.take()
        if gate is not None:
            gate.ready()
        sent_ns = time.monotonic_ns()
        planned_ns = sent_ns if planned_ns is None else planned_ns
        how = ALTERED if alter else auth
        self.journal.invoke(call_id, source, intent, bare, planned_ns, sent_ns, how)
        result = self.sender.send(request, None if gate is None else gate.leave)
        done_ns = time.monotonic_ns()
        response = result if isinstance(result, Response) else None
        fault = result if isinstance(result, Fault) else None
        exchange = self.judged(
            Exchange(
                id=call_id,
                source=source,
                intent=intent,
                request=bare,
                planned_ns=planned_ns,
                sent_ns=sent_ns,
                done_ns=done_ns,
                response=response,
                fault=fault,
                outcome=Outcome.UNKNOWN,
            )
        )
        self.journal.outcome(exchange)
        return exchange

    def judged(self, raw: Exchange) -> Exchange:
        """Return the exchange with its outcome, what it shows, and its violations."""
        value = decode(raw.response) if raw.response is not None else NOT_JSON
        operation, result = raw.intent.operation, raw.response or raw.fault
        outcome, reason = outcome_of(self.classifier, self.conformance, operation, result, value)
        violations = NO_VIOLATIONS
        if raw.response is not None:
            violations = self.conformance.check(operation, raw.response, value)
        verb = self.speaker.verb_of(raw.intent)
        seen: dict[str, Any] = {}
        if verb is not None and outcome is not Outcome.UNKNOWN:
            seen = extract_values(verb, value)
        return replace(
            raw,
            outcome=outcome,
            reason=reason,
            seen=seen,
            violations=violations.stated,
            inferred_violations=violations.inferred,
        )


def _reached(once: Callable[[Gate | None], Exchange], gate: Gate | None) -> Exchange:
    """Send once over a connection; where none can be made, try to make one for a while."""
    exchange = once(gate)
    for seconds in _REACH_PAUSES_SECONDS:
        if exchange.fault is not Fault.UNSENT:
            break
        time.sleep(seconds)
        exchange = once(None)
    return exchange


def open_client(
    binding: Binding,
    specification: Specification,
    target: Target,
    secret_values: Mapping[str, str],
    sender: Sender,
    journal: Callable[[Redactor, RunHeader], Writer],
    prefix: str,
    header: RunHeader,
) -> Client:
    """Build the client of one process; `journal` opens its file with the completed header."""
    binding = looking_for(binding, target.values)
    # A secret travels encoded too (a digest of a password is as good as the password).
    written = [encode(value) for value in secret_values.values() for encode in ENCODINGS.values()]
    # So do tokens under the names they are learnt by, before they are known.
    learnt = [
        pointer.rpartition("/")[2]
        for step in binding.auth
        if isinstance(step, TokenAuth)
        for pointer in step.extract.values()
    ]
    redactor = Redactor([*secret_values.values(), *written], [*binding.sensitive, *learnt])
    told = replace(
        header,
        base_url="" if target.kind == "mock" else target.base_url,
        media={
            operation.id: operation.body.media_type
            for operation in specification.operations.values()
            if operation.body is not None
        },
        auth=_auth_places(binding, specification),
    )
    holder: list[Client] = []
    session = Session(
        binding,
        specification,
        target.values,
        secret_values,
        lambda plain, closing: holder[0].ask(plain, closing),
        redactor.learn,
    )
    client = Client(
        speaker=Speaker(binding, specification, target.values, secret_values),
        session=session,
        classifier=Classifier(binding.outcomes, text_as_number=binding.text_as_number),
        conformance=Conformance(specification),
        sender=sender,
        pace=Pace(target.rate, target.budget),
        journal=journal(redactor, told),
        prefix=prefix,
    )
    holder.append(client)
    return client


def _asked_pause(response: Response) -> float:
    """Return the seconds a server asks to be left alone, within reason."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked) if asked.isdecimal() else 1.0, _PAUSE_SECONDS_MAX)


def _auth_places(binding: Binding, specification: Specification) -> dict[str, tuple[str, ...]]:
    return {
        operation: places
        for operation in specification.operations
        if (
            places := tuple(
                f"{place.where}:{place.name}"
                for step in binding.auth
                if operation not in step.exempt
                for place in step.places
            )
        )
    }


def _why(plain: Draft, exchange: Exchange | None) -> str:
    if exchange is None:
        return f"{plain.operation.id} was not sent"
    if exchange.fault is not None:
        return f"{plain.operation.id} got no response ({exchange.fault.value})"
    status = exchange.response.status if exchange.response else "none"
    return f"{plain.operation.id} answered {exchange.outcome.value} under status {status}"
