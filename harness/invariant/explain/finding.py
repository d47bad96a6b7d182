"""Builds findings: what happened, what was expected, what was seen, then facts and a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import Diagnosis, diagnose_lasting, diagnose_passing
from harness.invariant.explain.timeline import draw_timeline
from harness.invariant.history.effects import Read, Refusal
from harness.invariant.history.evidence import attempts_of
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
    segment: Segment,
    envelope: Envelope,
    wrong: Deviation,
    *,
    lasting: bool,
    diagnosis: Diagnosis | None = None,
) -> Finding:
    """Return the finding that a balance lies outside its bounds.

    `lasting` says that the balance was still wrong at the end; `diagnosis` is the cause, if known.
    """
    cause = diagnosis or (diagnose_lasting if lasting else diagnose_passing)(segment, wrong)
    gap = counted(abs(wrong.gap), "unit")
    side = "high" if wrong.gap > 0 else "low"
    facts = [
        _sum_line(segment, envelope, wrong),
        f"the last correct balance before it was {wrong.trusted.value}",
    ]
    if cause:
        facts.insert(0, cause.fact)
    return build_finding(
        cause.title if cause else f"A balance is {gap} too {side} for the requests before it",
        expected=f"a balance of {_range(wrong.low, wrong.high)}",
        seen=f"a balance of {wrong.read.value}, {gap} too {side}",
        proof=(
            wrong.read.attempt,
            *(cause.attempts if cause else ()),
            wrong.trusted.attempt,
        ),
        facts=facts,
        context=_overlapping(segment, wrong.trusted.begin_ns, wrong.read.end_ns),
    )


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _sum_line(segment: Segment, envelope: Envelope, wrong: Deviation) -> str:
    """Return how the bounds of the balance come about."""
    done = [
        effect.units
        for effect in segment.effects
        if effect.end_ns is not None and effect.end_ns < wrong.read.begin_ns
    ]
    low, high = envelope.between(wrong.read.begin_ns, wrong.read.end_ns)
    open_low, open_high = (bound - segment.start.value - sum(done) for bound in (low, high))
    by_changes = f"{sum(done):+d} by {counted(len(done), 'change')}" if done else "no change"
    line = (
        f"balance {segment.start.value} at the start,"
        f" {by_changes} acknowledged before it was requested"
    )
    if open_low or open_high:
        line += f", {open_low:+d} to {open_high:+d} by changes open or unknown at that time"
    return line


def _overlapping(segment: Segment, begin_ns: int, end_ns: int) -> tuple[Attempt, ...]:
    """Return the attempts on the account that overlap the interval."""
    found = [
        *attempts_of(change for effect in segment.effects for change in effect.changes),
        *(read.attempt for read in segment.reads),
        *attempts_of(segment.refused),
    ]
    return tuple(
        attempt
        for attempt in found
        if attempt.sent_ns <= end_ns and (attempt.done_ns is None or attempt.done_ns >= begin_ns)
    )


def under_floor(read: Read, floor: int) -> Finding:
    """Return the finding that a balance lies under the promised floor."""
    return build_finding(
        f"A balance fell to {read.value}, below the floor of {floor}",
        expected=f"a balance of at least {floor} at all times",
        seen=f"a balance of {read.value}",
        proof=(read.attempt,),
    )


def overspent(segment: Segment, high: int, floor: int, until_ns: int) -> Finding:
    """Return the finding that the burns acknowledged by an instant exceed what the balance held."""
    burns = [
        effect
        for effect in segment.effects
        if effect.units < 0 and effect.end_ns is not None and effect.end_ns <= until_ns
    ]
    excess = counted(floor - high, "unit")
    return build_finding(
        f"Burns were acknowledged for {excess} more than the balance held",
        expected=f"burns that leave a balance of at least {floor}",
        seen=f"acknowledged changes that leave a balance of at most {high}",
        proof=(
            *attempts_of(change for effect in reversed(burns) for change in effect.changes),
            segment.start.attempt,
        ),
        facts=(
            f"balance {segment.start.value} at the start,"
            f" {sum(effect.units for effect in burns):+d} by"
            f" {counted(len(burns), 'acknowledged burn')}",
        ),
        context=_overlapping(segment, burns[-1].begin_ns if burns else 0, until_ns),
    )


def spurious_refusal(segment: Segment, refusal: Refusal, low: int) -> Finding:
    """Return the finding that a burn was refused although the balance covered it throughout."""
    units = counted(-refusal.units, "unit")
    return build_finding(
        f"A burn of {units} was refused although the balance covered it throughout",
        expected=f"success, as the balance was at least {low}",
        seen="a refusal for want of points",
        proof=(refusal.attempt, segment.start.attempt),
        context=_overlapping(segment, refusal.begin_ns, refusal.end_ns),
    )
