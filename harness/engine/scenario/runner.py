"""Play a scenario until its outcomes are known, and journal a verdict for each expectation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import (
    BalanceChange,
    ScenarioRecord,
    StepRecord,
    TermResult,
)
from harness.contract.inputs.names import names_of_scenario, value_needs
from harness.contract.needs import lacking, why_lacking
from harness.document.messages import Problem, counted
from harness.engine.members.enrollment import NotEnrolled
from harness.engine.members.pool import TooFewMembers
from harness.engine.scenario.balances import read_after, read_before, read_last
from harness.engine.scenario.clock import ClockUnavailable
from harness.engine.scenario.context import (
    Context,
    Environment,
    ScenarioInapplicable,
    ScenarioInconclusive,
)
from harness.engine.scenario.finding import finding_of
from harness.engine.scenario.premises import why_no_race, why_unprepared
from harness.engine.scenario.requests import why_entries_do_not_fit
from harness.engine.scenario.steps import play_steps
from harness.model.check_id import CheckId
from harness.model.scenario import Expectation, Scenario, Step, Wanted
from harness.model.verdict import Checked, Finding, Verdict, merge
from harness.wire.auth import AuthFailed
from harness.wire.retry import OutcomeUnknown, Retry
from harness.wire.throttle import Throttled
from harness.wire.verbs import unique_number

# Five attempts in a row whose responses left an outcome open are the vendor's way, no accident.
ATTEMPTS = Retry(attempts=14, responses=5, in_a_row=True)

_DUPLICATE = "the attempt failed, and the network may have delivered a request twice"
_LATE = (
    "the attempt failed, and a request with an unknown outcome, sent for the same members before, "
    "may have taken effect since"
)


def play_order(scenarios: Sequence[Scenario], rounds: int, races: int) -> tuple[Scenario, ...]:
    """Return the scenarios in the order they are played.

    Each is played `rounds` times, one with concurrent requests `races` times. A round is over
    before the next begins, so that the plays of one scenario lie apart.
    """
    return tuple(
        scenario
        for number in range(max(rounds, races))
        for scenario in scenarios
        if number < (races if scenario.races else rounds)
    )


def play(scenario: Scenario, environment: Environment) -> Verdict:
    """Play a scenario, journal a Checked for each expectation and return the worst verdict.

    It is played again, with other members where there are some, until an attempt has known
    outcomes. It is inapplicable if it cannot be played here and inconclusive if outcomes stay
    unknown in every attempt, the vendor refuses what the scenario builds on, or the server
    throttles it; the reason is journaled. Raises AuthFailed and BudgetSpent.
    """
    speaker = environment.client.speaker
    binding, verbs = speaker.binding, speaker.binding.verbs
    asked = value_needs(names_of_scenario(scenario, binding), scenario.needs)
    missing = lacking((*scenario.needs, *asked), binding, speaker.values)
    unable = (
        (missing and why_lacking(missing))
        or why_entries_do_not_fit(scenario.steps, verbs)
        or environment.why_not_together(scenario.together)
    )
    if unable:
        return _all(scenario, environment, Verdict.INAPPLICABLE, unable)
    reason = ""
    tries = ATTEMPTS.tries()
    for _ in tries:
        try:
            record, late = _leased_attempt(scenario, environment)
        except Throttled as error:
            return _all(scenario, environment, Verdict.INCONCLUSIVE, str(error))
        except OutcomeUnknown as error:
            reason = str(error)
            tries.unknown(responded=error.responded)
            continue
        except AuthFailed as error:
            if not environment.duplicates:
                raise
            # A duplicate of the request that ends a token is refused.
            reason = str(error)
            continue
        except (ScenarioInapplicable, TooFewMembers, ClockUnavailable) as error:
            return _all(scenario, environment, Verdict.INAPPLICABLE, str(error))
        except (NotEnrolled, ScenarioInconclusive) as error:
            return _all(scenario, environment, Verdict.INCONCLUSIVE, str(error))
        if reason := why_unprepared(scenario, record):
            # It may be a duplicate that was refused.
            if environment.duplicates and not tries.is_last:
                continue
            return _all(scenario, environment, Verdict.INCONCLUSIVE, reason)
        results = [(each, _results(each, record)) for each in scenario.expectations]
        failed = any(one.verdict is Verdict.FAIL for _, found in results for one in found)
        if failed and record.forgotten:
            return _all(scenario, environment, Verdict.INCONCLUSIVE, record.forgotten)
        if failed and (environment.duplicates or late):
            # A duplicate or a late effect does not come every time, a violation does.
            reason = _LATE if late else _DUPLICATE
            if late or not tries.is_last or speaker.binding.promises.repeat == "none":
                continue
        return merge(
            _journal(scenario, each, found, record, environment) for each, found in results
        )
    text = f"outcomes stayed unknown in {counted(tries.count, 'attempt')}; last: {reason}"
    return _all(scenario, environment, Verdict.INCONCLUSIVE, text)


def _leased_attempt(scenario: Scenario, environment: Environment) -> tuple[ScenarioRecord, bool]:
    """Play one attempt with leased members.

    Return its record, and whether a request of an earlier scenario may still have had an effect on
    the members.
    """
    wanted = [scenario.wanted.get(name, Wanted()) for name in scenario.members]
    with environment.pool.lease(wanted) as leased:
        name = environment.fresh()
        context = Context(
            environment=environment,
            source=f"scenario:{scenario.id}",
            members=dict(zip(scenario.members, leased, strict=True)),
            expected={
                expectation.name: _expected_outcome(expectation.terms)
                for expectation in scenario.expectations
                if isinstance(expectation.terms, Mapping)
            },
            reasons={
                expectation.name: str(expectation.terms["reason"])
                for expectation in scenario.expectations
                if isinstance(expectation.terms, Mapping) and "reason" in expectation.terms
            },
            variables={"scenario": name, "scenario_number": unique_number(name)},
            waits=scenario.waits,
        )
        try:
            record = _attempt(scenario, context)
        except OutcomeUnknown:
            read_last(context)
            raise
    return record, environment.pool.in_doubt(leased)


def _attempt(scenario: Scenario, context: Context) -> ScenarioRecord:
    """Play the steps between two reads of the balances."""
    before = read_before(scenario, context)
    context.at_start = {
        key: BalanceChange(read.units, read.units, (read.exchange,)) for key, read in before.items()
    }
    steps: dict[str, StepRecord] = {}
    halted = ""
    try:
        for group in _groups(scenario.steps):
            steps |= {record.name: record for record in play_steps(group, context)}
    except Problem as error:
        # A template names what no response has given, so the scenario cannot go on.
        halted = str(error)
    return context.record(steps, read_after(before, context), halted)


def _expected_outcome(terms: Mapping[str, Any]) -> str:
    """Return the outcome that a step is expected to have; with a reason it is a refusal."""
    return str(terms.get("outcome", "refused" if "reason" in terms else ""))


def _groups(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield each step alone, and the concurrent steps of one group together."""
    for _, group in groupby(enumerate(steps), key=lambda each: each[1].group or each[0]):
        yield [step for _, step in group]


