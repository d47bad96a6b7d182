"""Finds a small set of facts that no order explains, by weakening the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from harness.invariant.search.linearize import EFFECT, Op, Order, linearize

_LIMIT = 400
_TRIES_MAX = 120

Kept = dict[int, Op]


def minimal_core(ops: Sequence[Op], start: int, stuck: int) -> Kept:
    """Return the facts that contradict each other, by their position in `ops`.

    Nothing is taken away that moves points: an effect only becomes one that may never have
    happened, or loses its answered balance. Either keeps a possible history possible, so what is
    left is already a contradiction. `stuck` is the operation at which the search ended.
    Weakened effects are left out of the response; they were still allowed for.
    """
    deadline = ops[stuck].end
    facts = {i: op for i, op in enumerate(ops) if op.begin <= deadline}
    budget = [_TRIES_MAX]

    def holds(trial: Kept) -> bool:
        budget[0] -= 1
        return linearize(list(trial.values()), start, _LIMIT).order is Order.NONE

    if not holds(facts):
        return {i: op for i, op in facts.items() if op.end != inf}
    # Answers first: an effect that is certain but silent costs the search less than a doubtful one.
    facts = _weaken(facts, _silent, holds, budget)
    facts = _weaken(facts, _doubtful, holds, budget)
    return {i: op for i, op in facts.items() if op.end != inf}


def _silent(op: Op) -> Op | None:
    """Return the operation without what it answered; None for one that only looked."""
    return replace(op, balance=None) if op.kind == EFFECT else None


def _doubtful(op: Op) -> Op | None:
    """Return the operation as one that may never have happened; None for one that only looked."""
    return replace(op, balance=None, end=inf) if op.kind == EFFECT else None


def _weaken(
    facts: Kept,
    weaker: Callable[[Op], Op | None],
    holds: Callable[[Kept], bool],
    budget: list[int],
) -> Kept:
    """Weaken as many facts as possible, in halves first and one by one at the end."""
    size = max(1, len(facts) // 2)
    while size:
        keys = [i for i, op in facts.items() if op.end != inf and weaker(op) != op]
        for at in range(0, len(keys), size):
            if budget[0] <= 0:
                return facts
            chunk = set(keys[at : at + size])
            trial: Kept = {}
            for i, op in facts.items():
                weak = weaker(op) if i in chunk else op
                if weak is not None:
                    trial[i] = weak
            if holds(trial):
                facts = trial
        size //= 2
    return facts
