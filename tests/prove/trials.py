"""Made-up results of trials."""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock import Defect
from harness.model.check_id import CheckId
from harness.model.result import FindingResult, RequirementReference
from harness.model.verdict import Verdict
from harness.prove.kill import Kill
from harness.prove.plan import Trial
from harness.prove.seeded_auditors import SEEDED_AUDITORS
from harness.prove.trial import TrialResult

COUNTS = {"requests": 100, "unknown": 3, "accounts": 20, "inconclusive": 0}
RUN = {
    "id": "20260101-000000-abcdef",
    "command": "harness prove",
    "started": "2026-01-01T00:00:00+00:00",
    "finished": "2026-01-01T00:10:00+00:00",
    "seeds": 1,
    "version": "0",
    "python": "3",
    "platform": "x",
}


def finding(check: str, *requirements: str, attempts: tuple[str, ...] = ()) -> FindingResult:
    """Return a finding of a check that names these requirements."""
    return FindingResult(
        id="f",
        check=CheckId.parse(check),
        subject="s",
        title="Something is <wrong>",
        expected="that",
        seen="this",
        requirements=tuple(RequirementReference(name, "", "law", "") for name in requirements),
        verdict=Verdict.FAIL,
        waiver=None,
        place="",
        attempts=attempts,
        curl=(),
        detail=(),
        count=1,
    )


def defective(
    name: str, check: str = "", shows: str = "sequence", vendor: str = "acme"
) -> TrialResult:
    """Return the trial of a defect, killed by a check if one is given."""
    defect = Defect(name, "ledger", "Something is wrong", ("earn",), shows, "no", ("A-1",))
    kill = Kill(check, ("A-1",), 40, 1.5) if check else None
    findings = (finding(f"{check}#part", "A-1"),) if check else ()
    trial = Trial(vendor, 1, (("check", vendor),), defect)
    return TrialResult(trial, kill, ("check",), findings, (), 1 if check else 0, COUNTS, 9.0)


def correct(
    condition: str = "clean",
    seed: int = 1,
    *,
    false_positive: bool = False,
    seeded_auditors: Mapping[str, int] | None = None,
    error: str = "",
    inconclusive: bool = False,
) -> TrialResult:
    """Return the trial of a correct server."""
    trial = Trial("acme", seed, (("gate", "acme"),), condition=condition)
    findings = (finding("invariant:floor", "A-1"),) if false_positive else ()
    counts = dict.fromkeys(SEEDED_AUDITORS, 2) if seeded_auditors is None else seeded_auditors
    code = 1 if false_positive else 5 if inconclusive else 0
    return TrialResult(trial, None, ("gate",), findings, (), code, COUNTS, 9.0, error, counts)
