"""What a history may hold besides, where the way to the server can deliver a request twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.model.exchange import UNREADABLE
from harness.model.history import Call, History
from harness.model.verdict import Outcome

COPY = "copy"


def with_copies(history: History) -> History:
    """Return the history with a copy beside each call that may have been delivered twice.

    A copy has no known end or outcome: it may take effect at any time from its sending on, also
    where the call itself was refused, and it is known by the same reference where there is one. So
    a refusal is not final, a call without a reference counts once or twice, and one with a
    reference counts as before. Reads are left out, a copy of one changes nothing.
    """
    return History(tuple(_doubled(history)))


def is_copy(call: Call) -> bool:
    """Return whether the call only stands for what a second delivery may have done."""
    return call.fault == COPY


def _doubled(history: History) -> Iterator[Call]:
    for call in history.calls:
        yield call
        acts = call.rows or (call.target is not None and call.target != UNREADABLE)
        if acts and call.verb != "balance" and call.reason != "not_sent":
            yield replace(
                call,
                id=f"{call.id}~{COPY}",
                outcome=Outcome.UNKNOWN,
                done_ns=None,
                reason=None,
                status=None,
                fault=COPY,
                seen={},
            )
