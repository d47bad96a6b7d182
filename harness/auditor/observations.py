"""Observations that no document decides, compared with what was observed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.model.requirement import Observed
from harness.model.verdict import Checked, Finding, Verdict


def compared(
    checked: Iterable[Checked], observed: Iterable[Observed], target: str
) -> Iterator[Checked]:
    """Yield the results; those that passed but differ from what was observed before become failed.

    Only what was `observed` on the same target is compared. The requirements about it are inferred,
    so a change is an open question for the vendor and fails none.
    """
    known = {one.check: one for one in observed if one.target == target}
    for result in checked:
        before = known.get(result.check)
        told = result.verdict is Verdict.PASS and result.reason
        if before is None or not told or result.reason == before.seen:
            yield result
            continue
        finding = Finding(
            title="Behaviour that no document states has changed",
            expected=f"{before.seen}, as observed since {before.since}",
            seen=result.reason,
            place=before.place,
        )
        yield replace(result, verdict=Verdict.FAIL, reason="", finding=finding)
