"""The finding of a failed expectation: expected, seen, and what each step sent and received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.check.expectations.record import ScenarioRecord, StepRecord, TermResult
from harness.check.outcome import outcome_text
from harness.document.messages import counted
from harness.model.exchange import UNPARSEABLE, Exchange
from harness.model.scenario import Expectation, Scenario
from harness.model.verdict import Finding

_EXCHANGES_MAX = 8
_EXCHANGES_OF_STEP = 2


def finding_of(
    scenario: Scenario,
    expectation: Expectation,
    failed: Sequence[TermResult],
    record: ScenarioRecord,
) -> Finding:
    """Return the finding of an expectation; `failed` are the results of its terms that failed.

    Its detail is one line for each step, its exchanges are the first of each step and those of the
    failed results.
    """
    evidence = [
        exchange.id
        for step in record.steps.values()
        for exchange in step.exchanges[:_EXCHANGES_OF_STEP]
    ]
    evidence += [identity for result in failed for identity in result.exchanges]
    return Finding(
        title=scenario.title,
        expected="; ".join(result.expected for result in failed),
        seen="; ".join(result.seen for result in failed),
        place=expectation.place or scenario.place,
        attempts=tuple(dict.fromkeys(evidence))[:_EXCHANGES_MAX],
        detail=tuple(step_line(step) for step in record.steps.values()),
    )


def step_line(step: StepRecord) -> str:
    """Return a step in one line: the request, how many were sent, how they ended, what they show.

    For example `uses: burn 7 units, reference r-1 x8 -> ok, status 200 x7; unknown, timeout`.
    """
    if not step.exchanges:
        passed = f"{step.passed:g} s passed" if step.passed else "nothing was sent"
        return f"{step.name}: {passed}"
    first = step.exchanges[0]
    ends = Counter(outcome_text(exchange) for exchange in step.exchanges)
    shown = "; ".join(f"{end}{_times(count)}" for end, count in ends.items())
    request = f"{request_text(first)}{_times(max(len(step.exchanges), step.asked))}"
    return f"{step.name}: {request} -> {shown}{_values_text(first)}"


def _times(count: int) -> str:
    return f" x{count}" if count > 1 else ""


def request_text(exchange: Exchange) -> str:
    """Return what an exchange asked for, such as `burn 7 units, reference r-1`."""
    intent = exchange.intent
    name = intent.verb or intent.operation
    if intent.entry == UNPARSEABLE:
        return name
    if len(intent.rows) == 1:
        row = intent.rows[0]
        reference = f"reference {row.reference}" if row.reference else "no reference"
        return f"{name} {counted(abs(row.units), 'unit')}, {reference}"
    return f"{name} of {len(intent.rows)} rows" if intent.rows else name


def _values_text(exchange: Exchange) -> str:
    values = {key: value for key, value in exchange.seen.items() if key not in ("balances", "rows")}
    return f", showing {', '.join(f'{k} {v}' for k, v in values.items())}" if values else ""
