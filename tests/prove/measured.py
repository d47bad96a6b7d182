"""Trials that have been measured, made up for the tests of what is concluded from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.mock import Defect
from harness.prove.kills import Kill
from harness.prove.plan import Trial
from harness.prove.seeded_auditors import SINS
from harness.prove.trial import Measured

COUNTS = {"requests": 100, "unknown": 3, "accounts": 20, "undecided": 0}
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


def finding(check: str, *rules: str) -> dict[str, Any]:
    """Return a finding of a check that names these rules."""
    return {
        "check": check,
        "verdict": "fail",
        "title": "Something is <wrong>",
        "seen": "this",
        "calls": [],
        "requirements": [{"id": rule} for rule in rules],
    }


def defective(
    name: str, check: str = "", shows: str = "sequence", vendor: str = "acme"
) -> Measured:
    """Return the trial of a defect, killed by a check if one is given."""
    defect = Defect(name, "ledger", "Something is wrong", ("earn",), shows, "no", ("A-1",))
    kill = Kill(check, ("A-1",), {check: 1}, 40, 1.5) if check else None
    accused = (finding(f"{check}#part", "A-1"),) if check else ()
    trial = Trial(vendor, 1, (("check", vendor),), defect)
    return Measured(trial, kill, ("check",), accused, (), 1 if check else 0, COUNTS, 9.0)


def correct(
    condition: str = "clean",
    seed: int = 1,
    *,
    alarm: bool = False,
    sins: Mapping[str, int] | None = None,
    error: str = "",
    undecided: bool = False,
) -> Measured:
    """Return the trial of a correct server."""
    trial = Trial("acme", seed, (("gate", "acme"),), condition=condition)
    accused = (finding("invariant:floor", "A-1"),) if alarm else ()
    told = dict.fromkeys(SINS, 2) if sins is None else sins
    code = 1 if alarm else 5 if undecided else 0
    return Measured(trial, None, ("gate",), accused, (), code, COUNTS, 9.0, error, told)
