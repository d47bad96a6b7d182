"""Play a scenario's steps in order, hold its expectations against what happened, journal both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import (
    BalanceChange,
    ScenarioRecord,
    StepRecord,
    TermResult,
    wallet_key,
)
from harness.check.expectations.step import ANY_OUTCOME
from harness.check.outcome import outcome_text
from harness.contract.needs import lacking, why_lacking
from harness.document.messages import Problem
from harness.engine.members.enrollment import NotEnrolled, has_default_kind
from harness.engine.members.pool import Pool, TooFewMembers
from harness.engine.scenario.clock import NO_CLOCK, Clock, ClockUnavailable
from harness.engine.scenario.context import (
    Context,
    OutcomeUnknown,
    ScenarioInapplicable,
    ScenarioInconclusive,
    require_sent,
    why_entries_do_not_fit,
)
from harness.engine.scenario.finding import finding_of
from harness.engine.scenario.steps import play_steps
from harness.model.finding import Checked
from harness.model.scenario import Expectation, Scenario, Step, Wanted
from harness.model.target import Member
from harness.model.verdict import Outcome, Verdict, merge
from harness.wire.auth import AuthFailed
from harness.wire.client import Client
from harness.wire.verbs import number_of

ATTEMPTS_MAX = 14
# So many attempts in a row that a response left undecided are the vendor's way, not bad luck.
_ANSWERED_MAX = 5
_READS_MAX = 10
_BARE_MAX = 3
_FUNDING_TRIES = 8


@dataclass(frozen=True, slots=True)
class Environment:
    """Where scenarios are played: the client, the members, a maker of unused texts, and the clock.

    `duplicates` says that the network may deliver a request a second time.
    """

    client: Client
    pool: Pool
    fresh: Callable[[], str]
    clock: Clock = NO_CLOCK
    duplicates: bool = False


def play_order(scenarios: Sequence[Scenario], rounds: int, races: int) -> tuple[Scenario, ...]:
    """Return the scenarios in the order they are played: `rounds` times, those with a race `races`.

    A round is over before the next begins, so that the plays of one scenario lie apart.
    """
    return tuple(
        scenario
        for number in range(max(rounds, races))
        for scenario in scenarios
        if number < (races if scenario.races else rounds)
    )


def play(scenario: Scenario, environment: Environment) -> Verdict:
    """Play a scenario until its outcomes are known, journal a Checked per expectation, return
    worst.

    A scenario that cannot be played here is inapplicable with the reason; one whose outcomes stay
    unknown in every attempt is inconclusive.
    """
    speaker = environment.client.speaker
    missing = lacking(scenario.needs, speaker.binding, speaker.values)
    if missing:
        return _all(scenario, environment, Verdict.INAPPLICABLE, why_lacking(missing))
    if unable := why_entries_do_not_fit(scenario.steps, speaker.binding.verbs):
        return _all(scenario, environment, Verdict.INAPPLICABLE, unable)
    wanted = [scenario.wanted.get(name, Wanted()) for name in scenario.members]
    reason = ""
    answered = 0
    for number in range(ATTEMPTS_MAX):
        try:
            with environment.pool.lease(wanted) as leased:
                members = dict(zip(scenario.members, leased, strict=True))
                try:
                    facts = _attempt(scenario, environment, members)
                except OutcomeUnknown:
                    _read_last(scenario, environment, members)
                    raise
        except OutcomeUnknown as error:
            reason = str(error)
            answered = answered + 1 if error.answered else 0
            if answered == _ANSWERED_MAX:
                break
            continue
        except AuthFailed as error:
            if not environment.duplicates:
                raise
            # A token that was ended twice is refused the second time.
            reason = str(error)
            continue
        except (ScenarioInapplicable, TooFewMembers, ClockUnavailable) as error:
            return _all(scenario, environment, Verdict.INAPPLICABLE, str(error))
        except (NotEnrolled, ScenarioInconclusive) as error:
            return _all(scenario, environment, Verdict.INCONCLUSIVE, str(error))
        late = environment.pool.in_doubt(leased)
        if (environment.duplicates or late) and _fails(scenario, facts):
            # A copy, or what was left open before, may have done it; neither does every time.
            reason = "it failed, and a request may have been delivered twice"
            if late:
                reason = "it failed, and a call left open on its members may have happened since"
            if late or number + 1 < ATTEMPTS_MAX or speaker.binding.promises.repeat == "none":
                continue
        return merge(
            _journal(scenario, expectation, facts, environment)
            for expectation in scenario.expectations
        )
    text = f"outcomes stayed unknown in {number + 1} attempts; last: {reason}"
    return _all(scenario, environment, Verdict.INCONCLUSIVE, text)


def _read_last(scenario: Scenario, environment: Environment, members: Mapping[str, Member]) -> None:
    """Read the balances once more, since nobody may lease these members again and do so."""
    binding = environment.client.speaker.binding
    for member in members.values():
        if "balance" in binding.verbs and has_default_kind(member, binding):
            with suppress(OutcomeUnknown, ScenarioInapplicable):
                _balance(environment.client, member, f"scenario:{scenario.id}")


def _fails(scenario: Scenario, facts: ScenarioRecord) -> bool:
    return any(
        result.verdict is Verdict.FAIL
        for expectation in scenario.expectations
        for result in _results(expectation, facts)
    )


def _all(scenario: Scenario, environment: Environment, verdict: Verdict, reason: str) -> Verdict:
    for expectation in scenario.expectations:
        environment.client.journal.checked(
            Checked(_check(scenario, expectation), _subject(scenario), verdict, reason)
        )
    return verdict


def _check(scenario: Scenario, expectation: Expectation) -> str:
    case = f"@{scenario.case}" if scenario.case else ""
    return f"scenario:{scenario.id}{case}#{expectation.name}"


def _subject(scenario: Scenario) -> str:
    return scenario.case or scenario.id


def _attempt(
    scenario: Scenario, environment: Environment, members: Mapping[str, Member]
) -> ScenarioRecord:
    source = f"scenario:{scenario.id}"

    def balance(member: Member, wallet: str = "") -> int:
        return _balance(environment.client, member, source, wallet)[0]

    scenario_name = environment.fresh()
    context = Context(
        client=environment.client,
        source=source,
        members=members,
        fresh=environment.fresh,
        balance=balance,
        expected={
            expectation.name: _outcome_wanted(expectation.terms)
            for expectation in scenario.expectations
            if isinstance(expectation.terms, Mapping)
        },
        variables={"scenario": scenario_name, "scenario_number": number_of(scenario_name)},
        clock=environment.clock,
    )
    binding = environment.client.speaker.binding
    before: dict[str, tuple[int, str]] = {}
    for name, member in members.items():
        if "balance" in binding.verbs and has_default_kind(member, binding):
            before[name] = _funded(environment, member, scenario.members[name], source)
    for name, wallet in _wallets(scenario):
        if binding.reader_of(wallet) is not None:
            before[wallet_key(name, wallet)] = _balance(
                environment.client, members[name], source, wallet
            )
    steps, halted = _played(scenario, context)
    spans = {}
    for key, (start, call) in before.items():
        name, _, wallet = key.partition("/")
        end, end_call = _balance(environment.client, members[name], source, wallet)
        spans[key] = BalanceChange(start, end, (call, end_call))
    accounts = {name: member["id"] for name, member in members.items()}
    accounts |= {wallet_key(n, p): wallet_key(accounts[n], p) for n, p in _wallets(scenario)}
    speaker = environment.client.speaker
    named = {"value": speaker.values, "reference": context.references}
    known = {**named, **members, **context.variables}
    return ScenarioRecord(
        steps, spans, accounts, binding.promises, known, speaker.specification, halted
    )


def _played(scenario: Scenario, context: Context) -> tuple[dict[str, StepRecord], str]:
    """Play the steps in order; return them, and why those that are missing could not be."""
    steps: dict[str, StepRecord] = {}
    try:
        for together in _together(scenario.steps):
            for played in play_steps(together, context):
                steps[played.name] = played
    except Problem as error:
        # A template names what no response has given, so the scenario cannot go on.
        return steps, str(error)
    return steps, ""


def _results(expectation: Expectation, facts: ScenarioRecord) -> list[TermResult]:
    results: list[TermResult] = []
    try:
        for result in evaluate(expectation.name, expectation.terms, facts):
            results.append(result)
    except Problem as error:
        # It speaks of what no response has given, so it can be neither kept nor broken.
        results.append(TermResult(Verdict.INCONCLUSIVE, "what was captured", str(error), ()))
    return results


def _outcome_wanted(terms: Mapping[str, Any]) -> str:
    """Return the outcome a step is to have; one that is to have a reason is to be refused."""
    return str(terms.get("outcome", "refused" if "reason" in terms else ""))


def _together(steps: Sequence[Step]) -> Iterator[list[Step]]:
    for race, group in groupby(steps, key=lambda step: step.group):
        if race is None:
            yield from ([step] for step in group)
        else:
            yield list(group)


def _wallets(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the wallets whose balances a scenario speaks of, each with the member's local name."""
    listed = (e.terms for e in scenario.expectations if e.name == "balance")
    terms = [term for each in listed for term in (each if isinstance(each, list) else [each])]
    return [(term["member"], term["wallet"]) for term in terms if "wallet" in term]


