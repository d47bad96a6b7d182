"""Seeded faulty auditors: they must report false positives, or the search for them is blind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.contract.vendor import Vendor
from harness.invariant.registry import judge_vendor
from harness.model.history import Attempt, History, Recorded
from harness.model.verdict import Outcome, Verdict

_KEPT = 0.9


@dataclass(frozen=True, slots=True)
class SeededAuditor:
    """An auditor that misreads a history in one way; `sentence` completes "an auditor that …"."""

    id: str
    sentence: str
    misread: Callable[[History], History]


def _as_failures(history: History) -> History:
    return _mapped(history, lambda one: replace(one, outcome=Outcome.REFUSED, reason="timeout"))


def _as_successes(history: History) -> History:
    return _mapped(history, lambda one: replace(one, outcome=Outcome.OK, done_ns=_end(one)))


def _ignored(history: History) -> History:
    return _mapped(history, lambda one: None)


def _mapped(history: History, read: Callable[[Attempt], Attempt | None]) -> History:
    unknown = Outcome.UNKNOWN
    kept = (read(one) if one.outcome is unknown else one for one in history.attempts)
    return History(tuple(one for one in kept if one is not None))


def _end(attempt: Attempt) -> int:
    return attempt.sent_ns if attempt.done_ns is None else attempt.done_ns


def _without_tail(history: History) -> History:
    changes = [one for one in history.attempts if one.rows]
    lost = {one.id for one in changes[int(len(changes) * _KEPT) :]}
    return History(tuple(one for one in history.attempts if one.id not in lost))


_ALL = (
    SeededAuditor(
        "timeouts-as-failures",
        "takes a request without a response for one without effect",
        _as_failures,
    ),
    SeededAuditor(
        "timeouts-as-done",
        "takes a request without a response for one that succeeded",
        _as_successes,
    ),
    SeededAuditor("unknowns-ignored", "ignores every request without a response", _ignored),
    SeededAuditor("tail-dropped", "loses the last tenth of the changes", _without_tail),
)
SEEDED_AUDITORS: Mapping[str, SeededAuditor] = {auditor.id: auditor for auditor in _ALL}


def false_positives_of(auditor: SeededAuditor, recorded: Recorded, vendor: Vendor) -> int:
    """Return how many violations a seeded auditor reports in a run of a correct server."""
    results = judge_vendor(auditor.misread(recorded.history), vendor.binding)
    return sum(result.verdict is Verdict.FAIL for result in results)
