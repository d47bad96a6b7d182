"""Notes: what else the reader of a result should know, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.auditor.coverage import never_requested
from harness.auditor.requirements import JudgedRequirement
from harness.auditor.summary import named
from harness.contract.needs import NOT_OBSERVABLE
from harness.document.messages import counted
from harness.model.history import Recorded
from harness.model.result import OperationCoverage
from harness.model.verdict import Checked, Verdict

_SHOWN = 20


def notes_of(
    decisive: Sequence[Checked],
    judged: Sequence[JudgedRequirement],
    covered: Sequence[OperationCoverage],
    recorded: Recorded,
) -> Iterator[str]:
    """Yield errors and inconclusive checks, what cannot be observed, what was never requested."""
    yield from _undecided(decisive)
    yield from _not_observable(judged)
    if missing := never_requested(covered):
        share = f"{len(missing)} of {counted(len(covered), 'operation')}"
        yield f"Never requested: {named(missing, _SHOWN)} ({share})"
    lines = [f"{about}: {text}" if about else text for about, text in recorded.notes]
    yield from dict.fromkeys(lines)


def _undecided(decisive: Sequence[Checked]) -> Iterator[str]:
    """Yield a line for each check that erred or is inconclusive, errors first."""
    lines = [
        f"{words}: {result.check} on {result.subject}: {result.reason or 'no reason given'}"
        for verdict, words in (
            (Verdict.ERROR, "Harness error"),
            (Verdict.INCONCLUSIVE, "Inconclusive"),
        )
        for result in decisive
        if result.verdict is verdict
    ]
    distinct = list(dict.fromkeys(lines))
    yield from distinct[:_SHOWN]
    if (more := len(distinct) - _SHOWN) > 0:
        yield f"Inconclusive: {counted(more, 'further check')}"


def _not_observable(judged: Sequence[JudgedRequirement]) -> Iterator[str]:
    """Yield a line for each way to look that the vendor lacks, with what it leaves unchecked."""
    blind: dict[str, list[str]] = {}
    for one in judged:
        if one.verdict is Verdict.INAPPLICABLE and one.reason.startswith(NOT_OBSERVABLE):
            blind.setdefault(one.reason, []).append(one.requirement.id)
    for reason, ids in blind.items():
        yield f"{reason[0].upper()}{reason[1:]}. Not checked for this reason: {named(ids, _SHOWN)}"
