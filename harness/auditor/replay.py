"""Judge a recorded run again: what engines found, the invariants, the responses' conformance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.auditor.conformance import judge_responses
from harness.auditor.inferred import judge_inferred, weigh
from harness.auditor.promises import judge_promises
from harness.auditor.vendor import Audited
from harness.invariant.applicability import judge_vendor
from harness.invariant.history.duplicates import with_duplicates
from harness.model.binding import Binding
from harness.model.history import History, Recorded
from harness.model.verdict import Checked, Verdict

Judge = Callable[[History, Binding], Iterable[Checked]]

_CURLS_MAX = 8


def replay(
    recorded: Recorded, vendor: Audited, *, judge: Judge = judge_vendor
) -> tuple[Checked, ...]:
    """Return every check of a recorded run, judged without sending anything.

    They are, in this order: those the engines journalled, the invariants over the history, the
    journal's own completeness, the responses against the specification, what the promises mean, and
    whether what we only read of the calls works.
    """
    curls = {call.id: call.curl for call in recorded.history.attempts}
    readings = tuple(judge_inferred(recorded.history, vendor))
    resting = (*recorded.checked, *_invariants(_delivered(recorded), vendor.binding, judge))
    found = (
        *weigh(resting, readings, recorded.history),
        *_journal(recorded),
        *judge_responses(recorded, vendor),
        *judge_promises(recorded.history, vendor.binding),
        *readings,
    )
    return tuple(_repeatable(result, curls) for result in found)


def _repeatable(result: Checked, curls: Mapping[str, str]) -> Checked:
    """Return the result with the curl lines of its calls, where its finding names calls alone."""
    finding = result.finding
    if finding is None or finding.curl:
        return result
    lines = tuple(curls[call] for call in finding.attempts if curls.get(call))
    return replace(result, finding=replace(finding, curl=lines[:_CURLS_MAX]))


def _journal(recorded: Recorded) -> Iterator[Checked]:
    # Only trouble is told: an intact journal is no evidence about the vendor.
    reasons = []
    if not recorded.complete:
        reasons.append("a writer did not close its journal, so the run ended early")
    if recorded.truncated:
        reasons.append(f"{recorded.truncated} journal lines could not be read")
    if reasons:
        yield Checked("measurement:journal", "journal", Verdict.INCONCLUSIVE, "; ".join(reasons))


def _delivered(recorded: Recorded) -> History:
    """Return the history, with duplicates where the run may have delivered requests again."""
    duplicated = any(header.duplicates for header in recorded.headers)
    return with_duplicates(recorded.history) if duplicated else recorded.history


def _invariants(history: History, binding: Binding, judge: Judge) -> Iterator[Checked]:
    try:
        yield from judge(history, binding)
    except Exception as crash:  # a crashed check is an error of ours, never a pass
        reason = f"{type(crash).__name__}: {crash}"
        yield Checked("invariant:*", "harness", Verdict.ERROR, reason)
