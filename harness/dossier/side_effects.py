"""What a run has changed on the server, and has not undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.contract.vendor import Vendor
from harness.model.history import History
from harness.model.verdict import Outcome
from harness.spec.read_only import only_reads


def side_effects(vendor: Vendor, history: History) -> dict[str, Any]:
    """Return the members used, those whose balance has changed, and the changing requests.

    `points` is the sum, over all members, of the last balance read minus the first. Effects that
    no balance shows, such as an issued coupon, appear among the `operations`: the requests that
    changed something or may have done so.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for attempt in history.attempts:
        balance = attempt.seen.get("balance")
        if attempt.verb == "balance" and attempt.account is not None and isinstance(balance, int):
            first.setdefault(attempt.account, balance)
            last[attempt.account] = balance
    changes = [last[name] - first[name] for name in first if last[name] != first[name]]
    done, unknown = _writes(vendor, history, Outcome.OK), _writes(vendor, history, Outcome.UNKNOWN)
    operations = vendor.specification.operations
    return {
        "members": len(first),
        "changed": len(changes),
        "points": sum(changes),
        "operations": [
            {
                "operation": name,
                "title": operations[name].title,
                "done": done[name],
                "unknown": unknown[name],
            }
            for name in sorted({*done, *unknown})
        ],
    }


def _writes(vendor: Vendor, history: History, outcome: Outcome) -> Mapping[str, int]:
    """Count the requests with an outcome, by operation, of those that do more than read."""
    verbs = vendor.binding.verbs.values()
    writing = {
        name
        for name, operation in vendor.specification.operations.items()
        if not only_reads(operation, [verb for verb in verbs if verb.operation == name])
    }
    return Counter(
        attempt.operation
        for attempt in history.attempts
        if attempt.outcome is outcome and attempt.operation in writing
    )
