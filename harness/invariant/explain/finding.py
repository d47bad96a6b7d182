"""Builds findings: what happened, what was expected, what was seen, then facts and a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import Diagnosis, diagnose_balance
from harness.invariant.explain.timeline import draw_timeline
from harness.invariant.history.effects import Read
from harness.invariant.history.segments import Segment
from harness.invariant.search.envelope import Deviation, Envelope
from harness.model.history import Attempt
from harness.model.verdict import Finding

_CURLS_MAX = 6
_PROOF_MAX = 20


def build_finding(
    title: str,
    expected: str,
    seen: str,
    proof: Iterable[Attempt],
    facts: Sequence[str] = (),
    context: Iterable[Attempt] = (),
) -> Finding:
    """Return a finding; `proof` are the attempts that show it, `context` others to draw beside."""
    distinct = tuple({attempt.id: attempt for attempt in proof}.values())
    drawn = distinct[:_PROOF_MAX]
    return Finding(
        title=title,
        expected=expected,
        seen=seen,
        attempts=tuple(attempt.id for attempt in drawn),
        curl=tuple(attempt.curl for attempt in distinct if attempt.curl)[:_CURLS_MAX],
        detail=(*facts, *draw_timeline((*drawn, *context), distinct)),
    )


def wrong_balance(
    envelope: Envelope, wrong: Deviation, diagnosis: Diagnosis | None = None
) -> Finding:
    """Return the finding that a balance lies outside its bounds.

    `diagnosis` is the cause where a rule knows it; else the amount may point to one.
    """
    segment, final = envelope.segment, envelope.last_quiescent()
    gap = counted(abs(wrong.gap), "unit")
    side = "high" if wrong.gap > 0 else "low"
    if diagnosis is None:
        lasting = final is not None and not envelope.allows(final)
        diagnosis = diagnose_balance(segment, wrong, lasting=lasting)
    if diagnosis is None:
        title = f"A balance is {gap} too {side} for the requests before it"
        diagnosis = Diagnosis(title, "", ())
    bounds = str(wrong.low) if wrong.low == wrong.high else f"{wrong.low} to {wrong.high}"
    facts = (
        diagnosis.fact,
        _sum_line(envelope, wrong.read),
        f"the last correct balance before it was {wrong.trusted.value}",
    )
    return build_finding(
        diagnosis.title,
        expected=f"a balance of {bounds}",
        seen=f"a balance of {wrong.read.value}, {gap} too {side}",
        proof=(wrong.read.attempt, *diagnosis.attempts, wrong.trusted.attempt),
        facts=[fact for fact in facts if fact],
        context=overlapping(segment, wrong.trusted.begin_ns, wrong.read.end_ns),
    )


def _sum_line(envelope: Envelope, read: Read) -> str:
    """Return how the bounds of the balance come about."""
    segment = envelope.segment
    done = [
        effect.units
        for effect in segment.effects
        if effect.end_ns is not None and effect.end_ns < read.begin_ns
    ]
    low, high = envelope.between(read.begin_ns, read.end_ns)
    open_low, open_high = (bound - segment.start.value - sum(done) for bound in (low, high))
    by_changes = f"{sum(done):+d} by {counted(len(done), 'change')}" if done else "no change"
    line = (
        f"balance {segment.start.value} at the start,"
        f" {by_changes} acknowledged before it was requested"
    )
    if open_low or open_high:
        line += f", {open_low:+d} to {open_high:+d} by changes open or unknown at that time"
    return line


def overlapping(segment: Segment, begin_ns: int, end_ns: int) -> tuple[Attempt, ...]:
    """Return the attempts on the account that overlap the interval."""
    found = [
        *(attempt for effect in segment.effects for attempt in effect.attempts),
        *(read.attempt for read in segment.reads),
        *(change.attempt for change in segment.refused),
    ]
    return tuple(
        attempt
        for attempt in found
        if attempt.sent_ns <= end_ns and (attempt.done_ns is None or attempt.done_ns >= begin_ns)
    )
