"""Judgements: what a rule says of one subject, or of several that passed alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
