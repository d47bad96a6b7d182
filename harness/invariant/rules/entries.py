"""Every acknowledged change has an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.messages import counted
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.changes import is_void
from harness.invariant.history.segments import SegmentedHistory
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.history import Attempt
from harness.model.verdict import Outcome


def judge_entries(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether no two acknowledged changes share an entry, repeats of a reference apart.

    Unless the vendor numbers all operations alike, only entries of one operation are compared.
    """
    one_scope = segmented.promises.entry_scope == "vendor"
    owners: dict[tuple[str, str], Attempt] = {}
    clashes: list[tuple[Attempt, Attempt]] = []
    for attempt in segmented.history.attempts:
        entry = attempt.seen.get("entry")
        if entry is None or not attempt.rows or attempt.outcome is not Outcome.OK:
            continue
        if is_void(attempt):
            continue
        scope = "" if one_scope else attempt.operation
        owner = owners.setdefault((scope, str(entry)), attempt)
        if owner is not attempt and not may_repeat(owner, attempt):
            clashes.append((owner, attempt))
    if not clashes:
        yield from passed(len(owners), "entries")
        return
    owner, attempt = clashes[0]
    more = f", and {counted(len(clashes) - 1, 'more pair')}" if len(clashes) > 1 else ""
    finding = build_finding(
        "Two different changes were acknowledged with the same entry",
        expected="a different entry for every change",
        seen=f"2 changes with one entry{more}",
        proof=(owner, attempt),
        facts=(f"both responses show the entry {attempt.seen['entry']}",),
    )
    yield failed("entries", finding, len(clashes))


def may_repeat(one: Attempt, other: Attempt) -> bool:
    """Return whether the attempts share a reference, so that one may be a repeat of the other.

    A vendor that promises nothing about repeats may recognize them all the same.
    """
    references = {row.reference for row in one.rows if row.reference is not None}
    return any(row.reference in references for row in other.rows)