def _results(expectation: Expectation, record: ScenarioRecord) -> list[TermResult]:
    results: list[TermResult] = []
    try:
        for result in evaluate(expectation.name, expectation.terms, record):
            results.append(result)
    except Problem as error:
        # It speaks of a value that no response has given.
        results.append(TermResult(Verdict.INCONCLUSIVE, "an extracted value", str(error), ()))
    return results


def _journal(
    scenario: Scenario,
    expectation: Expectation,
    results: Sequence[TermResult],
    record: ScenarioRecord,
    environment: Environment,
) -> Verdict:
    """Journal the verdict of one expectation with its finding or reason, and return it."""
    journal = environment.client.journal
    verdict = merge(result.verdict for result in results)
    slowed = why_no_race(scenario, record) if verdict is Verdict.PASS else ""
    if slowed:
        checked = _checked(scenario, expectation, Verdict.INCONCLUSIVE, slowed)
        journal.checked(checked)
        return checked.verdict
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    finding = finding_of(scenario, expectation, failed, record) if failed else None
    decided = verdict in (Verdict.PASS, Verdict.FAIL)
    reason = next((r.seen for r in results if r.verdict is verdict and not decided), "")
    checked = _checked(scenario, expectation, verdict, reason, finding)
    for result in results:
        if result.is_observation:
            checked = replace(checked, reason=checked.reason or result.seen)
            journal.note(checked.check, f"open question for the vendor, observed: {result.seen}")
    journal.checked(checked)
    return verdict


def _all(scenario: Scenario, environment: Environment, verdict: Verdict, reason: str) -> Verdict:
    """Journal one verdict for all expectations and return it."""
    for expectation in scenario.expectations:
        environment.client.journal.checked(_checked(scenario, expectation, verdict, reason))
    return verdict


def _checked(
    scenario: Scenario,
    expectation: Expectation,
    verdict: Verdict,
    reason: str,
    finding: Finding | None = None,
) -> Checked:
    check = CheckId("scenario", scenario.id, scenario.case, expectation.name)
    return Checked(str(check), scenario.case or scenario.id, verdict, reason, finding)
