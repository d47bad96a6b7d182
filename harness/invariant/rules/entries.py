"""Every change of points that is acknowledged has an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.explain.finding import tell_finding
from harness.invariant.history.effects import is_void
from harness.invariant.history.segments import Prepared
from harness.invariant.verdicts import failed, passed
from harness.model.finding import Checked
from harness.model.history import Attempt
from harness.model.verdict import Outcome

ID = "distinct-entries"


def judge_entries(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether no two acknowledged changes share an entry, repeats of a reference apart.

    Where entries of different operations may be numbered apart, only those of one are compared.
    """
    alike = prepared.promises.entry_scope == "vendor"
    owners: dict[tuple[str, str], Attempt] = {}
    clashes: list[tuple[Attempt, Attempt]] = []
    for call in prepared.history.attempts:
        entry = call.seen.get("entry")
        if entry is None or not call.rows or call.outcome is not Outcome.OK or is_void(call):
            continue
        owner = owners.setdefault(("" if alike else call.operation, str(entry)), call)
        if owner is not call and not repeats(owner, call):
            clashes.append((owner, call))
    if clashes:
        owner, call = clashes[0]
        more = f", and {len(clashes) - 1} more pairs" if len(clashes) > 1 else ""
        finding = tell_finding(
            "Two different changes were acknowledged with the same entry",
            expected="an entry of its own for every change",
            seen=f"two changes with one entry{more}",
            calls=(owner, call),
            facts=(f"both answers name entry {call.seen['entry']}",),
        )
        yield failed(ID, "entries", finding, len(clashes))
    else:
        yield from passed(ID, len(owners), "entries")


def repeats(one: Attempt, other: Attempt) -> bool:
    """Return whether the calls share a reference, so that one may be taken for the other's repeat.

    A vendor that promises nothing about repeats may know them all the same.
    """
    references = {row.reference for row in one.rows if row.reference is not None}
    return any(row.reference in references for row in other.rows)
