"""Make members by the calls a binding declares, where a target has none or too few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.check.conformance import NOT_JSON, decode
from harness.check.outcome import outcome_text
from harness.document.messages import Problem
from harness.document.pointer import MISSING, find
from harness.model.binding import Binding, Enrollment
from harness.model.exchange import Intent
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.wire.client import Client

KIND = "kind"
"""The field of a member that names its kind; the usual kind when it has none."""

_TRIES, _REFUSALS_MAX = 8, 3
_AT_ONCE = 8


class NotEnrolled(Exception):
    """No member could be made; the text says why."""


class _Refused(NotEnrolled):
    """One of the calls that make a member was refused."""


class Enroller:
    """Makes members of one target; thread-safe.

    A member whose calls stay unknown is given up and another one made: a second try with the same
    values might find the first one there, and nothing is lost by it. So is one that is refused: a
    call that was delivered twice is answered as the repeat that it is.
    """

    def __init__(self, client: Client, enrollment: Enrollment, fresh: Callable[[], str]) -> None:
        self._client = client
        self._enrollment = enrollment
        self._fresh = fresh
        self._usual = next(iter(enrollment.kinds))

    def one(self, kind: str = "") -> Member:
        """Return a new member of a kind, the usual one if none is named; raises NotEnrolled."""
        wanted = kind or self._usual
        if wanted not in self._enrollment.kinds:
            raise NotEnrolled(f"nothing says how a member of the kind {wanted} is made")
        refusals = 0
        for _ in range(_TRIES):
            try:
                member = self._made(wanted)
            except _Refused:
                refusals += 1
                if refusals == _REFUSALS_MAX:
                    raise
                continue
            except Problem as error:
                raise NotEnrolled(f"a member cannot be made: {error}") from None
            if member is not None:
                return member
        raise NotEnrolled(f"the calls that make a member stayed unknown {_TRIES} times")

    def enough(self, members: Sequence[Member], count: int) -> tuple[Member, ...]:
        """Return the members with as many new ones of the usual kind as are missing."""
        missing = max(0, count - len(members))
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
            made = threads.map(lambda _: self.one(), range(missing))
            return (*members, *made)

    def _made(self, kind: str) -> Member | None:
        """Return a new member, None when a call stayed unknown."""
        speaker = self._client.speaker
        scope = {"fresh": self._fresh()}
        scope["kind"] = speaker.filled(self._enrollment.kinds[kind], scope)
        for call in self._enrollment.steps:
            plain = speaker.request(call.operation, call.send, scope)
            exchange = self._client.call(plain, Intent(call.operation), source="setup")
            if exchange.outcome is Outcome.UNKNOWN:
                return None
            if exchange.outcome is Outcome.REFUSED or exchange.response is None:
                raise _Refused(
                    f"a member cannot be made: {call.operation} {outcome_text(exchange)}"
                )
            body = decode(exchange.response) if exchange.response is not None else NOT_JSON
            for name, pointer in call.extract.items():
                found = find(body, pointer, MISSING)
                if found is MISSING or found in (None, ""):
                    raise NotEnrolled(
                        f"the response of {call.operation} holds nothing at {pointer}"
                    )
                scope[name] = found
        fields = speaker.filled(self._enrollment.member, scope)
        return {KIND: kind, **{name: str(value) for name, value in fields.items()}}


def enroller_of(client: Client, fresh: Callable[[], str]) -> Enroller | None:
    """Return who makes members at the client's target, None where nothing says how."""
    enrollment = client.speaker.binding.enroll
    return None if enrollment is None else Enroller(client, enrollment, fresh)


def has_default_kind(member: Member, binding: Binding) -> bool:
    """Say whether a member is of the kind that the verbs speak of."""
    return member_kind(member, binding) == default_kind(binding)


def member_kind(member: Member, binding: Binding) -> str:
    """Return the kind of a member."""
    return member.get(KIND) or default_kind(binding)


def default_kind(binding: Binding) -> str:
    """Return the kind that the verbs speak of; empty where no kinds are declared."""
    return next(iter(binding.enroll.kinds)) if binding.enroll is not None else ""
