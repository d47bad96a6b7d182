"""Names what must have gone wrong where a balance is off by an amount that gives it away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.invariant.history.effects import NOT_SENT, REPEATED, Effect, is_void
from harness.invariant.history.evidence import calls_of
from harness.invariant.history.segments import Ledger
from harness.invariant.search.envelope import Off
from harness.model.history import Attempt

_PAIRS_MAX = 200


@dataclass(frozen=True, slots=True)
class Pattern:
    """A specific scenario that fits the numbers: its title, the fact behind it, and its calls."""

    title: str
    fact: str
    calls: tuple[Attempt, ...]


def name(effect: Effect) -> str:
    """Return what the effect is called: earn, burn or void."""
    if is_void(effect.attempts[0].call):
        return "void"
    return "earn" if effect.units > 0 else "burn"


def label(effect: Effect) -> str:
    """Return the effect in words with its reference: "earn of 5 units (r-1)"."""
    units = abs(effect.units)
    words = f"{name(effect)} of {units} unit{'' if units == 1 else 's'}"
    return f"{words} ({effect.reference})" if effect.reference else words


def lasting_pattern(ledger: Ledger, off: Off) -> Pattern | None:
    """Return the scenario of a balance that stays wrong, None if no amount gives it away."""
    return (
        _refused_applied(ledger, off)
        or _same_start(ledger.effects, off)
        or _lost(ledger, off)
        or _stale(ledger, off)
    )


def passing_pattern(ledger: Ledger, off: Off) -> Pattern | None:
    """Return what made a balance wrong for a while, None if no amount gives it away."""
    return _stale(ledger, off) or _same_start(ledger.effects, off) or _lost(ledger, off)


def repeat_pattern(ledger: Ledger, off: Off, *, voids: bool) -> Pattern | None:
    """Return the scenario that repeats, of voids or of all else, moved the balance again."""
    suspects = [
        (effect, spare)
        for effect in (*ledger.effects, *ledger.earlier)
        if is_void(effect.attempts[0].call) == voids
        and (spare := _spare_attempts(effect, ledger, off)) > 0
    ]
    if any(name(e) == "void" and e.units == -off.gap for e in _window(ledger.effects, off)):
        return None  # a void without effect leaves the same gap
    for effect, spare in suspects:
        times, rest = divmod(off.gap, effect.units) if effect.units else (0, 1)
        if rest == 0 and 0 < times <= spare:
            return _moved_again([effect], times)
    if len(suspects) <= _PAIRS_MAX:
        for pair in combinations([effect for effect, _ in suspects], 2):
            alike = (pair[0].units > 0) == (pair[1].units > 0)
            if alike and sum(effect.units for effect in pair) == off.gap:
                return _moved_again(list(pair), 2)
    if len(suspects) > 1 and sum(effect.units * spare for effect, spare in suspects) == off.gap:
        return _moved_again([effect for effect, _ in suspects], len(suspects))
    return None


def _spare_attempts(effect: Effect, ledger: Ledger, off: Off) -> int:
    """Return how many attempts beyond the first fell after the last right balance."""
    seen = [
        attempt
        for attempt in effect.attempts
        if attempt.reason != NOT_SENT and attempt.call.sent_ns <= off.sight.end_ns
    ]
    begin = off.good.begin_ns
    late = sum(
        attempt.call.done_ns is None or attempt.call.done_ns >= begin or not attempt.may_apply
        for attempt in seen
    )
    return min(len(seen) - 1, late)


def _moved_again(effects: list[Effect], times: int) -> Pattern:
    calls = calls_of(attempt for effect in effects for attempt in effect.attempts)
    what = "void" if name(effects[0]) == "void" else "reference"
    if len(effects) == 1:
        effect = effects[0]
        units = abs(effect.units)
        often = "once" if times == 1 else f"{times} times"
        title = f"A repeated {what} moved the balance by its {units} units {often} more"
        fact = f"the {label(effect)} was sent {len(effect.attempts)} times"
        return Pattern(title, fact, calls)
    listed = ", ".join(label(effect) for effect in effects[:4])
    return Pattern(
        f"Repeated {what}s moved the balance once more",
        f"sent more than once: {listed}" + (" and others" if len(effects) > 4 else ""),
        calls,
    )


def bulk_pattern(ledger: Ledger, off: Off, stops: dict[str, int]) -> Pattern | None:
    """Return the scenario that a bulk call did not apply exactly the rows before the one it names.

    `stops` maps the id of a bulk call to the position of the row it was refused at.
    """
    for call in ledger.stopped:
        if call.sent_ns > off.sight.end_ns:
            continue
        stop = stops[call.id]
        rows = [(i, row.units) for i, row in enumerate(call.rows) if row.account == ledger.account]
        after = [units for i, units in rows if i >= stop]
        before = [-units for i, units in rows if i < stop]
        if _part(after, off.gap):
            word = "A row at or after the refused one of a bulk call was applied"
        elif _part(before, off.gap):
            word = "A row before the refused one of a bulk call was not applied"
        else:
            continue
        fact = f"the call was refused at row {stop + 1} of {len(call.rows)}, counted from 1"
        return Pattern(word, fact, (call,))
    return None


def _part(units: Sequence[int], gap: int) -> bool:
    """Return whether some of the units, at least one, add up to the gap."""
    sums: set[int] = set()
    for one in units:
        sums |= {one, *(total + one for total in sums)}
        if len(sums) > 10_000:
            break
    return gap in sums


def _refused_applied(ledger: Ledger, off: Off) -> Pattern | None:
    for attempt in ledger.refused:
        if (
            attempt.row.units == off.gap
            and attempt.reason not in REPEATED
            and attempt.call.sent_ns <= off.sight.end_ns
            and (attempt.call.done_ns or off.good.begin_ns) >= off.good.begin_ns
        ):
            kind = "earn" if attempt.row.units > 0 else "burn"
            units = abs(attempt.row.units)
            return Pattern(
                f"A refused {kind} of {units} units moved the balance all the same",
                f"the {kind} was refused ({attempt.reason or 'no reason'}), so it has no effect",
                (attempt.call,),
            )
    return None


def _window(effects: Sequence[Effect], off: Off) -> Iterator[Effect]:
    """Yield the effects under way or ended between the last right balance and the wrong one."""
    for effect in effects:
        if effect.begin_ns <= off.sight.end_ns and (
            effect.end_ns is None or effect.end_ns >= off.good.begin_ns
        ):
            yield effect


def _same_start(effects: Sequence[Effect], off: Off) -> Pattern | None:
    known: dict[int, Effect] = {}
    for effect in _window(effects, off):
        if effect.balance is None or effect.units == 0:
            continue
        other = known.setdefault(effect.balance - effect.units, effect)
        if other is not effect and off.gap in (-effect.units, -other.units):
            return started_alike(other, effect)
    return None


def started_alike(one: Effect, other: Effect) -> Pattern:
    """Return the scenario of two effects that both took the same balance as their start."""
    base = other.balance - other.units if other.balance is not None else 0
    names = (
        f"{name(one)}s" if name(one) == name(other) else f"changes, {name(one)} and {name(other)},"
    )
    return Pattern(
        f"Two {names} both started from balance {base}, so one of them overwrote the other",
        f"the {label(one)} answered {one.balance}, the {label(other)} answered {other.balance}",
        calls_of((*one.attempts, *other.attempts)),
    )


def _lost(ledger: Ledger, off: Off) -> Pattern | None:
    certain = [e for e in _window(ledger.effects, off) if e.end_ns is not None and e.units]
    for effect in certain:
        if effect.units == -off.gap:
            units, kind = abs(effect.units), name(effect)
            side = "short" if off.gap < 0 else "above"
            article = "an" if kind == "earn" else "a"
            return Pattern(
                f"The balance is {side} by exactly the {units} units of {article} {kind}"
                " that was acknowledged",
                f"the {label(effect)} was acknowledged and is not in the balance",
                calls_of(effect.attempts),
            )
    if len(certain) <= _PAIRS_MAX // 2:
        for pair in combinations(certain, 2):
            if sum(effect.units for effect in pair) == -off.gap:
                return Pattern(
                    "The balance lacks exactly two changes that were acknowledged",
                    f"the {label(pair[0])} and the {label(pair[1])} are not in the balance",
                    calls_of((*pair[0].attempts, *pair[1].attempts)),
                )
    return None


def _stale(ledger: Ledger, off: Off) -> Pattern | None:
    """Return the scenario of a response that shows a balance of the past."""
    if off.sight.effect is not None:
        return None
    for effect in reversed(ledger.effects):
        if effect.end_ns is None or effect.end_ns >= off.sight.begin_ns or not effect.units:
            continue
        before = None if effect.balance is None else effect.balance - effect.units
        if off.sight.value == before or off.gap == -effect.units:
            kind = name(effect)
            late = (off.sight.begin_ns - effect.end_ns) / 1e6
            article = "an" if kind == "earn" else "a"
            return Pattern(
                f"A balance read shows the balance as before {article} {kind}"
                " that was already acknowledged",
                f"the {label(effect)} was acknowledged {late:.1f} ms before the read was sent",
                calls_of(effect.attempts),
            )
    return None
