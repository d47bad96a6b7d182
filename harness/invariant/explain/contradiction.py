"""Explains why no order exists: the smallest set of facts found that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from math import inf

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import describe_effect, diagnose_overwrite
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.effects import Effect, Read, Refusal
from harness.invariant.history.segments import Segment
from harness.invariant.search.envelope import Envelope
from harness.invariant.search.linearize import EFFECT, Op, Witness, linearize
from harness.model.exchange import Amount
from harness.model.history import Attempt
from harness.model.verdict import Finding

_CUTS_MAX = 8
_PLAIN_MAX = 6
_LINES_MAX = 12
_CONFIGURATIONS_MAX = 400
TRIES = 120
"""How many searches one core may cost; with fewer it is larger, and as true."""

Fact = Effect | Read | Refusal
_Ops = dict[int, Op]


def explain_contradiction(
    segment: Segment, facts: Sequence[Fact], ops: Sequence[Op], stuck: int, *, tries: int
) -> Finding:
    """Return the finding that no order explains the responses of a segment.

    `ops` are the facts as operations of the search, `stuck` is the one at which it ended, and
    `tries` is how many searches a small set of facts may cost, 0 to do without.
    """
    start, since, positions = _cut(segment, ops, stuck)
    chosen = [replace(ops[i], after=-1) for i in positions]
    at = positions.index(stuck)
    core = _minimal_core(chosen, start, at, tries) if tries else {at: ops[stuck]}
    kept = [facts[positions[i]] for i in sorted(core, key=lambda i: chosen[i].begin)]
    # The ids of the facts whose balance is part of the contradiction.
    shown = {id(facts[positions[i]]) for i, op in core.items() if op.balance is not None}
    title, causes = _diagnose(kept, shown)
    begin, deadline = min(op.begin for op in core.values()), ops[stuck].end
    overlapping = [
        attempt
        for i in positions
        if ops[i].begin <= deadline and ops[i].end >= begin
        for attempt in _attempts(facts[i])
    ]
    lines = _lines(kept, shown)
    conclusion = "no order leads to this:"
    if tries:
        conclusion = "these cannot all be true:" if len(lines) > 1 else "this cannot be true:"
    return build_finding(
        title,
        expected="one order of the requests, each within its interval, that explains all responses",
        seen="responses that contradict each other in every order",
        proof=tuple(attempt for fact in kept for attempt in _attempts(fact)),
        facts=(
            *causes,
            f"starting from the balance {start} {since}, {conclusion}",
            *(f"- {line}" for line in lines),
        ),
        context=overlapping,
    )


def _cut(segment: Segment, ops: Sequence[Op], stuck: int) -> tuple[Amount, str, list[int]]:
    """Return a late balance from which no order exists either, in words, and what may follow it."""
    envelope = Envelope(segment)
    deadline = ops[stuck].begin
    quiescent = [r for r in segment.reads if r.end_ns < deadline and envelope.quiescent(r)]
    for read in quiescent[: -_CUTS_MAX - 1 : -1]:
        positions = [i for i, op in enumerate(ops) if op.begin > read.end_ns or op.end == inf]
        if stuck not in positions:
            continue
        result = linearize([replace(ops[i], after=-1) for i in positions], read.value)
        if result.witness is Witness.NONE:
            return read.value, "that was read before", positions
    return segment.start.value, "at the start", list(range(len(ops)))


def _diagnose(kept: Sequence[Fact], shown: set[int]) -> tuple[str, tuple[str, ...]]:
    """Return a title for the contradiction, and the fact behind it where a cause is known."""
    effects = [fact for fact in kept if isinstance(fact, Effect) and id(fact) in shown]
    for one, other in combinations(effects, 2):
        if one.start is not None and one.start == other.start:
            diagnosis = diagnose_overwrite(one, other)
            return diagnosis.title, (diagnosis.fact,)
    reads = [fact for fact in kept if isinstance(fact, Read)]
    for read, effect in product(reads, (fact for fact in kept if isinstance(fact, Effect))):
        acknowledged = effect.end_ns is not None and effect.end_ns < read.begin_ns
        if acknowledged and effect.start == read.value:
            return (
                "A balance read shows the balance before a change that was already acknowledged",
                (f"the {describe_effect(effect)} was acknowledged before the read was sent",),
            )
    if any(isinstance(fact, Refusal) for fact in kept):
        return "A burn was refused for want of points at a time when no order allows it", ()
    if effects and not reads:
        return "The balances shown by the responses to changes contradict each other", ()
    return "No order of the requests explains the balances shown", ()


def _lines(kept: Sequence[Fact], shown: set[int]) -> list[str]:
    """Return the facts in words; many changes without a balance become one line."""
    plain = [fact for fact in kept if isinstance(fact, Effect) and id(fact) not in shown]
    if len(plain) <= _PLAIN_MAX:
        lines = [_line(fact, id(fact) in shown) for fact in kept[:_LINES_MAX]]
        more = len(kept) - len(lines)
        return [*lines, *([f"{counted(more, 'more response')} of that time"] if more else [])]
    left_out = {id(fact) for fact in plain}
    lines = [_line(fact, True) for fact in kept if id(fact) not in left_out]
    total = sum(effect.units for effect in plain)
    return [
        *lines[:_LINES_MAX],
        f"{counted(len(plain), 'more change')} happened, {total:+} units in total",
    ]


def _line(fact: Fact, shown: bool) -> str:
    if isinstance(fact, Read):
        return f"a balance of {fact.value} was read"
    if isinstance(fact, Refusal):
        return f"a burn of {counted(-fact.units, 'unit')} was refused for want of points"
    balance = f" and its response shows the balance {fact.balance}" if shown else ""
    return f"the {describe_effect(fact)} happened{balance}"


def _attempts(fact: Fact) -> tuple[Attempt, ...]:
    return fact.attempts if isinstance(fact, Effect) else (fact.attempt,)


def _minimal_core(ops: Sequence[Op], start: Amount, stuck: int, tries: int) -> _Ops:
    """Return facts that contradict each other, by their position in `ops`.

    An effect is never removed, because that would change the arithmetic. It is weakened: it loses
    its balance, or becomes one that may never have happened and is left out of the result. Either
    keeps a possible history possible, so one that stays impossible contradicts with fewer facts.
    """
    deadline = ops[stuck].end
    facts = {i: op for i, op in enumerate(ops) if op.begin <= deadline}
    tries -= 1
    if _impossible(facts, start):
        # Balances first: an effect that is certain but shows none costs the search less.
        for optional in (False, True):
            facts, tries = _weaken(facts, start, tries, optional=optional)
    return {i: op for i, op in facts.items() if op.end != inf}


def _impossible(facts: _Ops, start: Amount) -> bool:
    return linearize(list(facts.values()), start, _CONFIGURATIONS_MAX).witness is Witness.NONE


def _weakened(op: Op, optional: bool) -> Op | None:
    """Return an effect that shows no balance or is `optional`, None for any other operation."""
    if op.kind != EFFECT:
        return None
    return replace(op, balance=None, end=inf if optional else op.end)


def _weaken(facts: _Ops, start: Amount, tries: int, *, optional: bool) -> tuple[_Ops, int]:
    """Weaken as many facts as possible, in halves first; return them and the tries left."""
    size = max(1, len(facts) // 2)
    while size:
        keys = [i for i, op in facts.items() if op.end != inf and _weakened(op, optional) != op]
        for at in range(0, len(keys), size):
            if tries <= 0:
                return facts, tries
            chunk = set(keys[at : at + size])
            weakened = {i: _weakened(op, optional) if i in chunk else op for i, op in facts.items()}
            trial = {i: op for i, op in weakened.items() if op is not None}
            tries -= 1
            if _impossible(trial, start):
                facts = trial
        size //= 2
    return facts, tries
