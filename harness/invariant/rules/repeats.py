"""A repeat changes nothing: one reference has one effect, and an entry is voided once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import diagnose_repeat
from harness.invariant.explain.finding import build_finding, wrong_balance
from harness.invariant.history.changes import (
    NOT_SENT,
    Change,
    arrives_before,
    first_forgotten_ns,
    is_void,
)
from harness.invariant.history.evidence import Operations, attempts_of
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.rules.balances import promises_fresh_reads
from harness.invariant.rules.entries import own_entry, references_of
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.binding import Promises
from harness.model.history import Attempt
from harness.model.verdict import Finding, Outcome

_ENTRIES_MAX = 6


def judge_references(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the repeated references of each account had one effect each.

    The evidence is either responses that show different entries for one reference, or a balance
    that is wrong by exactly what a repeat would have changed.
    """
    if segmented.promises.repeat != "none":
        yield from _judge_repeats(segmented, explained, _several_entries, voids=False)


def judge_voids(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the entries of each account that were voided again were voided once.

    An entry may be voided under several references and names. Where a second void may be
    acknowledged, only balances show whether it had an effect.
    """
    yield from _judge_repeats(segmented, explained, _voided_again, voids=True)


def _judge_repeats(
    segmented: SegmentedHistory,
    explained: frozenset[str],
    judge_responses: Callable[[str, Operations, Promises], Finding | None],
    *,
    voids: bool,
) -> Iterator[Judgement]:
    """Yield whether the repeats on each account, of voids or of all else, had one effect each."""
    repeated: dict[str, list[tuple[Change, ...]]] = {}
    for changes in segmented.operations:
        if is_void(changes[0].attempt) != voids:
            continue
        if sum(_reached(change) for change in changes) > 1:
            for account in {change.row.account for change in changes}:
                repeated.setdefault(account, []).append(changes)
    count = 0
    for account, operations in repeated.items():
        if account in explained:
            continue
        finding = judge_responses(account, tuple(operations), segmented.promises)
        for segment in segmented.segments.get(account, ()):
            finding = finding or _applied_again(segmented, segment, voids=voids)
        if finding is not None:
            yield failed(account, finding)
        elif account in segmented.unjudged:
            yield segmented.unjudged[account]
        else:
            count += 1
    yield from passed(count)


def _reached(change: Change) -> bool:
    """Return whether the ledger was asked: a server that throttles keeps requests from it."""
    return change.reason != NOT_SENT and not change.attempt.throttled


def _applied_again(segmented: SegmentedHistory, segment: Segment, *, voids: bool) -> Finding | None:
    """Return the finding that a balance is wrong by what the repeats would have changed."""
    envelope = Envelope(segment)
    final = envelope.last_quiescent()
    fresh = promises_fresh_reads(segmented.promises)
    found = list(envelope.deviations(segment.reads if fresh else [final] if final else []))
    lasting = [wrong for wrong in found if envelope.quiescent(wrong.read)]
    for wrong in (*found[:1], *lasting[:1], *lasting[-1:]):
        diagnosis = diagnose_repeat(segment, wrong, voids=voids)
        if diagnosis is not None:
            return wrong_balance(envelope, wrong, diagnosis)
    return None


def _several_entries(account: str, operations: Operations, promises: Promises) -> Finding | None:
    """Return the finding that the responses to one reference show different entries."""
    found = []
    for changes in operations:
        shown: dict[str, Change] = {}
        forgotten_ns = first_forgotten_ns(changes, promises)
        for change in changes:
            if forgotten_ns is not None and not arrives_before(change, forgotten_ns):
                continue
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


def _voided_again(_: str, operations: Operations, promises: Promises) -> Finding | None:
    """Return the finding that several voids of one entry succeeded, where they must be refused."""
    if promises.void_repeat == "unspecified":
        return None
    for changes in operations:
        done = [one for one in attempts_of(changes) if one.outcome is Outcome.OK]
        distinct = _distinct(done, promises)
        if len(distinct) > 1:
            return build_finding(
                "An entry was voided more than once",
                expected="one successful void, and every other one refused",
                seen=f"{len(distinct)} successful voids",
                proof=distinct,
            )
    return None


def _distinct(attempts: Sequence[Attempt], promises: Promises) -> list[Attempt]:
    """Return the attempts that repeat no other, by reference or by the entry they show."""
    kept: list[Attempt] = []
    seen: set[tuple[str, str]] = set()
    for attempt in attempts:
        marks = set()
        if (entry := own_entry(attempt)) is not None:
            marks.add(("entry", entry))
        if promises.repeat != "none":
            marks |= {("reference", reference) for reference in references_of(attempt)}
        if not marks & seen:
            kept.append(attempt)
        seen |= marks
    return kept
