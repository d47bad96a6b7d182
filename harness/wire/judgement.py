"""Judge what came of a request: its outcome, what it shows, and what it violates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.check.conformance import NOT_JSON, Conformance, Violations, decode
from harness.check.extract import extract_values
from harness.check.outcome import Classifier, outcome_of
from harness.model.binding import Verb
from harness.model.exchange import Fault, Response
from harness.model.verdict import Outcome

Check = Callable[[str, Response, Any], Violations | None]
"""Operation, response and decoded body to the violations; None where it does not check them."""


@dataclass(frozen=True, slots=True)
class AttemptJudgement:
    """What a response or a fault amounts to.

    outcome, reason       as the outcome rules of the binding classify it
    seen                  what the binding extracts; empty for a fault and an unknown outcome
    violations            where the response violates its specification, one sentence each
    inferred_violations   where it violates only what the specification lets one infer
    unchecked             whether the response was not checked against its specification
    """

    outcome: Outcome
    reason: str | None
    seen: Mapping[str, Any]
    violations: tuple[str, ...] = ()
    inferred_violations: tuple[str, ...] = ()
    unchecked: bool = False


class Judge:
    """Judges every result of a run, in scenarios, property tests and loads alike.

    `check` replaces `conformance.check` where not every response can be checked.
    """

    def __init__(
        self, classifier: Classifier, conformance: Conformance, check: Check | None = None
    ) -> None:
        self.classifier = classifier
        self.conformance = conformance
        self._check: Check = check or conformance.check

    def judge(
        self, operation: str, verb: Verb | None, result: Response | Fault
    ) -> AttemptJudgement:
        """Return what a result amounts to; without a `verb` nothing is extracted."""
        if isinstance(result, Fault):
            outcome, reason = outcome_of(
                self.classifier, self.conformance, operation, result, NOT_JSON
            )
            return AttemptJudgement(outcome, reason, {})
        value = decode(result)
        outcome, reason = outcome_of(self.classifier, self.conformance, operation, result, value)
        seen = {} if verb is None or outcome is Outcome.UNKNOWN else extract_values(verb, value)
        violated = self._check(operation, result, value)
        if violated is None:
            return AttemptJudgement(outcome, reason, seen, unchecked=True)
        return AttemptJudgement(outcome, reason, seen, violated.stated, violated.inferred)
