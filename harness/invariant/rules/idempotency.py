"""One reference has one effect, however often and in whatever request it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.messages import counted
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.changes import Change
from harness.invariant.history.evidence import attempts_of
from harness.invariant.history.segments import SegmentedHistory
from harness.invariant.rules.repeats import Operations, judge_repeats
from harness.invariant.verdicts import Judgement
from harness.model.verdict import Finding, Outcome

_ENTRIES_MAX = 6


def judge_references(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the repeated references of each account had one effect each.

    The evidence is either responses that show different entries for one reference, or a balance
    that is wrong by exactly what a repeat would have changed.
    """
    if segmented.promises.repeat != "none":
        yield from judge_repeats(segmented, explained, _several_entries, voids=False)


def _several_entries(account: str, operations: Operations) -> Finding | None:
    """Return the finding that the responses to one reference show different entries."""
    found = []
    for changes in operations:
        shown: dict[str, Change] = {}
        for change in changes:
            entry = change.attempt.seen.get("entry")
            if (
                change.outcome is Outcome.OK
                and change.row == changes[0].row
                and change.row.account == account
                and entry is not None
                and len(change.attempt.rows) == 1
            ):
                shown.setdefault(str(entry), change)
        if len(shown) > 1:
            found.append(shown)
    if not found:
        return None
    first = found[0]
    more = len(found) - 1
    others = f", and {counted(more, 'more reference')} of the account" if more else ""
    reference = next(iter(first.values())).row.reference
    return build_finding(
        "The response to a repeated reference shows a new entry",
        expected="one entry for one reference",
        seen=f"{len(first)} entries for one reference{others}",
        proof=attempts_of(first.values()),
        facts=(
            f"the reference {reference} was acknowledged with the entries "
            + ", ".join(list(first)[:_ENTRIES_MAX]),
        ),
    )
