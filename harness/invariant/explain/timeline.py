"""Draws attempts as text: one lane each, a bar from sending to the response, and what was said."""

from __future__ import annotations

from collections.abc import Iterable

from harness.document.messages import counted
from harness.model.history import Attempt
from harness.model.verdict import Outcome

_WIDTH = 32
_LANES_MAX = 14
_ROWS_MAX = 3


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
    begin = (attempt.sent_ns - first) * (_WIDTH - 1) // span
    if attempt.done_ns is not None and attempt.outcome is not Outcome.UNKNOWN:
        end = (attempt.done_ns - first) * (_WIDTH - 1) // span
        bar = " " * begin + "=" * (end - begin + 1)
        times = f"{_ms(attempt.sent_ns - first)}..{_ms(attempt.done_ns - first)} ms"
    else:
        bar = " " * begin + "." * (_WIDTH - begin)
        times = f"{_ms(attempt.sent_ns - first)}.. ms"
    mark = ">" if marked else " "
    return f"{mark} |{bar.ljust(_WIDTH)}| {times}: {_request(attempt)} -> {_response(attempt)}"


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.1f}".removesuffix(".0")


def _request(attempt: Attempt) -> str:
    words = [attempt.verb or attempt.operation]
    shown = attempt.rows[:_ROWS_MAX]
    for row in shown:
        words.append(f"{row.units:+d}" + (f" ({row.reference})" if row.reference else ""))
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
        words.append(f"({attempt.fault})")
    for name in ("balance", "fail_index", "entry"):
        if attempt.seen.get(name) is not None:
            words.append(f"{name.replace('_', ' ')} {attempt.seen[name]}")
    return " ".join(words)
