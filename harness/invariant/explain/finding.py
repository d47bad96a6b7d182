"""A violation explained to a person: what happened, then the facts, then a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.invariant.explain.diagnosis import Pattern, lasting_pattern, passing_pattern
from harness.invariant.explain.timeline import timeline
from harness.invariant.history.effects import Refusal, Sight
from harness.invariant.history.evidence import calls_of
from harness.invariant.history.segments import Ledger
from harness.invariant.search.envelope import Envelope, Off
from harness.model.finding import Finding
from harness.model.history import Attempt

_CURLS_MAX = 6
_CALLS_MAX = 20


def tell_finding(
    title: str,
    expected: str,
    seen: str,
    calls: Iterable[Attempt],
    facts: Sequence[str] = (),
    drawn: Iterable[Attempt] = (),
) -> Finding:
    """Return a finding with the evidence of its calls; `drawn` calls join them in the timeline."""
    proof = tuple({call.id: call for call in calls}.values())
    return Finding(
        title=title,
        expected=expected,
        seen=seen,
        calls=tuple(call.id for call in proof[:_CALLS_MAX]),
        curl=tuple(call.curl for call in proof if call.curl)[:_CURLS_MAX],
        detail=(*facts, *timeline((*proof[:_CALLS_MAX], *drawn), proof)),
    )


def wrong_balance(
    ledger: Ledger, envelope: Envelope, off: Off, *, lasting: bool, pattern: Pattern | None = None
) -> Finding:
    """Return the finding that a balance lies outside what the calls allow.

    `lasting` says that it was still wrong at the end; `pattern` is the scenario if it is known.
    """
    scenario = pattern or (lasting_pattern if lasting else passing_pattern)(ledger, off)
    value, gap = off.sight.value, abs(off.gap)
    many = "many" if off.gap > 0 else "few"
    title = (
        scenario.title
        if scenario
        else (
            f"The balance is {gap} units {'above' if off.gap > 0 else 'below'}"
            " what the calls before it allow"
        )
    )
    facts = [_sum_line(ledger, envelope, off)]
    facts.append(f"the last balance surely right before it was {off.good.value}")
    if scenario:
        facts.insert(0, scenario.fact)
    return tell_finding(
        title,
        expected=f"a balance of {_range(off.low, off.high)}",
        seen=f"a balance of {value}, {gap} units too {many}",
        calls=(off.sight.call, *(scenario.calls if scenario else ()), off.good.call),
        facts=facts,
        drawn=_between(ledger, off.good.begin_ns, off.sight.end_ns),
    )


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _sum_line(ledger: Ledger, envelope: Envelope, off: Off) -> str:
    done = [
        effect.units
        for effect in ledger.effects
        if effect.end_ns is not None and effect.end_ns < off.sight.begin_ns
    ]
    low, high = envelope.between(off.sight.begin_ns, off.sight.end_ns)
    open_low, open_high = (bound - ledger.start.value - sum(done) for bound in (low, high))
    line = (
        f"balance {ledger.start.value} at the start, {sum(done):+d} by"
        f" {len(done)} acknowledged changes before it was asked for"
    )
    if open_low or open_high:
        line += f", {open_low:+d} to {open_high:+d} by changes then open or unknown"
    return line


def _between(ledger: Ledger, begin_ns: int, end_ns: int) -> tuple[Attempt, ...]:
    """Return the calls on the account that overlap the span."""
    found = [
        *calls_of(attempt for effect in ledger.effects for attempt in effect.attempts),
        *(sight.call for sight in ledger.sights),
        *calls_of(ledger.refused),
    ]
    return tuple(
        call
        for call in found
        if call.sent_ns <= end_ns and (call.done_ns is None or call.done_ns >= begin_ns)
    )


def under_floor(sight: Sight, floor: int) -> Finding:
    """Return the finding that an answered balance lies under the promised floor."""
    return tell_finding(
        f"A balance fell to {sight.value}, under the floor of {floor}",
        expected=f"a balance of {floor} or more at all times",
        seen=f"a balance of {sight.value}",
        calls=(sight.call,),
    )


def spent_too_much(ledger: Ledger, high: int, floor: int, until_ns: int) -> Finding:
    """Return the finding that the acknowledged burns took more than there can have been."""
    burns = [
        effect
        for effect in ledger.effects
        if effect.units < 0 and effect.end_ns is not None and effect.end_ns <= until_ns
    ]
    return tell_finding(
        f"Burns were acknowledged for {floor - high} units more than the balance held",
        expected=f"no more burned than leaves a balance of {floor}",
        seen=f"acknowledged changes that leave at most {high}",
        calls=(
            *calls_of(attempt for effect in reversed(burns) for attempt in effect.attempts),
            ledger.start.call,
        ),
        facts=(
            f"balance {ledger.start.value} at the start,"
            f" {sum(effect.units for effect in burns)} by {len(burns)} acknowledged burns",
        ),
        drawn=_between(ledger, burns[-1].begin_ns if burns else 0, until_ns),
    )


def spurious_refusal(ledger: Ledger, refusal: Refusal, low: int) -> Finding:
    """Return the finding that a burn was refused although the balance covered it throughout."""
    return tell_finding(
        f"A burn of {-refusal.units} units was refused although the balance covered it throughout",
        expected=f"the burn to be taken from a balance of at least {low}",
        seen="a refusal for want of points",
        calls=(refusal.call, ledger.start.call),
        drawn=_between(ledger, refusal.begin_ns, refusal.end_ns),
    )
