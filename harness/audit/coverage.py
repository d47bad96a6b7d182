"""Which operations were called with which outcomes, and which requirements touch them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from harness.audit.vendor import Audited
from harness.model.check_id import CheckId, covers
from harness.model.history import History
from harness.model.requirement import Requirement
from harness.model.verdict import Outcome


def coverage(vendor: Audited, history: History, made: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return one entry per operation of the specification, sorted by its id.

    `made` are the ids of the checks made. `requirements` counts the rules tested by calls of the
    operation: those whose checks are a scenario that called it, a property of it, or the
    conformance of its responses.
    """
    outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
    checks: dict[str, set[str]] = defaultdict(set)
    for call in history.attempts:
        outcomes[call.operation][call.outcome] += 1
        checks[call.operation].add(call.source)
    entries = []
    for operation in sorted(vendor.specification.operations):
        counted = outcomes[operation]
        touched = checks[operation] | {check for check in made if _is_of(check, operation)}
        entries.append(
            {
                "operation": operation,
                "title": vendor.specification.operations[operation].title,
                "calls": counted.total(),
                "ok": counted[Outcome.OK],
                "refused": counted[Outcome.REFUSED],
                "unknown": counted[Outcome.UNKNOWN],
                "requirements": _touching(vendor.requirements, touched),
            }
        )
    return entries


def never_called(entries: Sequence[dict[str, Any]]) -> list[str]:
    """Return the operations of a coverage that no call reached."""
    return [entry["operation"] for entry in entries if entry["calls"] == 0]


def _is_of(check: str, operation: str) -> bool:
    """Say whether a check names the operation, as `property:responds:<operation>#<part>` does."""
    known = CheckId.parse(check)
    return known.stated_kind in ("response", "property") and known.operation == operation


def _touching(requirements: Sequence[Requirement], checks: set[str]) -> int:
    return sum(
        any(covers(pattern, check) for pattern in requirement.checks for check in checks)
        for requirement in requirements
    )
