"""Names the likely cause of a wrong balance, where the amount it is wrong by points to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.document.messages import counted, listed
from harness.invariant.history.changes import NOT_SENT, REPEATED, rows_done
from harness.invariant.history.effects import Effect
from harness.invariant.history.segments import Segment
from harness.invariant.search.envelope import Deviation
from harness.model.binding import Promises
from harness.model.exchange import Amount
from harness.model.history import Attempt

_PAIRS_MAX = 200
_SUMS_MAX = 10_000
_LISTED_MAX = 4


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause that fits the numbers: a title, the fact behind it, and the attempts that show it."""

    title: str
    fact: str
    attempts: tuple[Attempt, ...]


def describe_effect(effect: Effect) -> str:
    """Return the effect with its reference: "earn of 5 units (r-1)"."""
    words = f"{effect.kind} of {counted(abs(effect.units), 'unit')}"
    return f"{words} ({effect.reference})" if effect.reference else words


def diagnose_balance(segment: Segment, wrong: Deviation, *, lasting: bool) -> Diagnosis | None:
    """Return the cause of a balance that stays wrong, or was for a time; None if none is likely."""
    lasting_causes = (_refused_applied, _same_start, _lost, _stale)
    causes = lasting_causes if lasting else (_stale, _same_start, _lost)
    return next(filter(None, (cause(segment, wrong) for cause in causes)), None)


def diagnose_repeat(segment: Segment, wrong: Deviation, *, voids: bool) -> Diagnosis | None:
    """Return the diagnosis that repeats, of voids or of all else, changed the balance again."""
    suspects = [
        (effect, repeats)
        for effect in (*segment.effects, *segment.earlier)
        if (effect.kind == "void") == voids and (repeats := _repeats_since(effect, wrong)) > 0
    ]
    window = _window(segment.effects, wrong)
    if any(effect.kind == "void" and effect.units == -wrong.gap for effect in window):
        return None  # a void without effect leaves the same gap
    for effect, repeats in suspects:
        times, rest = divmod(wrong.gap, effect.units) if effect.units else (0, 1)
        if rest == 0 and 0 < times <= repeats:
            again = "again" if times == 1 else f"{times} more times"
            return Diagnosis(
                f"A repeated {_key_of(effect)} changed the balance {again}"
                f" by its {counted(abs(effect.units), 'unit')}",
                f"the {describe_effect(effect)} was sent {counted(len(effect.changes), 'time')}",
                effect.attempts,
            )
    effects = [effect for effect, _ in suspects]
    for one, other in combinations(effects, 2) if len(effects) <= _PAIRS_MAX else ():
        if (one.units > 0) == (other.units > 0) and one.units + other.units == wrong.gap:
            return _repeats_applied((one, other))
    if len(effects) > 1 and sum(effect.units * count for effect, count in suspects) == wrong.gap:
        return _repeats_applied(effects)
    return None


def _repeats_since(effect: Effect, wrong: Deviation) -> int:
    """Return how many changes beyond the first may have been applied after the last right read."""
    sent = [
        change
        for change in effect.changes
        if change.reason != NOT_SENT and change.attempt.sent_ns <= wrong.read.end_ns
    ]
    ends = ((change.attempt.done_ns, change.may_apply) for change in sent)
    late = sum(not may or end is None or end >= wrong.trusted.begin_ns for end, may in ends)
    return min(len(sent) - 1, late)


def _repeats_applied(effects: Sequence[Effect]) -> Diagnosis:
    described = [describe_effect(effect) for effect in effects]
    return Diagnosis(
        f"Repeated {_key_of(effects[0])}s changed the balance again",
        f"sent more than once: {listed(described, _LISTED_MAX)}",
        tuple(attempt for effect in effects for attempt in effect.attempts),
    )


def _key_of(effect: Effect) -> str:
    return "void" if effect.kind == "void" else "reference"


def diagnose_price(
    segment: Segment, wrong: Deviation, prices: Mapping[str, str]
) -> Diagnosis | None:
    """Return the diagnosis that purchases moved other units than their price.

    None if anything else moved units since the last right balance, or if the purchases are missing
    from the balance or counted several times: that is no price.
    """
    bought = list(_window(segment.effects, wrong))
    names = {effect.changes[0].attempt.verb or "" for effect in bought}
    if len(names) != 1 or not names <= prices.keys() or any(one.end_ns is None for one in bought):
        return None
    (name,), units = names, bought[0].units
    extra = wrong.gap // len(bought)
    cost = units + extra
    if extra * len(bought) != wrong.gap or extra % units == 0 or (cost > 0) != (units > 0):
        return None
    moved = counted(max(cost, -cost), "unit")
    return Diagnosis(
        f"The verb {name} moved {moved} instead of its price of {abs(units)}",
        f"the target says by {prices[name]} that the price is {abs(units)}",
        tuple(attempt for effect in bought for attempt in effect.attempts),
    )


