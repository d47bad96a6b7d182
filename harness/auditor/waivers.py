"""Apply accepted deviations exactly, and report those that have expired or match nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.check_id import covers, covers_any
from harness.model.requirement import Requirement, Waiver
from harness.model.verdict import Checked, Finding, Verdict


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which failures are accepted, by (requirement id, check id), and what is wrong with waivers.

    `checked` holds one failed or inconclusive check `waiver:<requirement>` per waiver that has
    expired or that matches nothing.
    """

    live: Mapping[tuple[str, str], Waiver]
    checked: tuple[Checked, ...]


def apply_waivers(
    waivers: Sequence[Waiver],
    requirements: Sequence[Requirement],
    checked: Sequence[Checked],
    *,
    today: str,
    partial: bool = False,
) -> Accepted:
    """Match every waiver with the failures of its requirement and check.

    `today` is an ISO date; a waiver holds on its day of expiry and no longer. In a `partial` run
    a waiver whose check never ran is passed over; otherwise it is inconclusive.
    """
    rows = {requirement.id: requirement for requirement in requirements}
    live: dict[tuple[str, str], Waiver] = {}
    faults: list[Checked | None] = []
    for waiver in waivers:
        covered = [
            result
            for result in checked
            if waiver.requirement in rows
            and covers(waiver.check, result.check)
            and covers_any(rows[waiver.requirement].checks, result.check)
        ]
        faults.append(_fault(waiver, waiver.requirement in rows, covered, today, partial))
        if waiver.expires >= today:
            failed = [result.check for result in covered if result.verdict is Verdict.FAIL]
            live.update({(waiver.requirement, check): waiver for check in failed})
    return Accepted(live, tuple(fault for fault in faults if fault is not None))


def _fault(
    waiver: Waiver, known: bool, covered: Sequence[Checked], today: str, partial: bool
) -> Checked | None:
    """Return the check of a waiver that is expired, stale or names nothing, None if it is right."""
    check = f"waiver:{waiver.requirement}"
    failed = any(result.verdict is Verdict.FAIL for result in covered)
    if not known:
        title = "A waiver names a requirement that does not exist"
        expected = f"a requirement with the id {waiver.requirement}"
        seen = "no such requirement"
    elif failed and waiver.expires < today:
        title = "A waiver has expired while the check still fails"
        expected = f"the check to pass after {waiver.expires}, as {waiver.owner} accepted"
        seen = f"{waiver.check} still fails on {today}"
    elif failed:
        return None
    elif any(result.verdict is Verdict.PASS for result in covered):
        title = "A waiver is stale: its check passes"
        expected = f"a failure of {waiver.check} under {waiver.requirement}"
        seen = "the check passed; remove the waiver"
    elif partial:
        return None
    else:
        reason = f"waiver for {waiver.check} could not be evaluated, as its check did not run"
        return Checked(check, waiver.check, Verdict.INCONCLUSIVE, reason)
    finding = Finding(title, expected, seen, place=waiver.place, detail=(waiver.reason,))
    return Checked(check, waiver.check, Verdict.FAIL, "", finding)
