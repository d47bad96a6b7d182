"""Finds a small set of facts that no order explains, by weakening all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from harness.invariant.search.linearize import EFFECT, Op, Witness, linearize

_LIMIT = 400
TRIES = 120
"""How many searches one core may cost; with fewer it is larger, and as true."""

Facts = dict[int, Op]


def minimal_core(ops: Sequence[Op], start: int, stuck: int, tries: int = TRIES) -> Facts:
    """Return facts that contradict each other, by their position in `ops`.

    An effect is never removed, because that would change the arithmetic. It is weakened: it loses
    its balance, or becomes one that may never have happened. Either keeps a possible history
    possible, so an impossible one that remains is a contradiction of fewer facts. Weakened effects
    are left out of the result. `stuck` is the operation at which the search ended.
    """
    deadline = ops[stuck].end
    facts = {i: op for i, op in enumerate(ops) if op.begin <= deadline}
    tries -= 1
    if _impossible(facts, start):
        # Balances first: an effect that is certain but shows none costs the search less.
        for weaken in (_without_balance, _optional):
            facts, tries = _weaken(facts, start, weaken, tries)
    return {i: op for i, op in facts.items() if op.end != inf}


def _impossible(facts: Facts, start: int) -> bool:
    return linearize(list(facts.values()), start, _LIMIT).witness is Witness.NONE


def _without_balance(op: Op) -> Op | None:
    """Return the operation without the balance in its response; None for one that has no effect."""
    return replace(op, balance=None) if op.kind == EFFECT else None


def _optional(op: Op) -> Op | None:
    """Return the operation as one that may never have happened; None for one without effect."""
    return replace(op, balance=None, end=inf) if op.kind == EFFECT else None


def _weaken(
    facts: Facts, start: int, weaken: Callable[[Op], Op | None], tries: int
) -> tuple[Facts, int]:
    """Weaken as many facts as possible, in halves first and one by one at the end.

    Return the facts, and how many tries are left.
    """
    size = max(1, len(facts) // 2)
    while size:
        keys = [i for i, op in facts.items() if op.end != inf and weaken(op) != op]
        for at in range(0, len(keys), size):
            if tries <= 0:
                return facts, tries
            chunk = set(keys[at : at + size])
            weakened = {i: weaken(op) if i in chunk else op for i, op in facts.items()}
            trial = {i: op for i, op in weakened.items() if op is not None}
            tries -= 1
            if _impossible(trial, start):
                facts = trial
        size //= 2
    return facts, tries
