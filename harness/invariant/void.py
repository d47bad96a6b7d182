"""An entry is voided once, whatever the void's own reference."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.effects import is_void
from harness.invariant.explain import tell_finding
from harness.invariant.ledger import Prepared
from harness.invariant.ruling import failed, passed
from harness.model.binding import Promises
from harness.model.exchange import UNREADABLE
from harness.model.finding import Checked
from harness.model.history import Call
from harness.model.verdict import Outcome

ID = "void-once"


def judge_void(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether each voided entry was voided at most once.

    Where a second void may be answered as done, only balances tell whether it did anything.
    """
    targets: dict[tuple[str | None, str], list[Call]] = {}
    for call in prepared.history.calls:
        if is_void(call) and call.outcome is Outcome.OK and call.target not in (None, UNREADABLE):
            name = prepared.gathered.known_as(str(call.target))
            targets.setdefault((call.account, name), []).append(call)
    count = 0
    for (_, target), calls in targets.items():
        distinct = _distinct(calls, prepared.promises)
        if len(distinct) == 1 or prepared.promises.void_repeat == "unspecified":
            count += 1
            continue
        finding = tell_finding(
            "One entry was voided more than once",
            expected="one void that succeeds, and every other one refused",
            seen=f"{len(distinct)} voids that succeeded",
            calls=distinct,
        )
        yield failed(ID, target, finding)
    yield from passed(ID, count, "targets")


def _distinct(calls: list[Call], promises: Promises) -> list[Call]:
    """Return the calls that are no repeat of another: by reference, or by the entry they show."""
    kept: list[Call] = []
    seen: set[tuple[str, str]] = set()
    for call in calls:
        marks = set()
        entry = call.seen.get("entry")
        if entry is not None and str(entry) != call.target:
            marks.add(("entry", str(entry)))
        if promises.repeat != "none":
            marks |= {("reference", r.reference) for r in call.rows if r.reference is not None}
        if not marks & seen:
            kept.append(call)
        seen |= marks
    return kept
