"""Judge every response of a load run while it runs, within a budget of processor time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.check.conformance import NOT_JSON, Conformance, Violations, decode
from harness.check.extract import extract_values
from harness.check.outcome import Classifier, outcome_of
from harness.model.binding import Verb
from harness.model.exchange import Fault, Response
from harness.model.verdict import Outcome
from harness.model.workload import MixEntry
from harness.wire.fast.journal import Clean, outcome_line

_LARGE_BYTES = 8_192
_SHARE_MAX = 0.05
"""Checking large responses may take this share of the time; beyond it they are sampled."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a response or a fault amounts to.

    `unchecked` says that the response was not held against its specification.
    """

    outcome: Outcome
    reason: str | None
    seen: Mapping[str, Any]
    violations: tuple[str, ...]
    readings: tuple[str, ...] = ()
    unchecked: bool = False


class Judge:
    """Classifies results and checks answers against their schemas.

    `large` and `sampled` count the responses too large to be checked always, and those checked.
    """

    def __init__(
        self,
        classifier: Classifier,
        conformance: Conformance,
        verbs: Mapping[str, Verb],
        clean: Clean,
    ) -> None:
        self._classifier = classifier
        self._conformance = conformance
        self._verbs = verbs
        self._clean = clean
        self._began_ns = time.monotonic_ns()
        self._spent_ns = 0
        self.large = 0
        self.sampled = 0

    def judged(self, entry: MixEntry, result: Response | Fault) -> Judged:
        """Return the outcome, what the response shows, and its breaches of the specification."""
        verb = self._verbs[entry.verb]
        value = decode(result) if isinstance(result, Response) else NOT_JSON
        outcome, reason = outcome_of(
            self._classifier, self._conformance, verb.operation, result, value
        )
        if isinstance(result, Fault):
            return Judged(outcome, reason, {}, ())
        seen = {} if outcome is Outcome.UNKNOWN else extract_values(verb, value)
        small = len(result.body) < _LARGE_BYTES
        check = self._conformance.check if small else self._check_large
        breaches = check(verb.operation, result, value)
        if breaches is None:
            return Judged(outcome, reason, seen, (), unchecked=True)
        return Judged(outcome, reason, seen, breaches.stated, breaches.inferred)

    def line(self, call_id: str, done_ns: int, judged: Judged, result: Response | Fault) -> bytes:
        """Return the journal's line of how a call ended."""
        return outcome_line(
            call_id,
            done_ns,
            judged.outcome,
            judged.reason,
            result,
            judged.seen,
            judged.violations,
            judged.readings,
            self._clean,
            unchecked=judged.unchecked,
        )

    def _check_large(self, operation: str, response: Response, value: Any) -> Violations | None:
        self.large += 1
        began = time.monotonic_ns()
        if self._spent_ns > (began - self._began_ns) * _SHARE_MAX:
            return None
        breaches = self._conformance.check(operation, response, value)
        self._spent_ns += time.monotonic_ns() - began
        self.sampled += 1
        return breaches
