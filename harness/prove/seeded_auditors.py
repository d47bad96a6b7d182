"""Seeded faulty auditors: they must report false positives, or the search for them is blind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.contract.needs import lacking, why_lacking
from harness.contract.vendor import Vendor
from harness.invariant.registry import judge_vendor
from harness.model.history import Attempt, History, Recorded
from harness.model.verdict import Outcome, Verdict
from harness.prove.kill import end_ns

NEEDS = ("balance",)
"""What a vendor must have so that a seeded auditor can be detected: it misreads what was done, and
only a balance that is read afterwards shows that something else was."""

_KEPT = 0.9


@dataclass(frozen=True, slots=True)
class SeededAuditor:
    """An auditor that misreads a history in one way; `sentence` completes "an auditor that …"."""

    sentence: str
    misread: Callable[[History], History]


def _unknown_as_failures(history: History) -> History:
    return _reread(history, lambda one: replace(one, outcome=Outcome.REFUSED, reason="timeout"))


def _unknown_as_successes(history: History) -> History:
    return _reread(history, lambda one: replace(one, outcome=Outcome.OK, done_ns=end_ns(one)))


def _reread(history: History, read: Callable[[Attempt], Attempt]) -> History:
    unknown = Outcome.UNKNOWN
    read_again = (read(one) if one.outcome is unknown else one for one in history.attempts)
    return replace(history, attempts=tuple(read_again))


def _without_unknown(history: History) -> History:
    known = (one for one in history.attempts if one.outcome is not Outcome.UNKNOWN)
    return replace(history, attempts=tuple(known))


def _without_tail(history: History) -> History:
    changes = [one for one in history.attempts if one.rows]
    lost = {one.id for one in changes[int(len(changes) * _KEPT) :]}
    kept = (one for one in history.attempts if one.id not in lost)
    return replace(history, attempts=tuple(kept))


SEEDED_AUDITORS: Mapping[str, SeededAuditor] = {
    "timeouts-as-failures": SeededAuditor(
        "takes a request without a response for one without effect", _unknown_as_failures
    ),
    "timeouts-as-done": SeededAuditor(
        "takes a request without a response for one that succeeded", _unknown_as_successes
    ),
    "unknowns-ignored": SeededAuditor("ignores every request without a response", _without_unknown),
    "tail-dropped": SeededAuditor("loses the last tenth of the changes", _without_tail),
}


def why_undetectable(vendor: Vendor) -> str:
    """Return why no seeded auditor can be detected on a vendor, empty where each can be."""
    missing = lacking(NEEDS, vendor.binding)
    return why_lacking(missing) if missing else ""


def false_positives_of(auditor: SeededAuditor, recorded: Recorded, vendor: Vendor) -> int:
    """Return how many violations a seeded auditor reports in a run of a correct server."""
    results = judge_vendor(auditor.misread(recorded.history), vendor.binding)
    return sum(result.verdict is Verdict.FAIL for result in results)