def diagnose_bulk(segment: Segment, wrong: Deviation, promises: Promises) -> Diagnosis | None:
    """Return the diagnosis that a bulk request did other rows than its response says."""
    words = _BULKS[promises.bulk_failure]
    for attempt in segment.partial:
        done = rows_done(attempt, promises)
        if done is None or attempt.sent_ns > wrong.read.end_ns:
            continue
        rows = [(i, r.units) for i, r in enumerate(attempt.rows) if r.account == segment.account]
        if _some_add_up([units for i, units in rows if i not in done], wrong.gap):
            title = words.applied
        elif _some_add_up([-units for i, units in rows if i in done], wrong.gap):
            title = words.missing
        else:
            continue
        total = len(attempt.rows)
        fact = words.fact.format(next=len(done) + 1, refused=total - len(done), total=total)
        return Diagnosis(title, fact, (attempt,))
    return None


@dataclass(frozen=True, slots=True)
class _BulkWords:
    """What is said of a bulk that did rows too many, or too few, and of its response."""

    applied: str
    missing: str
    fact: str


_BULKS = {
    "prefix": _BulkWords(
        "A bulk request applied its refused row or one after it",
        "A bulk request did not apply a row before its refused row",
        "the request was refused at row {next} of {total}",
    ),
    "each": _BulkWords(
        "A bulk request applied a row that it reports as refused",
        "A bulk request did not apply a row that it reports as done",
        "its response reports {refused} of {total} rows as refused",
    ),
    "atomic": _BulkWords(
        "A refused bulk request applied some of its rows",
        "",
        "the request with {total} rows was refused as a whole",
    ),
}
"""The words by the promise `bulk_failure`."""


def _some_add_up(units: Sequence[int], gap: Amount) -> bool:
    """Return whether some of the units, at least one, add up to the gap."""
    sums: set[int] = set()
    for one in units:
        sums |= {one, *(total + one for total in sums)}
        if len(sums) > _SUMS_MAX:
            break
    return gap in sums


def _refused_applied(segment: Segment, wrong: Deviation) -> Diagnosis | None:
    since = wrong.trusted.begin_ns
    for change in segment.refused:
        in_time = change.attempt.sent_ns <= wrong.read.end_ns
        in_time = in_time and (change.attempt.done_ns or since) >= since
        if in_time and change.row.units == wrong.gap and change.reason not in REPEATED:
            kind = "earn" if change.row.units > 0 else "burn"
            reason = f" ({change.reason})" if change.reason else ""
            return Diagnosis(
                f"A refused {kind} of {counted(abs(change.row.units), 'unit')} changed the balance",
                f"the {kind} was refused{reason}, so it must have no effect",
                (change.attempt,),
            )
    return None


def _window(effects: Sequence[Effect], wrong: Deviation) -> Iterator[Effect]:
    """Yield the effects open or ended between the last right read and the wrong one."""
    for effect in effects:
        if effect.begin_ns <= wrong.read.end_ns and (
            effect.end_ns is None or effect.end_ns >= wrong.trusted.begin_ns
        ):
            yield effect


def _same_start(segment: Segment, wrong: Deviation) -> Diagnosis | None:
    known: dict[Amount, Effect] = {}
    for effect in _window(segment.effects, wrong):
        if effect.start is None or effect.units == 0:
            continue
        other = known.setdefault(effect.start, effect)
        if other is not effect and wrong.gap in (-effect.units, -other.units):
            return diagnose_overwrite(other, effect)
    return None


def diagnose_overwrite(one: Effect, other: Effect) -> Diagnosis:
    """Return the diagnosis that two effects both started from the same balance."""
    both = f"Two {one.kind}s" if one.kind == other.kind else f"One {one.kind} and one {other.kind}"
    return Diagnosis(
        f"{both} both started from the balance {other.start}, so one overwrote the other",
        f"the {describe_effect(one)} returned the balance {one.balance},"
        f" the {describe_effect(other)} returned {other.balance}",
        (*one.attempts, *other.attempts),
    )


def _lost(segment: Segment, wrong: Deviation) -> Diagnosis | None:
    certain = [e for e in _window(segment.effects, wrong) if e.end_ns is not None and e.units]
    for effect in certain:
        if effect.units == -wrong.gap:
            side = "low" if wrong.gap < 0 else "high"
            units = counted(abs(effect.units), "unit")
            return Diagnosis(
                f"The balance is too {side} by exactly the {units}"
                f" of an acknowledged {effect.kind}",
                f"the {describe_effect(effect)} was acknowledged and is not in the balance",
                effect.attempts,
            )
    for one, other in combinations(certain, 2) if len(certain) <= _PAIRS_MAX // 2 else ():
        if one.units + other.units == -wrong.gap:
            return Diagnosis(
                "The balance lacks exactly two acknowledged changes",
                f"the {describe_effect(one)} and the {describe_effect(other)}"
                " are not in the balance",
                (*one.attempts, *other.attempts),
            )
    return None


def _stale(segment: Segment, wrong: Deviation) -> Diagnosis | None:
    """Return the diagnosis that a read shows a balance of the past."""
    if wrong.read.effect is not None:
        return None
    for effect in reversed(segment.effects):
        if effect.end_ns is None or effect.end_ns >= wrong.read.begin_ns or not effect.units:
            continue
        if wrong.read.value == effect.start or wrong.gap == -effect.units:
            article = "an" if effect.kind == "earn" else "a"
            elapsed = (wrong.read.begin_ns - effect.end_ns) / 1e6
            return Diagnosis(
                f"A balance read shows the balance before {article} {effect.kind}"
                " that was already acknowledged",
                f"the {describe_effect(effect)} was acknowledged {elapsed:.1f} ms"
                " before the read was sent",
                effect.attempts,
            )
    return None
