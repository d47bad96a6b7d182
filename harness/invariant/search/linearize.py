"""Decides whether one order of an account's operations explains every response.

The question. An account is a counter. Effects change it; reads and refusals say something about it.
Each operation took place at one instant of its interval. The history is linearizable if instants
can be chosen so that every response is the one that the counter gives in that order. Such an order
is a witness.

The method is just-in-time linearization: the tree search of Wing and Gong ("Testing and verifying
concurrent objects", Journal of Parallel and Distributed Computing 17, 1993) in the form of Lowe
("Testing for linearizability", Concurrency and Computation: Practice and Experience 29(4), 2017),
which applies an operation only when another one that ends next cannot do without it. The counter
allows these shortcuts:

1. Effects commute, so the balance depends on the set of applied effects alone. A configuration is
   that set, as a bit mask over the open operations, with the balance it implies.
2. Events are taken in order of time; at equal instants beginnings come first. When an operation
   ends, each configuration without it searches for open effects to apply before it, and then it.
3. An effect whose response shows a balance is applied only where that balance comes out, so it
   costs next to nothing. Effects that show none are applied at growing depth: 0, 1, 2, 3, any.
4. Reads and refusals change nothing. The first configuration in which one holds marks it as done.
5. An effect that may never have happened has no end. Of configurations that differ only in such
   effects, those with fewer of them applied dominate. One applied in every configuration is closed.
6. Of open effects that are equal in all but time, the one that ends first is applied first.

Soundness. FOUND comes with a witness at any depth. NONE comes only from a pass that left nothing
out (`_Pass.exhaustive`), and so from a contradiction: no false positive, as long as the intervals
are no narrower than the truth. A search above its limit is UNDECIDED, never NONE. The tests compare
it with a search of all orders.

Cost. Deciding this for a counter is NP-complete in general, hence the limit. With n operations, k
open at one time and C live configurations a pass costs O(n k C). C is 1 to 3 where the responses to
changes show balances, and up to 2 to the power of the open effects where only reads show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf

from harness.model.exchange import Amount

EFFECT, READ, REFUSAL = 0, 1, 2
CONFIGURATIONS_MAX = 20_000
"""How many configurations one step may look at before the search gives up."""
_DEPTHS = (0, 1, 2, 3, 1 << 30)
"""How many effects that show no balance a search may apply before the one it is for."""


class Witness(Enum):
    """Whether an order that explains all was found, none exists, or the search gave up."""

    FOUND = "found"
    NONE = "none"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Op:
    """One operation as the search sees it.

    kind      EFFECT, READ or REFUSAL
    units     the signed change of an effect, else 0
    balance   what a read shows, or the response to an effect right after it; None if nothing
    begin     the start of its interval; any unit of time
    end       the end of its interval, infinite for an effect that may never have happened
    least     a refusal holds while the balance is under it; an effect must leave it or more
    after     the position of an effect that must come first, as rows of a bulk do; -1 if none
    """

    kind: int
    units: int
    balance: Amount | None
    begin: float
    end: float
    least: float = -inf
    after: int = -1


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the search found, and the operation at which no configuration was left, if any."""

    witness: Witness
    stuck: int | None = None


class _LimitError(Exception):
    """A step looked at more configurations than allowed."""


_Step = tuple[int, int, Amount | None, float, int, int]
"""An effect to apply: bit, units, balance, least, cost in depth, bits that must be applied."""
_Observer = tuple[int, bool, float | Amount]
"""A read or refusal to mark as done: bit, whether it is a read, the balance it is about."""


