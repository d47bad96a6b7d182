"""Duplicate deliveries: what a history may hold where the network can deliver a request again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.model.binding import reads_balance
from harness.model.exchange import UNPARSEABLE
from harness.model.history import Attempt, History
from harness.model.verdict import Outcome

_FAULT = "duplicate"

_LATEST_NS = 2_000_000_000
"""How long after its response a duplicate may arrive; only used where its effect is not known."""


def with_duplicates(history: History) -> History:
    """Return the history with a duplicate beside each attempt that may have been delivered again.

    A duplicate has no recorded end and outcome UNKNOWN: it may take effect at any time after it was
    sent, even if the attempt itself was refused. It keeps the attempt's reference. Hence a refusal
    is not final, an attempt without a reference counts once or twice, and one with a reference
    counts as before. Reads have no duplicate, because a duplicate of one changes nothing.

    The duplicate of an opaque attempt is opaque too: no balance is certain until it can no longer
    arrive.
    """
    return History(tuple(_with_duplicates(history)))


def is_duplicate(attempt: Attempt) -> bool:
    """Return whether the attempt only stands for a possible duplicate delivery."""
    return attempt.fault == _FAULT


def _with_duplicates(history: History) -> Iterator[Attempt]:
    for attempt in history.attempts:
        yield attempt
        if reads_balance(attempt.verb) or attempt.reason == "not_sent":
            continue
        if attempt.rows or (attempt.entry is not None and attempt.entry != UNPARSEABLE):
            yield _duplicate(attempt, Outcome.UNKNOWN, None)
        elif attempt.account is not None or attempt.outcome is not Outcome.REFUSED:
            latest_ns = (attempt.done_ns or attempt.sent_ns) + _LATEST_NS
            yield _duplicate(attempt, Outcome.OK, latest_ns)


def _duplicate(attempt: Attempt, outcome: Outcome, done_ns: int | None) -> Attempt:
    return replace(
        attempt,
        id=f"{attempt.id}~{_FAULT}",
        outcome=outcome,
        done_ns=done_ns,
        reason=None,
        status=None,
        fault=_FAULT,
        seen={},
    )
