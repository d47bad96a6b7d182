"""What a history may hold besides, where the way to the server can deliver a request twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.model.binding import reads_balance
from harness.model.exchange import UNREADABLE
from harness.model.history import Attempt, History
from harness.model.verdict import Outcome

COPY = "copy"

_LATEST_NS = 2_000_000_000
"""How long after its response a copy may still arrive; only needed where its effect is unknown."""


def with_copies(history: History) -> History:
    """Return the history with a copy beside each call that may have been delivered twice.

    A copy has no known end or outcome: it may take effect at any time from its sending on, also
    where the call itself was refused, and it is known by the same reference where there is one. So
    a refusal is not final, a call without a reference counts once or twice, and one with a
    reference counts as before. Reads are left out, a copy of one changes nothing.

    Where nobody can tell what a call does, its copy is as dark, and no balance is certain until no
    copy can come any more.
    """
    return History(tuple(_doubled(history)))


def is_copy(call: Attempt) -> bool:
    """Return whether the call only stands for what a second delivery may have done."""
    return call.fault == COPY


def _doubled(history: History) -> Iterator[Attempt]:
    for call in history.attempts:
        yield call
        if reads_balance(call.verb) or call.reason == "not_sent":
            continue
        if call.rows or (call.target is not None and call.target != UNREADABLE):
            yield _copy(call, Outcome.UNKNOWN, None)
        elif call.account is not None or call.outcome is not Outcome.REFUSED:
            yield _copy(call, Outcome.OK, (call.done_ns or call.sent_ns) + _LATEST_NS)


def _copy(call: Attempt, outcome: Outcome, done_ns: int | None) -> Attempt:
    return replace(
        call,
        id=f"{call.id}~{COPY}",
        outcome=outcome,
        done_ns=done_ns,
        reason=None,
        status=None,
        fault=COPY,
        seen={},
    )