def linearize(ops: Sequence[Op], start: Amount, limit: int = CONFIGURATIONS_MAX) -> SearchResult:
    """Return whether some order of the operations from the balance `start` explains them all.

    `limit` bounds the configurations that one step may look at; above it the result is UNDECIDED.
    """
    events = [(op.begin, 0, i) for i, op in enumerate(ops)]
    events += [(op.end, 1, i) for i, op in enumerate(ops) if op.end != inf]
    events.sort()
    result = SearchResult(Witness.UNDECIDED)
    for depth in range(len(_DEPTHS)):
        search = _Pass(ops, start, depth, limit)
        try:
            stuck = search.run(events)
        except _LimitError:
            return SearchResult(Witness.UNDECIDED)
        if stuck is None:
            return SearchResult(Witness.FOUND)
        result = SearchResult(Witness.NONE, stuck)
        if search.exhaustive:
            break
    return result


class _Pass:
    """One pass over the events; `exhaustive` stays true while no possibility is left out."""

    def __init__(self, ops: Sequence[Op], start: Amount, depth: int, limit: int) -> None:
        self.ops = ops
        self.chained = {i for i, op in enumerate(ops) if op.after >= 0}
        self.chained |= {ops[i].after for i in self.chained}
        self.depth = depth
        self.limit = limit
        self.bits: dict[int, int] = {}  # of the open operations
        self.showing: dict[int, None] = {}  # the effects among them whose response shows a balance
        self.unshown: dict[int, None] = {}  # the other effects; both in order of beginning
        self.free = [1 << k for k in range(62, -1, -1)]
        self.configurations: dict[int, Amount] = {0: start}
        self.observers: list[int] = []  # the open reads and refusals
        self.exhaustive = True

    def run(self, events: Sequence[tuple[float, int, int]]) -> int | None:
        """Take the events in order; return the operation at which no configuration was left."""
        for _, ends, i in events:
            if not ends:
                self._begin(i)
            elif not self._end(i):
                return i
        return None

    def _begin(self, i: int) -> None:
        if not self.free:
            self.free.append(1 << len(self.bits))
        bit = self.free.pop()
        self.bits[i] = bit
        op = self.ops[i]
        if op.kind == EFFECT:
            (self.unshown if op.balance is None else self.showing)[i] = None
            return
        self.observers.append(i)
        # It changes nothing, so it is marked in each configuration in which it holds.
        is_read, value = op.kind == READ, _balance_of(op)
        self.configurations = {
            (mask | bit if (balance == value if is_read else balance < value) else mask): balance
            for mask, balance in self.configurations.items()
        }

    def _end(self, i: int) -> bool:
        bit = self.bits[i]
        reached = {mask: balance for mask, balance in self.configurations.items() if mask & bit}
        if len(reached) < len(self.configurations):
            waiting = [one for one in self.configurations.items() if not one[0] & bit]
            if reached and not self.depth:
                self.exhaustive = False
            else:
                self._search(i, waiting, reached)
                if not reached:
                    return False
        self.configurations = {mask & ~bit: balance for mask, balance in reached.items()}
        self._leave(i)
        if len(self.configurations) > 1 and (optional := self._optional()):
            self.configurations = _undominated(self.configurations, optional)
        if len(self.configurations) == 1:
            self._close()
        return True

    def _search(
        self, i: int, waiting: list[tuple[int, Amount]], reached: dict[int, Amount]
    ) -> None:
        """Add to `reached` what the waiting configurations become by applying `i` last."""
        observers = [
            (self.bits[j], self.ops[j].kind == READ, _balance_of(self.ops[j]))
            for j in self.observers
        ]
        for depth in _DEPTHS[self.depth :]:
            # The effects that show no balance are costly to combine, and rarely needed.
            costly = _costly(self.ops, self.unshown, self.bits, self.chained, i) if depth else []
            steps = costly + self._known(i)
            _reach(waiting, self.bits[i], steps, observers, depth, self.limit, reached)
            most = len(costly) if depth else len(self.unshown) - (i in self.unshown)
            if depth >= most:
                return
            if reached:
                self.exhaustive = False
                return

    def _known(self, i: int) -> list[_Step]:
        """Return the steps without cost: the effects that show a balance, and `i`."""
        known: list[_Step] = []
        for j in (*self.showing, i) if i in self.unshown else self.showing:
            op = self.ops[j]
            need = self.bits.get(op.after, 0)
            known.append((self.bits[j], op.units, op.balance, op.least, 0, need))
        return known

    def _leave(self, i: int) -> None:
        self.free.append(self.bits.pop(i))
        if self.ops[i].kind != EFFECT:
            self.observers.remove(i)
        else:
            self.showing.pop(i, None)
            self.unshown.pop(i, None)

    def _optional(self) -> int:
        """Return the bits of the open effects that may never have happened."""
        open_ones = (j for j in self.bits if self.ops[j].end == inf)
        return sum(self.bits[j] for j in open_ones if j not in self.chained)

    def _close(self) -> None:
        """Close the effects without an end that the only configuration has applied."""
        ((mask, balance),) = self.configurations.items()
        if not mask:
            return
        gone = [j for j, bit in self.bits.items() if mask & bit and self.ops[j].end == inf]
        for j in gone:
            mask &= ~self.bits[j]
            self._leave(j)
        self.configurations = {mask: balance}


