"""Duplicate deliveries: what a history may hold where the network can deliver a request again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

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
    beside = ((attempt, *_duplicates(attempt)) for attempt in history.attempts)
    return replace(history, attempts=tuple(chain.from_iterable(beside)))


def is_duplicate(attempt: Attempt) -> bool:
    """Return whether the attempt only stands for a possible duplicate delivery."""
    return attempt.fault == _FAULT


def _duplicates(attempt: Attempt) -> Iterator[Attempt]:
    """Yield the duplicate of an attempt, if it can have one that changes something."""
    if reads_balance(attempt.verb) or attempt.reason == "not_sent":
        return
    outcome, done_ns = Outcome.UNKNOWN, None
    if not attempt.rows and attempt.entry in (None, UNPARSEABLE):
        if attempt.account is None and attempt.outcome is Outcome.REFUSED:
            return
        outcome, done_ns = Outcome.OK, (attempt.done_ns or attempt.sent_ns) + _LATEST_NS
    yield replace(
        attempt,
        id=f"{attempt.id}~{_FAULT}",
        outcome=outcome,
        done_ns=done_ns,
        reason=None,
        status=None,
        fault=_FAULT,
        seen={},
    )
