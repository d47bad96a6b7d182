from __future__ import annotations

import pytest

from harness.auditor.requirements import Accepted, apply_waivers
from harness.model.verdict import Checked, Verdict
from tests.auditor.build import failed, open_, passed, requirement, waiver

TODAY = "2026-06-01"
REQUIREMENTS = (requirement("R1", "scenario:a"), requirement("R2", "scenario:b"))


def applied(*checked: Checked, partial: bool = False, **fields: str) -> Accepted:
    """Apply one waiver, of R1 and scenario:a unless told otherwise."""
    one = waiver(
        fields.get("requirement", "R1"),
        fields.get("check", "scenario:a"),
        fields.get("expires", "2026-12-31"),
    )
    return apply_waivers([one], REQUIREMENTS, checked, today=TODAY, partial=partial)


def test_live_waiver_accepts_exactly_its_failures() -> None:
    """A waiver accepts the failures of its check under its requirement and no other."""
    accepted = applied(failed("scenario:a#x"), passed("scenario:a#y"), failed("scenario:b"))
    assert set(accepted.live) == {("R1", "scenario:a#x")}
    assert accepted.checked == ()


def test_waiver_holds_on_its_last_day() -> None:
    """A waiver still holds on the day it names."""
    accepted = applied(failed("scenario:a"), expires=TODAY)
    assert ("R1", "scenario:a") in accepted.live
    assert accepted.checked == ()


@pytest.mark.parametrize(
    ("checked", "fields", "partial", "verdict", "words"),
    [
        (failed("scenario:a"), {"expires": "2026-05-31"}, False, Verdict.FAIL, "expired"),
        (passed("scenario:a"), {}, False, Verdict.FAIL, "stale"),
        (passed("scenario:a"), {}, True, Verdict.FAIL, "stale"),
        (passed("scenario:a"), {"expires": "2026-05-31"}, False, Verdict.FAIL, "stale"),
        (failed("scenario:a"), {"requirement": "R9"}, False, Verdict.FAIL, "does not exist"),
        (open_("scenario:a"), {}, False, Verdict.INCONCLUSIVE, "its check did not run"),
        (
            failed("scenario:b"),
            {"check": "scenario:b"},
            False,
            Verdict.INCONCLUSIVE,
            "its check did not run",
        ),
    ],
)
def test_waiver_that_rots_is_told(
    checked: Checked, fields: dict[str, str], partial: bool, verdict: Verdict, words: str
) -> None:
    """Expired, stale, misnamed and unjudgeable waivers each get a check that is not green."""
    accepted = applied(checked, partial=partial, **fields)
    assert accepted.live == {}
    (fault,) = accepted.checked
    assert fault.check.startswith("waiver:")
    assert fault.verdict is verdict
    assert words in (fault.finding.title if fault.finding is not None else fault.reason)
    if fault.finding is not None:
        assert fault.finding.place == "waivers.yaml:2"


def test_partial_run_passes_over_waivers_it_could_not_judge() -> None:
    """A run that left the check out on purpose says nothing about its waiver."""
    assert applied(partial=True).checked == ()
