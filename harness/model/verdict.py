"""Outcomes of calls and verdicts of checks, and the one rule by which verdicts merge."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, StrEnum


class Outcome(Enum):
    """What a call did, as far as the response proves it."""

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
        return _LADDER.index(self)


_LADDER = tuple(Verdict)


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts; nothing to merge is inconclusive, never a pass."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.INCONCLUSIVE)
