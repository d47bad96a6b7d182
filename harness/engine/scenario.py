"""Play a story's steps in order, hold its expectations against what happened, journal both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.check.expectation import OBSERVED, evaluate
from harness.check.facts import BalanceSpan, Facts, Played, Result, told
from harness.contract.needs import lacking, why_lacking
from harness.document.problem import Problem
from harness.engine.enroll import NotEnrolled, is_usual
from harness.engine.members import Pool, TooFewMembers
from harness.engine.step import play_steps
from harness.engine.story import NotPlayable, Story, Unresolved
from harness.model.contract import Expectation, Scenario, Step, Wanted
from harness.model.exchange import Exchange
from harness.model.finding import Checked, Finding
from harness.model.target import Member
from harness.model.verdict import Outcome, Verdict, merge
from harness.wire.client import Client

ATTEMPTS_MAX = 14
_READS_MAX = 10
_FUNDING_TRIES = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """Where stories are played: the client, the members, and a maker of unused texts."""

    client: Client
    pool: Pool
    fresh: Callable[[], str]


def play(scenario: Scenario, stage: Stage) -> Verdict:
    """Play a story until its outcomes are known, journal a Checked per expectation, return worst.

    A story that cannot be played here is inapplicable with the reason; one whose outcomes stay
    unknown in every attempt is inconclusive.
    """
    speaker = stage.client.speaker
    missing = lacking(scenario.needs, speaker.binding, speaker.values)
    if missing:
        return _all(scenario, stage, Verdict.INAPPLICABLE, why_lacking(missing))
    wanted = [scenario.wanted.get(name, Wanted()) for name in scenario.members]
    reason = ""
    for _ in range(ATTEMPTS_MAX):
        try:
            with stage.pool.lease(wanted) as leased:
                members = dict(zip(scenario.members, leased, strict=True))
                facts = _attempt(scenario, stage, members)
        except Unresolved as error:
            reason = str(error)
            continue
        except (NotPlayable, TooFewMembers) as error:
            return _all(scenario, stage, Verdict.INAPPLICABLE, str(error))
        except NotEnrolled as error:
            return _all(scenario, stage, Verdict.INCONCLUSIVE, str(error))
        except Problem as error:
            # A template names what no answer has given, so the story cannot go on.
            return _all(scenario, stage, Verdict.INCONCLUSIVE, str(error))
        return merge(
            _journal(scenario, expectation, facts, stage) for expectation in scenario.expectations
        )
    text = f"outcomes stayed unknown in {ATTEMPTS_MAX} attempts; last: {reason}"
    return _all(scenario, stage, Verdict.INCONCLUSIVE, text)


def _all(scenario: Scenario, stage: Stage, verdict: Verdict, reason: str) -> Verdict:
    for expectation in scenario.expectations:
        stage.client.journal.checked(
            Checked(_check(scenario, expectation), _subject(scenario), verdict, reason)
        )
    return verdict


def _check(scenario: Scenario, expectation: Expectation) -> str:
    return f"scenario:{scenario.id}#{expectation.name}"


def _subject(scenario: Scenario) -> str:
    return scenario.case or scenario.id


def _attempt(scenario: Scenario, stage: Stage, members: Mapping[str, Member]) -> Facts:
    source = f"scenario:{scenario.id}"

    def balance(member: Member) -> int:
        return _balance(stage.client, member, source)[0]

    story = Story(
        client=stage.client,
        source=source,
        members=members,
        fresh=stage.fresh,
        balance=balance,
        expected={
            expectation.name: str(expectation.terms.get("outcome", ""))
            for expectation in scenario.expectations
            if isinstance(expectation.terms, Mapping)
        },
        captures={"story": stage.fresh()},
    )
    binding = stage.client.speaker.binding
    before: dict[str, tuple[int, str]] = {}
    for name, member in members.items():
        if "balance" in binding.verbs and is_usual(member, binding):
            before[name] = _funded(stage, member, scenario.members[name], source)
    steps: dict[str, Played] = {}
    for together in _together(scenario.steps):
        for played in play_steps(together, story):
            steps[played.name] = played
    spans = {}
    for name, (start, call) in before.items():
        end, end_call = _balance(stage.client, members[name], source)
        spans[name] = BalanceSpan(start, end, (call, end_call))
    accounts = {name: member["id"] for name, member in members.items()}
    known = {"value": stage.client.speaker.values, **members, **story.captures}
    return Facts(steps, spans, accounts, binding.promises, known)


def _together(steps: Sequence[Step]) -> Iterator[list[Step]]:
    for race, group in groupby(steps, key=lambda step: step.race):
        if race is None:
            yield from ([step] for step in group)
        else:
            yield list(group)


def _balance(client: Client, member: Member, source: str) -> tuple[int, str]:
    """Return a member's balance and the id of the call that read it."""
    for _ in range(_READS_MAX):
        exchange = client.verb("balance", member=member, source=source)
        if exchange.outcome is Outcome.REFUSED:
            raise NotPlayable(f"the balance of a member cannot be read: {told(exchange)}")
        if isinstance(exchange.seen.get("balance"), int):
            return exchange.seen["balance"], exchange.id
    raise Unresolved("the balance stayed unread")


