"""Builds findings: what happened, what was expected, what was seen, then facts and a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import Diagnosis, diagnose_balance
from harness.invariant.history.effects import Read
from harness.invariant.history.segments import Segment
from harness.invariant.search.envelope import Deviation, Envelope
from harness.model.history import Attempt
from harness.model.verdict import Finding, Outcome

_WIDTH = 32
_LANES_MAX = 14
_ROWS_MAX = 3
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
    gap = counted(max(wrong.gap, -wrong.gap), "unit")
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
    by_changes = f"{sum(done):+} by {counted(len(done), 'change')}" if done else "no change"
    line = (
        f"balance {segment.start.value} at the start,"
        f" {by_changes} acknowledged before it was requested"
    )
    if open_low or open_high:
        line += f", {open_low:+} to {open_high:+} by changes open or unknown at that time"
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


def draw_timeline(attempts: Iterable[Attempt], proof: Iterable[Attempt] = ()) -> tuple[str, ...]:
    """Return a lane for each attempt in the order of sending; those in `proof` are marked with `>`.

    Times are milliseconds since the first attempt was sent. An attempt without a response runs to
    the right edge as dots. Of too many attempts, those nearest to the last are drawn.
    """
    marked = {attempt.id for attempt in proof}
    distinct = {attempt.id: attempt for attempt in attempts}.values()
    ordered = sorted(distinct, key=lambda attempt: attempt.sent_ns)
    left_out = len(ordered) - _LANES_MAX
    if left_out > 0:
        keep = {attempt.id for attempt in ordered if attempt.id in marked}
        for attempt in reversed(ordered):
            if len(keep) >= _LANES_MAX:
                break
            keep.add(attempt.id)
        ordered = [attempt for attempt in ordered if attempt.id in keep]
    if not ordered:
        return ()
    first = ordered[0].sent_ns
    last = max(one.sent_ns if one.done_ns is None else one.done_ns for one in ordered)
    span = max(last - first, 1)
    lines = [_lane(attempt, first, span, attempt.id in marked) for attempt in ordered]
    if left_out > 0:
        lines.append(f"  ({counted(left_out, 'more request')} of that time not drawn)")
    return tuple(lines)


def _lane(attempt: Attempt, first: int, span: int, marked: bool) -> str:
    sent, done = attempt.sent_ns - first, None
    if attempt.done_ns is not None and attempt.outcome is not Outcome.UNKNOWN:
        done = attempt.done_ns - first
    begin, end = ((_WIDTH - 1) * (span if at is None else at) // span for at in (sent, done))
    bar = " " * begin + ("." if done is None else "=") * (end - begin + 1)
    times = f"{_ms(sent)}..{'' if done is None else _ms(done)} ms"
    mark = ">" if marked else " "
    return f"{mark} |{bar.ljust(_WIDTH)}| {times}: {_request(attempt)} -> {_response(attempt)}"


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.1f}".removesuffix(".0")


def _request(attempt: Attempt) -> str:
    words = [attempt.verb or attempt.operation]
    shown = attempt.rows[:_ROWS_MAX]
    for row in shown:
        words.append(f"{row.units:+}" + (f" ({row.reference})" if row.reference else ""))
    if len(attempt.rows) > len(shown):
        words.append(f"and {counted(len(attempt.rows) - len(shown), 'more row')}")
    if attempt.entry is not None:
        words.append(f"of {attempt.entry}")
    return " ".join(words)


def _response(attempt: Attempt) -> str:
    words = [attempt.outcome.value]
    if attempt.reason is not None:
        words.append(f"({attempt.reason})")
    elif attempt.outcome is Outcome.UNKNOWN and attempt.fault is not None:
        words.append(f"({attempt.cause or attempt.fault})")
    for name in ("balance", "fail_index", "entry"):
        if attempt.seen.get(name) is not None:
            words.append(f"{name.replace('_', ' ')} {attempt.seen[name]}")
    return " ".join(words)
