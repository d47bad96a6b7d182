"""Draws calls as text: one lane each, a bar from asking to answering, and what was said."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.history import Attempt
from harness.model.verdict import Outcome

_WIDTH = 32
_LANES_MAX = 14
_ROWS_MAX = 3


def timeline(calls: Iterable[Attempt], guilty: Iterable[Attempt] = ()) -> tuple[str, ...]:
    """Return a lane for each call in order of sending; `guilty` calls are marked with `>`.

    Times are milliseconds since the first call was sent. A call without a response runs to the
    right edge as dots. When there are too many calls, those nearest to the last are kept.
    """
    marked = {call.id for call in guilty}
    ordered = sorted({call.id: call for call in calls}.values(), key=lambda call: call.sent_ns)
    left_out = len(ordered) - _LANES_MAX
    if left_out > 0:
        keep = {call.id for call in ordered if call.id in marked}
        for call in reversed(ordered):
            if len(keep) >= _LANES_MAX:
                break
            keep.add(call.id)
        ordered = [call for call in ordered if call.id in keep]
    if not ordered:
        return ()
    first = ordered[0].sent_ns
    last = max(call.sent_ns if call.done_ns is None else call.done_ns for call in ordered)
    lines = [_lane(call, first, max(last - first, 1), call.id in marked) for call in ordered]
    if left_out > 0:
        lines.append(f"  ({left_out} more calls of that time are not drawn)")
    return tuple(lines)


def _lane(call: Attempt, first: int, span: int, marked: bool) -> str:
    begin = (call.sent_ns - first) * (_WIDTH - 1) // span
    answered = call.done_ns is not None and call.outcome is not Outcome.UNKNOWN
    if answered and call.done_ns is not None:
        end = (call.done_ns - first) * (_WIDTH - 1) // span
        bar = " " * begin + "=" * (end - begin + 1)
        times = f"{_ms(call.sent_ns - first)}..{_ms(call.done_ns - first)} ms"
    else:
        bar = " " * begin + "." * (_WIDTH - begin)
        times = f"{_ms(call.sent_ns - first)}.. ms"
    return f"{'>' if marked else ' '} |{bar.ljust(_WIDTH)}| {times}: {tell(call)}"


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.1f}".removesuffix(".0")


def tell(call: Attempt) -> str:
    """Return what a call asked and what was answered, in one line."""
    return f"{_asked(call)} -> {_answered(call)}"


def _asked(call: Attempt) -> str:
    words = [call.verb or call.operation]
    shown = call.rows[:_ROWS_MAX]
    for row in shown:
        words.append(f"{row.units:+d}" + (f" ({row.reference})" if row.reference else ""))
    if len(call.rows) > len(shown):
        words.append(f"and {len(call.rows) - len(shown)} rows more")
    if call.target is not None:
        words.append(f"of {call.target}")
    return " ".join(words)


def _answered(call: Attempt) -> str:
    words = [call.outcome.value]
    if call.reason is not None:
        words.append(f"({call.reason})")
    elif call.outcome is Outcome.UNKNOWN and call.fault is not None:
        words.append(f"({call.fault})")
    for name in ("balance", "fail_index", "entry"):
        if call.seen.get(name) is not None:
            words.append(f"{name.replace('_', ' ')} {call.seen[name]}")
    return " ".join(words)
