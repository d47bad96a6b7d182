"""Judgements: what a rule says of one subject, and of accounts by what it says of segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.model.verdict import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of a rule on one subject, or on `count` subjects that passed alike.

    `subject` is an account, an attempt, a coupon, or a plural such as "accounts".
    """

    subject: str
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None
    count: int = 1


def passed(count: int, subject: str = "accounts") -> Iterator[Judgement]:
    """Yield one judgement for all subjects that passed, none if there were none."""
    if count:
        yield Judgement(subject, Verdict.PASS, count=count)


def failed(subject: str, finding: Finding, count: int = 1) -> Judgement:
    """Return the judgement that the subject violates the invariant."""
    return Judgement(subject, Verdict.FAIL, finding=finding, count=count)


def undecided(subject: str, reason: str) -> Judgement:
    """Return the judgement that the evidence does not decide, and why."""
    return Judgement(subject, Verdict.INCONCLUSIVE, reason)


def judge_accounts(
    segmented: SegmentedHistory,
    explained: frozenset[str],
    rule: Callable[[Segment], Judgement | None],
) -> Iterator[Judgement]:
    """Yield what a rule says of every account, given what it says of one segment.

    The rule returns None for a segment without anything to judge. Accounts in `explained` have
    failed a more specific invariant already and are left out.
    """
    judged = {
        account: [found for found in map(rule, segments) if found is not None]
        for account, segments in segmented.segments.items()
        if account not in explained
    }
    yield from merge_segments(segmented, explained, judged)


def merge_segments(
    segmented: SegmentedHistory, explained: frozenset[str], judged: Mapping[str, list[Judgement]]
) -> Iterator[Judgement]:
    """Yield the worst judgement of each account's segments, and those that passed as one."""
    count = 0
    for account, unjudged in segmented.unjudged.items():
        if account not in explained:
            yield Judgement(account, unjudged.verdict, unjudged.reason)
    for judgements in judged.values():
        worst = max(judgements, key=lambda one: one.verdict.rank, default=None)
        if worst is not None and worst.verdict is Verdict.PASS:
            count += 1
        elif worst is not None:
            yield worst
    yield from passed(count)
