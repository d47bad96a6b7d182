"""What a run has left behind on the server it spoke to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.audit.vendor import Audited
from harness.model.history import History
from harness.model.verdict import Outcome
from harness.spec.read_only import only_reads


def leftovers(vendor: Audited, history: History) -> dict[str, Any]:
    """Return the members whose balance is another than before, and the calls that were done.

    `points` is by how much the balances read first and last differ, over all members. What no read
    shows, such as a coupon that was given, is told by the calls that did it.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for call in history.attempts:
        balance = call.seen.get("balance")
        if call.verb == "balance" and call.account is not None and isinstance(balance, int):
            first.setdefault(call.account, balance)
            last[call.account] = balance
    changed = {name: last[name] - first[name] for name in first if last[name] != first[name]}
    done, unknown = _writes(vendor, history, Outcome.OK), _writes(vendor, history, Outcome.UNKNOWN)
    operations = vendor.specification.operations
    return {
        "members": len(first),
        "changed": len(changed),
        "points": sum(changed.values()),
        "calls": [
            {
                "operation": name,
                "title": operations[name].title,
                "done": done[name],
                "unknown": unknown[name],
            }
            for name in sorted({*done, *unknown})
        ],
    }


def _writes(vendor: Audited, history: History, outcome: Outcome) -> Mapping[str, int]:
    """Count the calls with an outcome, by operation, of those that do more than read."""
    verbs = vendor.binding.verbs.values()
    writing = {
        name
        for name, operation in vendor.specification.operations.items()
        if not only_reads(operation, [verb for verb in verbs if verb.operation == name])
    }
    return Counter(
        call.operation
        for call in history.attempts
        if call.outcome is outcome and call.operation in writing
    )
