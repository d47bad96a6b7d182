"""The one way out of a process: pace, journal, send and judge each attempt."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from harness.check.conformance import GATEWAY_STATUSES, TOO_MANY_REQUESTS
from harness.model.exchange import Exchange, Failure, Fault, Intent, Request, Response
from harness.model.target import USUAL, Limits
from harness.model.verdict import Outcome
from harness.wire.attempt import Judge, invoke_line
from harness.wire.auth import AuthFailed, LoginRefused
from harness.wire.connection.outage import Outage
from harness.wire.journal.writer import Writer
from harness.wire.lag import BalanceLag
from harness.wire.pace import Pace
from harness.wire.request import Draft, render
from harness.wire.retry import Retry
from harness.wire.throttle import Throttle, Throttled, is_refused_for_now
from harness.wire.transport import Sender
from harness.wire.verbs import Speaker

# A server that restarts takes no connections for a moment; nothing has been sent to it then.
CONNECTING = Retry(attempts=5, pauses_seconds=(0.05, 0.1, 0.2, 0.4))
TOKENS = Retry(attempts=6)
_SENDS_MAX = 20
"""So often a request is sent to a server that refuses it for now and serves others meanwhile."""
_LATER = frozenset({408, 425, TOO_MANY_REQUESTS})


class Gate(Protocol):
    """Where concurrent attempts wait for each other."""

    def ready(self) -> None:
        """Return when every attempt is ready to be made; raises when one never will be."""
        ...

    def leave(self) -> None:
        """Return when every attempt has its connection, or has had the time for it."""
        ...


Attempt = Callable[[Gate | None], Exchange]
"""Send a request once, after the gate has opened."""


@dataclass(frozen=True)
class Channel:
    """One process's way to one target; thread-safe.

    `prefix` starts the ids of its attempts and must be its own within a run.
    """

    speaker: Speaker
    judge: Judge
    sender: Sender
    pace: Pace
    journal: Writer
    outage: Outage
    prefix: str
    lag: BalanceLag = field(default_factory=BalanceLag)
    throttle: Throttle = field(default_factory=Throttle)
    limits: Limits = USUAL
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def send(
        self,
        anonymous: Request,
        request: Request,
        intent: Intent,
        source: str,
        auth: str,
        gate: Gate | None,
        accepts: str | None = None,
    ) -> Exchange:
        """Send a request once, when the server may be asked, and return the judged exchange.

        `anonymous` is the request before authentication, which the journal keeps; `auth` names the
        credentials of `request`. A refusal for the reason `accepts` is what the sender asked for,
        never a pause that the server wants. Raises BudgetSpent, ServerGone and Throttled.
        """
        name = f"{self.prefix}{next(self._numbers)}"
        self.lag.wait(intent)
        self.throttle.wait()
        self.outage.wait()
        with self.pace.permit() as permit:
            kept = self.journal.keep_body(name, anonymous.body)
            if gate is not None:
                gate.ready()
            journal, sent_ns = self.journal, time.monotonic_ns()
            journal.append(
                invoke_line(
                    name, source, intent, anonymous, sent_ns, sent_ns, journal.redact, auth, kept
                )
            )
            result = self.sender.send(request, None if gate is None else gate.leave)
            done_ns = time.monotonic_ns()
            if isinstance(result, Failure) and result.fault is Fault.UNSENT:
                permit.give_back()
        judged = self.judge.judge(intent.operation, self.speaker.verb_of(intent), result)
        self.lag.note(intent)
        journal.outcome(name, done_ns, result, judged)
        self.outage.note(intent.operation, sent_ns, result, judged.outcome)
        exchange = Exchange(
            name, intent, result, judged.outcome, judged.reason, judged.seen, judged.unread
        )
        if accepts is None or judged.reason != accepts:
            self.throttle.note(intent.operation, exchange.response, judged.outcome)
        return exchange

    def fetch_token(self, plain: Draft, closing: bool = False) -> Response | None:
        """Send an operation of the auth steps as it is and return its response.

        It is tried again after no response or a gateway's, as a second token does no harm, and
        never after a response of the vendor: repeated failures may lock the account. An operation
        that ends a token (`closing`) may be refused then, having ended it the first time. Raises
        AuthFailed, or LoginRefused where a repeat would be refused too.
        """
        request, intent = render(plain), Intent(plain.operation.id)
        once = partial(self.send, request, request, intent, "auth", "none")
        until = time.monotonic() + self.outage.seconds
        for number in TOKENS.tries():
            exchange = connected(once)
            if closing and number and exchange.outcome is Outcome.REFUSED:
                return None
            if not is_of_the_way(exchange) or time.monotonic() > until:
                break
        if exchange.outcome is not Outcome.OK or exchange.response is None:
            raise (LoginRefused if _is_final(exchange) else AuthFailed)(
                _why(plain, exchange), exchange
            )
        return exchange.response


def is_of_the_way(exchange: Exchange) -> bool:
    """Say whether there is no response, or only one of a gateway: nothing that the vendor said."""
    if exchange.fault is Fault.OVERSIZED:
        return False
    return exchange.response is None or exchange.response.status in GATEWAY_STATUSES


def connected(attempt: Attempt, gate: Gate | None = None) -> Exchange:
    """Attempt once over a connection; retry where none can be made, as nothing was sent."""
    gates = iter([gate])
    return CONNECTING.until(
        lambda exchange: exchange.fault is not Fault.UNSENT, lambda: attempt(next(gates, None))
    )


def when_served(attempt: Attempt, gate: Gate | None = None, accepts: str | None = None) -> Exchange:
    """Attempt until the server does not refuse for now; such a refusal had no effect.

    One for the reason `accepts` is returned. Raises Throttled where the server never serves it.
    """
    gates = iter([gate])
    for number in range(_SENDS_MAX):
        exchange = connected(attempt, next(gates, None))
        if not is_refused_for_now(exchange) or exchange.reason == accepts:
            return replace(exchange, throttled=number)
    operation = exchange.intent.operation
    raise Throttled(f"the server has throttled {operation} {_SENDS_MAX} times and served others")


def _is_final(login: Exchange) -> bool:
    """Say whether a login with the same credentials would be refused again."""
    if login.response is None or login.response.status in _LATER:
        return False
    return login.outcome is Outcome.REFUSED or login.response.status // 100 == 4


def _why(plain: Draft, exchange: Exchange) -> str:
    if exchange.fault is not None:
        got = "a response that is not read" if exchange.fault is Fault.OVERSIZED else "no response"
        return f"{plain.operation.id} got {got}: {exchange.cause or exchange.fault.value}"
    status = exchange.response.status if exchange.response else "none"
    reason = f" ({exchange.reason})" if exchange.reason else ""
    return f"{plain.operation.id} was {exchange.outcome.value}{reason} with status {status}"
