"""One reference has one effect, however often and through whatever call it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.invariant.explain.finding import tell_finding
from harness.invariant.history.effects import RowAttempt
from harness.invariant.history.evidence import calls_of
from harness.invariant.history.segments import Prepared
from harness.invariant.rules.repeats import judge_repeats
from harness.model.finding import Checked, Finding
from harness.model.verdict import Outcome

ID = "one-effect"


def judge_one_effect(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether the repeated references of each account had one effect each.

    The evidence is either two answers that show different entries for one reference, or a balance
    that is off by exactly what a repeat would have moved.
    """
    if prepared.promises.repeat == "none":
        return
    yield from judge_repeats(ID, prepared, explained, _two_entries, voids=False)


def _two_entries(account: str, groups: Sequence[tuple[RowAttempt, ...]]) -> Finding | None:
    """Return the finding that responses to one reference show different entries."""
    guilty = []
    for group in groups:
        shown: dict[str, RowAttempt] = {}
        for attempt in group:
            entry = attempt.call.seen.get("entry")
            if (
                attempt.outcome is Outcome.OK
                and attempt.row == group[0].row
                and attempt.row.account == account
                and entry is not None
                and len(attempt.call.rows) == 1
            ):
                shown.setdefault(str(entry), attempt)
        if len(shown) > 1:
            guilty.append(tuple(shown.values()))
    if not guilty:
        return None
    first = guilty[0]
    more = f", and {len(guilty) - 1} more references of the account" if len(guilty) > 1 else ""
    return tell_finding(
        "A repeated reference was answered with a new entry",
        expected="one entry for one reference",
        seen=f"{len(first)} entries for one reference{more}",
        calls=calls_of(first),
        facts=(
            f"reference {first[0].row.reference} was acknowledged as entries "
            + ", ".join(str(attempt.call.seen["entry"]) for attempt in first[:6]),
        ),
    )
