"""One order of all attempts, each within its interval, explains every response of an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from harness.invariant.explain.contradiction import TRIES, Fact, explain_contradiction
from harness.invariant.history.effects import Effect
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.rules.balances import merge_segments
from harness.invariant.search.linearize import (
    CONFIGURATIONS_MAX,
    EFFECT,
    READ,
    REFUSAL,
    Op,
    SearchResult,
    Witness,
    linearize,
)
from harness.invariant.verdicts import Judgement, failed, undecided
from harness.model.binding import Promises
from harness.model.verdict import Verdict

_WIDER_MAX = 10
_WIDER_TOTAL = 100
"""A search without a result is repeated up to 10 times wider; what all of them may cost together,
as a multiple of the first search, is divided evenly among them."""
_CORES_FULL = 20
_TRIES_MIN = 12
"""Likewise for the small sets of facts that explain a violation: 20 of them may cost their full
number of searches, more share that cost, and none is sought with less than 12 searches."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for a witness in a segment: the facts, the same as operations, and the result."""

    segment: Segment
    facts: Sequence[Fact]
    ops: Sequence[Op]
    result: SearchResult
    limit: int


def judge_linearizability(
    segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each account's responses have an order, or that the search did not decide it.

    What is said of an account depends on it and on the number of accounts in the same state alone.
    """
    if segmented.promises.consistency != "linearizable" or segmented.promises.balance_lag:
        return
    searches = [
        _search(segment, *_operations(segment, segmented.promises))
        for account, segments in segmented.segments.items()
        for segment in (segments if account not in explained else ())
        if segment.reads or segment.refusals
    ]
    open_ones = sum(one.result.witness is Witness.UNDECIDED for one in searches)
    wider = min(_WIDER_MAX, _WIDER_TOTAL // max(open_ones, 1))
    if open_ones and wider > 1:
        searches = [
            _search(one.segment, one.facts, one.ops, CONFIGURATIONS_MAX * wider)
            if one.result.witness is Witness.UNDECIDED
            else one
            for one in searches
        ]
    violated = sum(one.result.stuck is not None for one in searches)
    tries = min(TRIES, TRIES * _CORES_FULL // max(violated, 1))
    judged: dict[str, list[Judgement]] = {}
    for one in searches:
        judged.setdefault(one.segment.account, []).append(_judge(one, tries))
    yield from merge_segments(segmented, explained, judged)


def _search(
    segment: Segment, facts: Sequence[Fact], ops: Sequence[Op], limit: int = CONFIGURATIONS_MAX
) -> _Search:
    result = linearize(ops, segment.start.value, limit)
    if result.witness is Witness.FOUND:
        return _Search(segment, (), (), result, limit)  # nothing is asked of it again
    return _Search(segment, facts, ops, result, limit)


def _judge(search: _Search, tries: int) -> Judgement:
    segment, stuck = search.segment, search.result.stuck
    if search.result.witness is Witness.FOUND:
        return Judgement(segment.account, Verdict.PASS)
    if stuck is None:
        return undecided(
            segment.account,
            f"the search for an order stopped at {search.limit:,} possibilities;"
            " too many requests were open or unknown at one time",
        )
    tries = tries if tries >= _TRIES_MIN else 0
    finding = explain_contradiction(segment, search.facts, search.ops, stuck, tries=tries)
    return failed(segment.account, finding)


def _operations(segment: Segment, promises: Promises) -> tuple[list[Fact], list[Op]]:
    """Return the facts of the segment, and the same as operations of the search."""
    facts: list[Fact] = []
    ops: list[Op] = []
    # Rows that stand for themselves come in no order.
    before = {} if promises.bulk_failure == "each" else _predecessors(segment.effects)
    floor = promises.floor
    for i, effect in enumerate(segment.effects):
        least = floor if effect.floored and floor is not None else -inf
        end = inf if effect.end_ns is None else effect.end_ns
        after = before.get(i, -1)
        facts.append(effect)
        ops.append(Op(EFFECT, effect.units, effect.balance, effect.begin_ns, end, least, after))
    for read in segment.reads:
        if read.effect is None:
            facts.append(read)
            ops.append(Op(READ, 0, read.value, read.begin_ns, read.end_ns))
    if floor is not None:
        for refusal in segment.refusals:
            least = floor - refusal.units
            facts.append(refusal)
            ops.append(Op(REFUSAL, 0, None, refusal.begin_ns, refusal.end_ns, least))
    return facts, ops


def _predecessors(effects: Sequence[Effect]) -> dict[int, int]:
    """Return by position the account's row that comes first in every bulk that may apply a row."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for i, effect in enumerate(effects):
        for change in effect.changes:
            if change.may_apply and len(change.attempt.rows) > 1:
                rows.setdefault(change.attempt.id, []).append((change.index, i))
    before: dict[int, set[int]] = {}
    for row in rows.values():
        row.sort()
        for (_, one), (_, other) in pairwise([(-1, -1), *row]):
            before.setdefault(other, set()).add(one)
    found = {}
    for i, ones in before.items():
        alone = any(c.may_apply and len(c.attempt.rows) < 2 for c in effects[i].changes)
        one = min(ones)
        if len(ones) == 1 and not alone and one not in (-1, i) and not effects[one].doubtful:
            found[i] = one
    return found
