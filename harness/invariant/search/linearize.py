"""Decides whether some order of effects explains every answer: a just-in-time linearization."""

# The order must place each operation at an instant of its interval. Effects commute, so the balance
# is a function of the set of effects applied so far; a configuration is that set, as a bit mask
# over the operations under way, with the balance it implies. Events are taken in order of time.
# When an operation ends, each configuration that has not applied it looks for effects under way to
# apply first. Effects without an answered balance are applied as rarely as possible: the first
# passes use few of them, and only a pass that left nothing out may say that there is no order.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf

EFFECT, READ, REFUSAL = 0, 1, 2
# How many effects without an answered balance a search may apply before the one it is after.
_DEPTHS = (0, 1, 2, 3, 1 << 30)
LIMIT = 20_000


class Order(Enum):
    """Whether an order exists, or the search gave up."""

    FOUND = "found"
    NONE = "none"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Op:
    """One operation as the search sees it.

    `units` is the signed change. `balance` is what a read shows, or an effect's answer shows after
    it (None: nothing). A refusal holds while the balance is under `least`; an effect may only leave
    `least` or more. `end` is infinite for an effect that may never have happened. `after` is the
    position of an effect that must come first, as rows of one bulk do, -1 if there is none.
    """

    kind: int
    units: int
    balance: int | None
    begin: float
    end: float
    least: float = -inf
    after: int = -1


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The outcome of the search, and the position of the operation that could not end, if any."""

    order: Order
    stuck: int | None = None


class _ExhaustedError(Exception):
    """The search went over its limit of configurations."""


Step = tuple[int, int, int | None, float, int, int]
Watch = tuple[int, bool, float]


def linearize(ops: Sequence[Op], start: int, limit: int = LIMIT) -> SearchResult:
    """Return whether some order of the operations from the balance `start` explains them all.

    `limit` bounds the configurations that one step may look at; above it the response is undecided.
    """
    events = [(op.begin, 0, i) for i, op in enumerate(ops)]
    events += [(op.end, 1, i) for i, op in enumerate(ops) if op.end != inf]
    # At equal times beginnings come first: such operations overlap.
    events.sort()
    response = SearchResult(Order.UNDECIDED)
    for depth in range(len(_DEPTHS)):
        run = _Run(ops, start, depth, limit)
        try:
            stuck = run.play(events)
        except _ExhaustedError:
            return SearchResult(Order.UNDECIDED)
        if stuck is None:
            return SearchResult(Order.FOUND)
        response = SearchResult(Order.NONE, stuck)
        if run.whole:
            return response
    return response


class _Run:
    """One pass over the events; `whole` stays true while no possibility was left out."""

    __slots__ = (
        "bits",
        "chained",
        "configurations",
        "depth",
        "free",
        "limit",
        "ops",
        "silent",
        "told",
        "watched",
        "whole",
    )

    def __init__(self, ops: Sequence[Op], start: int, depth: int, limit: int) -> None:
        self.ops = ops
        self.chained = {i for i, op in enumerate(ops) if op.after >= 0}
        self.chained |= {ops[i].after for i in self.chained}
        self.depth = depth
        self.limit = limit
        self.bits: dict[int, int] = {}  # of the operations under way
        self.told: dict[int, None] = {}  # the effects among them whose response shows a balance
        self.silent: dict[int, None] = {}  # and the others, each in order of beginning
        self.free = [1 << k for k in range(62, -1, -1)]
        self.configurations: dict[int, int] = {0: start}
        self.watched: list[int] = []  # the reads and refusals under way
        self.whole = True

    def play(self, events: Sequence[tuple[float, int, int]]) -> int | None:
        """Take the events in order; return the operation at which no configuration was left."""
        for _, ends, i in events:
            if not ends:
                self._begin(i)
            elif not self._end(i):
                return i
        return None

    def _begin(self, i: int) -> None:
        if not self.free:
            self.free.append(1 << (len(self.bits)))
        bit = self.free.pop()
        self.bits[i] = bit
        op = self.ops[i]
        if op.kind == EFFECT:
            (self.silent if op.balance is None else self.told)[i] = None
            return
        self.watched.append(i)
        # Looking changes nothing, so it is done at the first balance that allows it.
        is_read, value = op.kind == READ, _value(op)
        self.configurations = {
            (mask | bit if (balance == value if is_read else balance < value) else mask): balance
            for mask, balance in self.configurations.items()
        }

    def _end(self, i: int) -> bool:
        bit = self.bits[i]
        reached: dict[int, int] = {}
        waiting: list[tuple[int, int]] = []
        for mask, balance in self.configurations.items():
            if mask & bit:
                reached[mask] = balance
            else:
                waiting.append((mask, balance))
        if waiting:
            if reached and not self.depth:
                self.whole = False
            else:
                self._search(i, waiting, reached)
                if not reached:
                    return False
        self.configurations = {mask & ~bit: balance for mask, balance in reached.items()}
        self._leave(i)
        if len(self.configurations) > 1:
            self._drop_dominated()
        if len(self.configurations) == 1:
            self._retire()
        return True

    def _search(self, i: int, waiting: list[tuple[int, int]], reached: dict[int, int]) -> None:
        """Add to `reached` what the waiting configurations come to by applying `i` last."""
        watches = [
            (self.bits[j], self.ops[j].kind == READ, _value(self.ops[j])) for j in self.watched
        ]
        for depth in _DEPTHS[self.depth :]:
            # Looking through all that is under way is dear, and most often needless.
            costly = self._costly(i) if depth else []
            steps = costly + self._known(i)
            _reach(waiting, self.bits[i], steps, watches, depth, self.limit, reached)
            most = len(costly) if depth else len(self.silent) - (i in self.silent)
            if depth >= most:
                return
            if reached:
                self.whole = False
                return

    def _known(self, i: int) -> list[Step]:
        """Return what costs nothing as steps: effects with a response that fits rarely, and `i`."""
        known: list[Step] = []
        for j in (*self.told, i) if i in self.silent else self.told:
            op = self.ops[j]
            need = self.bits.get(op.after, 0)
            known.append((self.bits[j], op.units, op.balance, op.least, 0, need))
        return known

    def _costly(self, i: int) -> list[Step]:
        """Return as steps the effects under way without an answered balance, but `i`.

        Of effects alike in all but their time the one that ends first comes first, because the
        others could take its place.
        """
        costly: list[Step] = []
        alike: dict[tuple[int, float], list[tuple[float, int]]] = {}
        goal = self.ops[i]
        for j in self.silent:
            op, bit = self.ops[j], self.bits[j]
            if j == i:
                continue
            if j in self.chained:
                need = self.bits.get(op.after, 0)
                costly.append((bit, op.units, None, op.least, 1, need))
            else:
                alike.setdefault((op.units, op.least), []).append((op.end, bit))
        if goal.kind == EFFECT and goal.balance is None and i not in self.chained:
            alike.pop((goal.units, goal.least), None)
        for (units, least), same in alike.items():
            need = 0
            for _, bit in sorted(same):
                costly.append((bit, units, None, least, 1, need))
                need = bit
        return costly

    def _leave(self, i: int) -> None:
        self.free.append(self.bits.pop(i))
        if self.ops[i].kind != EFFECT:
            self.watched.remove(i)
        else:
            self.told.pop(i, None)
            self.silent.pop(i, None)

    def _drop_dominated(self) -> None:
        """Of configurations alike but for effects that may never happen keep the least ones."""
        optional = 0
        for j, bit in self.bits.items():
            if self.ops[j].end == inf and j not in self.chained:
                optional |= bit
        if not optional:
            return
        alike: dict[tuple[int, int], list[int]] = {}
        for mask, balance in self.configurations.items():
            alike.setdefault((mask & ~optional, balance), []).append(mask & optional)
        kept: dict[int, int] = {}
        for (mask, balance), used in alike.items():
            least: list[int] = []
            for one in sorted(used, key=int.bit_count):
                if not any(other & one == other for other in least):
                    least.append(one)
                    kept[mask | one] = balance
        self.configurations = kept

    def _retire(self) -> None:
        """Forget effects that may never happen but did in the only configuration left."""
        ((mask, balance),) = self.configurations.items()
        if not mask:
            return
        gone = [j for j, bit in self.bits.items() if mask & bit and self.ops[j].end == inf]
        for j in gone:
            mask &= ~self.bits[j]
            self._leave(j)
        self.configurations = {mask: balance}


def _value(op: Op) -> float:
    """Return the balance that a read shows, or the one that a refusal must be under."""
    return op.least if op.kind == REFUSAL or op.balance is None else op.balance


def _reach(
    waiting: list[tuple[int, int]],
    goal: int,
    steps: list[Step],
    watches: list[Watch],
    depth: int,
    limit: int,
    reached: dict[int, int],
) -> None:
    """Add to `reached` each configuration with the bit `goal` that steps of this cost lead to."""
    spent_least = {mask: 0 for mask, _ in waiting}
    stack = [(mask, balance, 0) for mask, balance in waiting]
    while stack:
        mask, balance, spent = stack.pop()
        for bit, units, answered, least, cost, need in steps:
            if mask & bit or mask & need != need:
                continue
            moved = balance + units
            if (answered is not None and answered != moved) or moved < least:
                continue
            if cost and spent >= depth:
                continue
            grown = mask | bit
            for watch, is_read, value in watches:
                if not grown & watch and (moved == value if is_read else moved < value):
                    grown |= watch
            if grown & goal:
                reached[grown] = moved
                continue
            if spent_least.get(grown, depth + 1) <= spent + cost:
                continue
            spent_least[grown] = spent + cost
            stack.append((grown, moved, spent + cost))
        if len(spent_least) > limit or len(reached) > limit:
            raise _ExhaustedError