def _funded(stage: Stage, member: Member, funds: int | None, source: str) -> tuple[int, str]:
    balance, call = _balance(stage.client, member, source)
    if funds is None or balance >= funds:
        return balance, call
    if "earn" not in stage.client.speaker.binding.verbs:
        raise NotPlayable(f"{funds} units are needed and no verb earns them")
    reference = stage.fresh()
    for _ in range(_FUNDING_TRIES):
        exchange = stage.client.verb(
            "earn", member=member, units=funds - balance, reference=reference, source="setup"
        )
        if exchange.outcome is Outcome.REFUSED:
            raise NotPlayable(f"a member cannot be given {funds} units: {told(exchange)}")
        if exchange.outcome is Outcome.OK:
            return _balance(stage.client, member, source)
        if stage.client.speaker.binding.promises.repeat == "none":
            break
    raise Unresolved("a member could not be funded")


def _journal(scenario: Scenario, expectation: Expectation, facts: Facts, stage: Stage) -> Verdict:
    results = list(evaluate(expectation.name, expectation.terms, facts))
    verdict = merge(result.verdict for result in results)
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    finding = _finding(scenario, expectation, failed, facts) if failed else None
    reason = "" if verdict in (Verdict.PASS, Verdict.FAIL) else results[0].seen if results else ""
    check = _check(scenario, expectation)
    for result in results:
        if result.expected == OBSERVED:
            reason = reason or result.seen
            stage.client.journal.note(check, f"please confirm, nothing says it: {result.seen}")
    stage.client.journal.checked(Checked(check, _subject(scenario), verdict, reason, finding))
    return verdict


def _finding(
    scenario: Scenario, expectation: Expectation, failed: Sequence[Result], facts: Facts
) -> Finding:
    evidence: list[str] = []
    for played in facts.steps.values():
        evidence += [exchange.id for exchange in played.exchanges[:2]]
    for result in failed:
        evidence += result.calls
    return Finding(
        title=scenario.title,
        expected="; ".join(result.expected for result in failed),
        seen="; ".join(result.seen for result in failed),
        place=expectation.place or scenario.place,
        calls=tuple(dict.fromkeys(evidence))[:8],
        detail=tuple(_told(played) for played in facts.steps.values()),
    )


def _told(played: Played) -> str:
    """Tell a step in one line: what was asked, how often, how it ended, what it showed."""
    first = played.exchanges[0] if played.exchanges else None
    if first is None:
        return f"{played.name}: nothing was sent"
    copies = f" x{len(played.exchanges)}" if len(played.exchanges) > 1 else ""
    ends: dict[str, int] = {}
    for exchange in played.exchanges:
        ends[told(exchange)] = ends.get(told(exchange), 0) + 1
    shown = ", ".join(f"{how}{f' x{n}' if n > 1 else ''}" for how, n in ends.items())
    return f"{played.name}: {_asked(first)}{copies} -> {shown}{_shown(first)}"


def _asked(exchange: Exchange) -> str:
    intent = exchange.intent
    name = intent.verb or intent.operation
    if len(intent.rows) == 1:
        row = intent.rows[0]
        reference = f" reference {row.reference}" if row.reference else " no reference"
        return f"{name} {abs(row.units)} units{reference}"
    return f"{name} of {len(intent.rows)} rows" if intent.rows else name


def _shown(exchange: Exchange) -> str:
    seen = {key: value for key, value in exchange.seen.items() if key != "balances"}
    return f" {seen}" if seen else ""
