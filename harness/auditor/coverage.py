"""Coverage: requests per operation by outcome, and the requirements that they test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from harness.auditor.vendor import Audited
from harness.model.check_id import CheckId, covers
from harness.model.history import History
from harness.model.requirement import Requirement
from harness.model.result import OperationCoverage
from harness.model.verdict import Outcome


def coverage(
    vendor: Audited, history: History, made: Collection[str] = ()
) -> tuple[OperationCoverage, ...]:
    """Return one entry per operation of the specification, sorted by its id.

    `made` are the ids of the checks made. `requirements` counts those tested by requests to the
    operation: their checks are a scenario that sent one, a property of the operation, or the
    conformance of its responses.
    """
    outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
    checks: dict[str, set[str]] = defaultdict(set)
    for attempt in history.attempts:
        outcomes[attempt.operation][attempt.outcome] += 1
        checks[attempt.operation].add(attempt.source)
    entries = []
    for operation in sorted(vendor.specification.operations):
        counted = outcomes[operation]
        touched = checks[operation] | {check for check in made if _is_of(check, operation)}
        entries.append(
            OperationCoverage(
                operation=operation,
                title=vendor.specification.operations[operation].title,
                requests=counted.total(),
                ok=counted[Outcome.OK],
                refused=counted[Outcome.REFUSED],
                unknown=counted[Outcome.UNKNOWN],
                requirements=_touching(vendor.requirements, touched),
            )
        )
    return tuple(entries)


def never_requested(entries: Sequence[OperationCoverage]) -> list[str]:
    """Return the operations of a coverage to which no request was sent."""
    return [entry.operation for entry in entries if entry.requests == 0]


def _is_of(check: str, operation: str) -> bool:
    """Say whether a check names the operation, as `property:responds:<operation>#<part>` does."""
    known = CheckId.parse(check)
    return known.stated_kind in ("response", "property") and known.operation == operation


def _touching(requirements: Sequence[Requirement], checks: set[str]) -> int:
    return sum(
        any(covers(pattern, check) for pattern in requirement.checks for check in checks)
        for requirement in requirements
    )
