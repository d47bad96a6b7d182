"""A search of all orders, and random histories to compare the fast search with."""

from __future__ import annotations

import random
from math import inf

from harness.invariant.search.linearize import EFFECT, READ, REFUSAL, Op


def order_exists(ops: list[Op], start: int) -> bool:
    """Return whether some order explains all operations, by trying every one of them."""
    must = [i for i, op in enumerate(ops) if op.end != inf]
    seen: set[int] = set()

    def search(done: int, balance: int) -> bool:
        if done in seen:  # the balance is a function of the set
            return False
        if all(done >> i & 1 for i in must):
            return True
        seen.add(done)
        deadline = min((ops[i].end for i in must if not done >> i & 1), default=inf)
        for i, op in enumerate(ops):
            if done >> i & 1 or op.begin > deadline:
                continue
            if op.after >= 0 and not done >> op.after & 1:
                continue
            after = _after(op, balance)
            if after is not None and search(done | 1 << i, after):
                return True
        return False

    return search(0, start)


def _after(op: Op, balance: int) -> int | None:
    """Return the balance after the operation, None where it cannot happen."""
    if op.kind == READ:
        return balance if op.balance == balance else None
    if op.kind == REFUSAL:
        return balance if balance < op.least else None
    moved = balance + op.units
    if moved < op.least or (op.balance is not None and op.balance != moved):
        return None
    return moved


def random_history(rng: random.Random) -> tuple[list[Op], int]:
    """Return a small history, from a true order, half of them then changed."""
    count = rng.randint(1, 8)
    start = rng.choice([0, 0, 3, 10])
    units = rng.choice([[1], [1, 2], [1, 2, 5, 7]])
    hides_balance = rng.random() < 0.4
    reads = rng.choice([0.15, 0.5])
    span = rng.choice([4, 10, 30])
    balance = start
    ops: list[Op] = []
    for instant in sorted(rng.sample(range(5, 5 + 4 * count), count)):
        op, balance = _true_op(rng, balance, units, hides_balance, reads)
        begin = instant - rng.randint(0, span)
        end = instant + rng.randint(0, span)
        ops.append(Op(op.kind, op.units, op.balance, begin, end, op.least))
        if op.kind == EFFECT and rng.random() < 0.2:
            ops[-1] = Op(EFFECT, op.units, None, begin, inf, op.least)
            if rng.random() < 0.5:
                balance -= op.units
                balance = max(balance, 0)
    if rng.random() < 0.5:
        _change(rng, ops)
    rng.shuffle(ops)
    if rng.random() < 0.3:
        _chain(rng, ops)
    return ops, start


def _chain(rng: random.Random, ops: list[Op]) -> None:
    """Make some effects rows of one bulk, with one interval and an order."""
    rows = [i for i, op in enumerate(ops) if op.kind == EFFECT][: rng.randint(2, 4)]
    if len(rows) < 2:
        return
    begin = min(ops[i].begin for i in rows)
    end = inf if rng.random() < 0.4 else max(ops[i].begin + 6 for i in rows)
    for before, i in zip([-1, *rows], rows, strict=False):
        op = ops[i]
        balance = None if end == inf or i != rows[-1] else op.balance
        ops[i] = Op(EFFECT, op.units, balance, begin, end, op.least, before)


def _true_op(
    rng: random.Random, balance: int, units: list[int], hides_balance: bool, reads: float
) -> tuple[Op, int]:
    if rng.random() < reads:
        return Op(READ, 0, balance, 0, 0), balance
    amount = rng.choice(units)
    if rng.random() < 0.5:
        after = balance + amount
        return Op(EFFECT, amount, None if hides_balance else after, 0, 0), after
    if balance < amount:
        return Op(REFUSAL, 0, None, 0, 0, amount), balance
    after = balance - amount
    return Op(EFFECT, -amount, None if hides_balance else after, 0, 0, 0), after


def _change(rng: random.Random, ops: list[Op]) -> None:
    k = rng.randrange(len(ops))
    op = ops[k]
    if op.balance is not None and rng.random() < 0.7:
        ops[k] = Op(
            op.kind, op.units, op.balance + rng.choice([-2, -1, 1, 2]), op.begin, op.end, op.least
        )
    elif op.end != inf:
        width = op.end - op.begin
        begin = rng.randint(0, 40)
        ops[k] = Op(
            op.kind, op.units, op.balance, begin, begin + rng.randint(0, int(width)), op.least
        )
