"""What a check found: its verdict on one subject and, where it failed, the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.verdict import Verdict

INVARIANT_IDS = (
    "void-once",
    "coupon-once",
    "distinct-coupons",
    "one-effect",
    "bulk-prefix",
    "distinct-entries",
    "floor",
    "conservation",
    "bounds",
    "linearizable",
)
"""What checks of the kind `invariant` can be called, the most specific first."""

PROPERTY_IDS = ("responds", "accepts-valid", "rejects-invalid")
"""What checks of the kind `property` say of an operation, whose id follows after a colon."""

PROMISE_IDS = ("repeat",)
"""What checks of the kind `promise` can be called."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation, told so that its reader can repeat it.

    `title` is one sentence without ids. `place` is file:line of the declaration. `calls` are
    journal ids of the exchanges that prove it, `curl` commands that repeat them without secrets,
    `detail` further lines (a timeline, a minimal set of facts).
    """

    title: str
    expected: str
    seen: str
    place: str = ""
    calls: tuple[str, ...] = ()
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
