"""Enroll new members by the requests that a binding declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.check.conformance import decode
from harness.check.extraction import described, extracted
from harness.check.outcome import explained
from harness.document.messages import Problem, counted
from harness.document.pointer import MISSING
from harness.model.binding import Binding, Enrollment
from harness.model.exchange import Exchange, Intent
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.wire.client import Client
from harness.wire.retry import Retry

# A refusal may be due to a duplicate delivery, three of them are not.
ENROLLING = Retry(attempts=8, responses=3)
_CONCURRENT = 8
_UNMADE = "no member could be made"
_LIST = "where the vendor makes none, list members in the target"


class NotEnrolled(Exception):
    """No member could be made; the text says why.

    `exchange` is the last one that should have made it, None if none was sent.
    """

    def __init__(self, reason: str, exchange: Exchange | None = None) -> None:
        super().__init__(reason)
        self.exchange = exchange


class _Refused(NotEnrolled):
    """One of the requests that make a member was refused."""


class Enroller:
    """Makes members of one target by the requests that its binding declares; thread-safe.

    If the outcome of a request is unknown, the member is given up and another one made, because a
    repeat with the same values might find the first one there. So it is after a refusal, because
    the second delivery of a duplicate is refused although the first one made the member.
    """

    def __init__(self, client: Client, enrollment: Enrollment, fresh: Callable[[], str]) -> None:
        self._client = client
        self._enrollment = enrollment
        self._fresh = fresh
        self._default = next(iter(enrollment.kinds))

    def one(self, kind: str = "") -> Member:
        """Return a new member of a kind, the default one if none is named; raises NotEnrolled."""
        wanted = kind or self._default
        if wanted not in self._enrollment.kinds:
            raise NotEnrolled(f"the binding does not say how a member of the kind {wanted} is made")
        tries = ENROLLING.tries()
        for _ in tries:
            try:
                member, last = self._made(wanted)
            except _Refused:
                tries.unknown(responded=True)
                if tries.responses_spent:
                    raise
                continue
            except Problem as error:
                raise NotEnrolled(f"no member can be made: {error}") from None
            if member is not None:
                return member
        attempts = counted(ENROLLING.attempts, "attempt")
        text = f"{_UNMADE}: outcomes stayed unknown in {attempts}"
        raise NotEnrolled(f"{text}; last: {last.intent.operation} {explained(last)}", last)

    def enough(self, members: Sequence[Member], count: int) -> tuple[Member, ...]:
        """Return the members and as many new ones of the default kind as `count` lacks."""
        missing = max(0, count - len(members))
        with ThreadPoolExecutor(max_workers=_CONCURRENT) as threads:
            made = threads.map(lambda _: self.one(), range(missing))
            return (*members, *made)

    def _made(self, kind: str) -> tuple[Member | None, Exchange]:
        """Return a new member, None if the outcome is unknown, and the last exchange."""
        speaker = self._client.speaker
        scope = {"fresh": self._fresh()}
        scope["kind"] = speaker.filled(self._enrollment.kinds[kind], scope)
        for call in self._enrollment.steps:
            name = call.operation
            plain = speaker.request(name, call.send, scope)
            exchange = self._client.send(plain, Intent(name), source="setup")
            if exchange.outcome is Outcome.UNKNOWN:
                return None, exchange
            if exchange.outcome is Outcome.REFUSED or exchange.response is None:
                raise _Refused(f"{_UNMADE}: {name} {explained(exchange)}; {_LIST}", exchange)
            body = decode(exchange.response)
            for value, source in call.extract.items():
                found = extracted(source, exchange.response, body)
                if found is MISSING or found in (None, ""):
                    text = f"{_UNMADE}: the response of {name} has no {described(source)}"
                    raise NotEnrolled(text, exchange)
                scope[value] = found
        fields = speaker.filled(self._enrollment.member, scope)
        return {"kind": kind, **{name: str(value) for name, value in fields.items()}}, exchange


def enroller_of(client: Client, fresh: Callable[[], str]) -> Enroller | None:
    """Return the enroller of the client's target, None if its binding does not declare one."""
    enrollment = client.speaker.binding.enroll
    return None if enrollment is None else Enroller(client, enrollment, fresh)


def member_kind(member: Member, default: str) -> str:
    """Return the kind that a member names in its field `kind`, the default one without it."""
    return member.get("kind") or default


def default_kind(binding: Binding) -> str:
    """Return the kind whose balance the verbs read: the first declared one, empty without any."""
    return next(iter(binding.enroll.kinds)) if binding.enroll is not None else ""