def _balance(client: Client, member: Member, source: str, wallet: str = "") -> tuple[int, str]:
    """Return a member's balance and the id of the call that read it."""
    verb = client.speaker.binding.reader_of(wallet)
    if verb is None:
        raise ScenarioInapplicable(f"no verb reads the balance of the wallet {wallet}")
    bare = 0
    for _ in range(_READS_MAX):
        exchange = require_sent(client.verb(verb, member=member, source=source))
        if exchange.outcome is Outcome.REFUSED:
            raise ScenarioInconclusive(
                f"the balance of a member cannot be read: {outcome_text(exchange)}"
            )
        if isinstance(exchange.seen.get("balance"), int):
            return exchange.seen["balance"], exchange.id
        bare += exchange.outcome is Outcome.OK
        if bare == _BARE_MAX:
            raise ScenarioInconclusive(
                f"no balance stands where {exchange.intent.operation} should show it"
            )
    raise OutcomeUnknown("the balance stayed unread", answered=exchange.response is not None)


def _funded(
    environment: Environment, member: Member, funds: int | None, source: str
) -> tuple[int, str]:
    balance, call = _balance(environment.client, member, source)
    if funds is None or balance >= funds:
        return balance, call
    if "earn" not in environment.client.speaker.binding.verbs:
        raise ScenarioInapplicable(f"{funds} units are needed and no verb earns them")
    reference = environment.fresh()
    for _ in range(_FUNDING_TRIES):
        exchange = require_sent(
            environment.client.verb(
                "earn", member=member, units=funds - balance, reference=reference, source="setup"
            )
        )
        if exchange.outcome is Outcome.REFUSED:
            raise ScenarioInconclusive(
                f"a member cannot be given {funds} units: {outcome_text(exchange)}"
            )
        if exchange.outcome is Outcome.OK:
            return _balance(environment.client, member, source)
        if environment.client.speaker.binding.promises.repeat == "none":
            break
    raise OutcomeUnknown("a member could not be funded", answered=exchange.response is not None)


def _journal(
    scenario: Scenario, expectation: Expectation, facts: ScenarioRecord, environment: Environment
) -> Verdict:
    results = _results(expectation, facts)
    verdict = merge(result.verdict for result in results)
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    finding = finding_of(scenario, expectation, failed, facts) if failed else None
    decided = verdict in (Verdict.PASS, Verdict.FAIL)
    reason = next((r.seen for r in results if r.verdict is verdict and not decided), "")
    check = _check(scenario, expectation)
    for result in results:
        if result.expected == ANY_OUTCOME:
            reason = reason or result.seen
            environment.client.journal.note(
                check, f"please confirm, nothing says it: {result.seen}"
            )
    environment.client.journal.checked(Checked(check, _subject(scenario), verdict, reason, finding))
    return verdict
