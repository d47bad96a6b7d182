"""Outcomes of requests, verdicts of checks and how they merge, and the findings behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum


class Outcome(Enum):
    """What a request did, as far as the response proves it."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """One rung of the ladder on which a check, a requirement, a vendor and a run are judged."""

    INAPPLICABLE = "inapplicable"
    PASS = "pass"
    WAIVED = "waived"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Position on the ladder, 0 for the mildest."""
        return list(Verdict).index(self)


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts; nothing to merge is inconclusive, never a pass."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation, told so that its reader can repeat it.

    `title` is one sentence without ids. `place` is file:line of the declaration. `attempts` are
    journal ids of those that prove it, `curl` commands that repeat them without secrets,
    `detail` further lines (a timeline, a minimal set of facts).
    """

    title: str
    expected: str
    seen: str
    place: str = ""
    attempts: tuple[str, ...] = ()
    curl: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict of one check on one subject.

    `check` is the text of a `model.check_id.CheckId`. `subject` tells apart several results of one
    check: an account, an operation, a step. `reason` says why a verdict is inapplicable or
    inconclusive. `count` is how often it ran.
    """

    check: str
    subject: str
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None
    count: int = 1
