"""The search agrees with a search of all orders, and gives up rather than guess."""

from __future__ import annotations

import random
from dataclasses import replace
from math import inf
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.invariant.search.linearize import EFFECT, READ, Op, Witness, linearize
from tests.invariant.oracle import order_exists, random_history


def test_the_search_agrees_with_brute_force_on_20_000_histories() -> None:
    """On random small histories, a good part of them impossible, both say the same."""
    rng = random.Random(20_261)
    found = {True: 0, False: 0}
    for _ in range(20_000):
        ops, start = random_history(rng)
        exists = order_exists(ops, start)
        found[exists] += 1
        expected = Witness.FOUND if exists else Witness.NONE
        assert linearize(ops, start).witness is expected, (ops, start)
    assert min(found.values()) > 3_000, "the histories are too much alike to prove anything"


@st.composite
def histories(draw: Any) -> tuple[list[Op], int]:
    """Draw a small history of effects, doubtful effects and reads."""
    start = draw(st.integers(0, 4))
    ops = []
    for _ in range(draw(st.integers(1, 6))):
        begin = draw(st.integers(0, 12))
        end = begin + draw(st.integers(0, 8))
        if draw(st.booleans()):
            ops.append(Op(READ, 0, draw(st.integers(0, 8)), begin, end))
            continue
        units = draw(st.integers(-3, 3))
        balance = draw(st.none() | st.integers(0, 8))
        doubtful = draw(st.integers(0, 3)) == 0
        least = 0 if units < 0 else -inf
        if doubtful:
            ops.append(Op(EFFECT, units, None, begin, inf, least))
        else:
            ops.append(Op(EFFECT, units, balance, begin, end, least))
    return ops, start


@settings(max_examples=400, deadline=None)
@given(histories())
def test_the_search_agrees_with_brute_force_on_drawn_histories(drawn: tuple[list[Op], int]) -> None:
    """Whatever is drawn, an order is found if and only if there is one."""
    ops, start = drawn
    assert (linearize(ops, start).witness is Witness.FOUND) == order_exists(ops, start)


@settings(max_examples=300, deadline=None)
@given(histories(), st.data())
def test_knowing_less_never_makes_a_history_impossible(
    drawn: tuple[list[Op], int], data: Any
) -> None:
    """A possible history stays possible when a response is forgotten or an interval grows."""
    ops, start = drawn
    if linearize(ops, start).witness is not Witness.FOUND:
        return
    k = data.draw(st.integers(0, len(ops) - 1))
    wide = replace(ops[k], begin=ops[k].begin - 3, end=ops[k].end + 3)
    assert linearize([*ops[:k], wide, *ops[k + 1 :]], start).witness is Witness.FOUND
    if ops[k].kind == EFFECT:
        plain = replace(ops[k], balance=None)
        assert linearize([*ops[:k], plain, *ops[k + 1 :]], start).witness is Witness.FOUND
    else:
        assert linearize([*ops[:k], *ops[k + 1 :]], start).witness is Witness.FOUND


def test_equal_times_overlap() -> None:
    """A read sent when the response of an earn arrives may still miss it."""
    ops = [Op(EFFECT, 5, 15, 0, 10), Op(READ, 0, 10, 10, 12)]
    assert linearize(ops, 10).witness is Witness.FOUND
    assert linearize([ops[0], replace(ops[1], begin=11)], 10).witness is Witness.NONE


def test_a_search_over_its_limit_is_undecided() -> None:
    """Many doubtful effects and an unreachable balance end in undecided, not in a verdict."""
    doubtful = [Op(EFFECT, 1 << k, None, 0, inf) for k in range(24)]
    ops = [*doubtful, Op(READ, 0, -1, 5, 6)]
    assert linearize(ops, 0, limit=1_000).witness is Witness.UNDECIDED


def test_more_than_63_attempts_may_be_open() -> None:
    """The search does not depend on the width of a machine word."""
    ops = [Op(EFFECT, 1, k + 1, 0, 1_000 + k) for k in range(150)]
    assert linearize(ops, 0).witness is Witness.FOUND
