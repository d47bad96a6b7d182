"""What a run has changed on the server, and has not undone."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from harness.contract.vendor import Vendor
from harness.model.exchange import Amount, as_amount
from harness.model.history import History
from harness.model.operation import only_reads
from harness.model.verdict import Outcome


def side_effects(vendor: Vendor, history: History) -> dict[str, Any]:
    """Return the members used, those whose balance has changed, and the changing requests.

    `points` is the sum, over all members, of the last balance read minus the first. Effects that
    no balance shows, such as an issued coupon, appear among the `operations`: the requests that
    changed something or may have done so.
    """
    balances: dict[str, list[Amount]] = defaultdict(list)
    for attempt in history.attempts:
        balance = as_amount(attempt.seen.get("balance"))
        if attempt.verb == "balance" and attempt.account is not None and balance is not None:
            balances[attempt.account].append(balance)
    changes = [read[-1] - read[0] for read in balances.values() if read[-1] != read[0]]
    points = sum(changes)
    operations = vendor.specification.operations
    writing = {
        name
        for name, operation in operations.items()
        if not only_reads(operation, vendor.binding.verbs_of(name))
    }
    outcomes = Counter((one.operation, one.outcome) for one in history.attempts)
    written = {
        name for name, outcome in outcomes if name in writing and outcome is not Outcome.REFUSED
    }
    return {
        "members": len(balances),
        "changed": len(changes),
        "points": points if isinstance(points, int) else float(points),
        "operations": [
            {
                "operation": name,
                "title": operations[name].title,
                "done": outcomes[name, Outcome.OK],
                "unknown": outcomes[name, Outcome.UNKNOWN],
            }
            for name in sorted(written)
        ],
    }
