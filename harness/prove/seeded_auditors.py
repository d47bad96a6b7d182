"""Auditors that are wrong on purpose, so that the search for false alarms is seen to have teeth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.audit.vendor import Audited
from harness.invariant.applicability import judge_seen
from harness.model.history import Attempt, History, Recorded
from harness.model.verdict import Outcome, Verdict

_KEPT = 0.9


@dataclass(frozen=True, slots=True)
class Sin:
    """One way to misread a history; `sentence` says what the auditor does wrong."""

    id: str
    sentence: str
    misread: Callable[[History], History]


def _as_failures(history: History) -> History:
    return _mapped(history, lambda call: replace(call, outcome=Outcome.REFUSED, reason="timeout"))


def _as_done(history: History) -> History:
    return _mapped(history, lambda call: replace(call, outcome=Outcome.OK, done_ns=_end(call)))


def _ignored(history: History) -> History:
    return _mapped(history, lambda call: None)


def _mapped(history: History, read: Callable[[Attempt], Attempt | None]) -> History:
    unknown = Outcome.UNKNOWN
    kept = (read(call) if call.outcome is unknown else call for call in history.attempts)
    return History(tuple(call for call in kept if call is not None))


def _end(call: Attempt) -> int:
    return call.sent_ns if call.done_ns is None else call.done_ns


def _without_tail(history: History) -> History:
    changes = [call for call in history.attempts if call.rows]
    lost = {call.id for call in changes[int(len(changes) * _KEPT) :]}
    return History(tuple(call for call in history.attempts if call.id not in lost))


_ALL = (
    Sin(
        "timeouts-as-failures",
        "takes a call without a response for one without effect",
        _as_failures,
    ),
    Sin("timeouts-as-done", "takes a call without a response for one that was done", _as_done),
    Sin("unknowns-ignored", "leaves out every call without a response", _ignored),
    Sin("tail-dropped", "loses the last tenth of the changes in the journal", _without_tail),
)
SINS: Mapping[str, Sin] = {sin.id: sin for sin in _ALL}


def alarms_of(sin: Sin, recorded: Recorded, vendor: Audited) -> int:
    """Return how many findings the sinful auditor makes of a run of a correct server."""
    results = judge_seen(sin.misread(recorded.history), vendor.binding)
    return sum(result.verdict is Verdict.FAIL for result in results)