def _costly(
    ops: Sequence[Op], unshown: Iterable[int], bits: Mapping[int, int], chained: set[int], i: int
) -> list[_Step]:
    """Return as steps the open effects but `i` that show no balance.

    Of effects that are equal in all but time, each needs those that end before it.
    """
    costly: list[_Step] = []
    alike: dict[tuple[int, float], list[tuple[float, int]]] = {}
    goal = ops[i]
    for j in unshown:
        op, bit = ops[j], bits[j]
        if j == i:
            continue
        if j in chained:
            need = bits.get(op.after, 0)
            costly.append((bit, op.units, None, op.least, 1, need))
        else:
            alike.setdefault((op.units, op.least), []).append((op.end, bit))
    if goal.kind == EFFECT and goal.balance is None and i not in chained:
        alike.pop((goal.units, goal.least), None)
    for (units, least), same in alike.items():
        need = 0
        for _, bit in sorted(same):
            costly.append((bit, units, None, least, 1, need))
            need = bit
    return costly


def _undominated(configurations: Mapping[int, Amount], optional: int) -> dict[int, Amount]:
    """Return the configurations without those that apply needless effects out of `optional`."""
    alike: dict[tuple[int, Amount], list[int]] = {}
    for mask, balance in configurations.items():
        alike.setdefault((mask & ~optional, balance), []).append(mask & optional)
    kept: dict[int, Amount] = {}
    for (mask, balance), applied in alike.items():
        least: list[int] = []
        for one in sorted(applied, key=int.bit_count):
            if not any(other & one == other for other in least):
                least.append(one)
                kept[mask | one] = balance
    return kept


def _balance_of(op: Op) -> float | Amount:
    """Return the balance that a read shows, or the one that a refusal shows it to be under."""
    return op.least if op.kind == REFUSAL or op.balance is None else op.balance


def _reach(
    waiting: list[tuple[int, Amount]],
    goal: int,
    steps: list[_Step],
    observers: list[_Observer],
    depth: int,
    limit: int,
    reached: dict[int, Amount],
) -> None:
    """Add to `reached` the configurations with the bit `goal` that steps within `depth` lead to."""
    spent_least = {mask: 0 for mask, _ in waiting}
    stack = [(mask, balance, 0) for mask, balance in waiting]
    while stack:
        mask, balance, spent = stack.pop()
        for bit, units, shown, least, cost, need in steps:
            if mask & bit or mask & need != need:
                continue
            moved = balance + units
            if (shown is not None and shown != moved) or moved < least:
                continue
            if cost and spent >= depth:
                continue
            grown = mask | bit
            for observer, is_read, value in observers:
                if not grown & observer and (moved == value if is_read else moved < value):
                    grown |= observer
            if grown & goal:
                reached[grown] = moved
                continue
            if spent_least.get(grown, depth + 1) <= spent + cost:
                continue
            spent_least[grown] = spent + cost
            stack.append((grown, moved, spent + cost))
        if len(spent_least) > limit or len(reached) > limit:
            raise _LimitError
