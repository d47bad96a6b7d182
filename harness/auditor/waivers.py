"""Apply accepted deviations exactly, and report those that have expired or match nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.model.check_id import covers, covers_any
from harness.model.requirement import Requirement, Waiver
from harness.model.verdict import Checked, Finding, Verdict

_EXECUTED = frozenset({Verdict.PASS, Verdict.FAIL})


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
    faults: list[Checked] = []
    for waiver in waivers:
        covered = [
            result
            for result in checked
            if waiver.requirement in rows
            and covers(waiver.check, result.check)
            and covers_any(rows[waiver.requirement].checks, result.check)
        ]
        faults.extend(_faults(waiver, waiver.requirement in rows, covered, today, partial))
        if waiver.expires >= today:
            failed = [result.check for result in covered if result.verdict is Verdict.FAIL]
            live.update({(waiver.requirement, check): waiver for check in failed})
    return Accepted(live, tuple(faults))


def _faults(
    waiver: Waiver, known: bool, covered: Sequence[Checked], today: str, partial: bool
) -> Iterator[Checked]:
    failed = any(result.verdict is Verdict.FAIL for result in covered)
    if not known:
        yield _fault(
            waiver,
            "A waiver names a requirement that does not exist",
            f"a requirement with the id {waiver.requirement}",
            "no such requirement",
        )
    elif failed and waiver.expires < today:
        yield _fault(
            waiver,
            "A waiver has expired while the check still fails",
            f"the check to pass after {waiver.expires}, as {waiver.owner} accepted",
            f"{waiver.check} still fails on {today}",
        )
    elif not failed and any(result.verdict in _EXECUTED for result in covered):
        yield _fault(
            waiver,
            "A waiver is stale: its check passes",
            f"a failure of {waiver.check} under {waiver.requirement}",
            "the check passed; remove the waiver",
        )
    elif not failed and not partial:
        reason = f"waiver for {waiver.check} could not be evaluated, as its check did not run"
        yield Checked(_name(waiver), waiver.check, Verdict.INCONCLUSIVE, reason)


def _fault(waiver: Waiver, title: str, expected: str, seen: str) -> Checked:
    finding = Finding(title, expected, seen, place=waiver.place, detail=(waiver.reason,))
    return Checked(_name(waiver), waiver.check, Verdict.FAIL, "", finding)


def _name(waiver: Waiver) -> str:
    return f"waiver:{waiver.requirement}"
