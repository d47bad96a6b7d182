"""Hold what a run observed where no document rules against what was seen there before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.model.finding import Checked, Finding
from harness.model.requirement import Observed
from harness.model.verdict import Verdict


def compared(
    checked: Iterable[Checked], observed: Iterable[Observed], target: str
) -> Iterator[Checked]:
    """Yield the results, those that passed as failed where they saw another thing than before.

    Only what was `observed` on the same target is compared. Rules about it are inferred ones, so
    that a change is an observation to confirm and fails no vendor.
    """
    known = {one.check: one for one in observed if one.target == target}
    for result in checked:
        before = known.get(result.check)
        told = result.verdict is Verdict.PASS and result.reason
        if before is None or not told or result.reason == before.seen:
            yield result
            continue
        finding = Finding(
            title="Behaviour that no document fixes is another than before",
            expected=f"{before.seen}, as since {before.since}",
            seen=result.reason,
            place=before.place,
        )
        yield replace(result, verdict=Verdict.FAIL, reason="", finding=finding)
