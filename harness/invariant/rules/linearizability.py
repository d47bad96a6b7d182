"""One order of all calls, each within its time, explains every response of an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from math import inf

from harness.invariant.explain.diagnosis import label, started_alike
from harness.invariant.explain.finding import tell_finding
from harness.invariant.history.effects import Effect, Refusal, Sight
from harness.invariant.history.evidence import calls_of
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.search.core import minimal_core
from harness.invariant.search.envelope import Envelope
from harness.invariant.search.linearize import EFFECT, LIMIT, READ, REFUSAL, Op, Order, linearize
from harness.invariant.verdicts import PASS, SILENT, Ruling, each_account, fail, undecided
from harness.model.finding import Checked, Finding
from harness.model.history import Attempt

ID = "linearizable"
# An account that one search leaves undecided gets a wider one, but only so many of a history do.
_WIDER = 10
_WIDER_ACCOUNTS_MAX = 10
# Finding the least set of facts costs more than the verdict; later accounts do with the picture.
_CORES_MAX = 20
_CUTS_MAX = 8
_SILENT_MAX = 6
_LINES_MAX = 12

Fact = Effect | Sight | Refusal


def judge_order(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether each account's answers have an order, or that the search could not tell."""
    if prepared.promises.consistency != "linearizable":
        return
    wider_left, cores_left = _WIDER_ACCOUNTS_MAX, _CORES_MAX

    def rule(ledger: Ledger) -> Ruling:
        nonlocal wider_left, cores_left
        if not ledger.sights and not ledger.refusals:
            return SILENT
        facts, ops = _ops(ledger, prepared.promises.floor)
        response = linearize(ops, ledger.start.value)
        limit = LIMIT
        if response.order is Order.UNDECIDED and wider_left:
            wider_left -= 1
            limit *= _WIDER
            response = linearize(ops, ledger.start.value, limit)
        if response.order is Order.UNDECIDED:
            return undecided(
                f"the search for an order stopped at {limit} possibilities;"
                " too many calls were open or unknown at once"
            )
        if response.stuck is None:
            return PASS
        cores_left -= 1
        return fail(_finding(ledger, facts, ops, response.stuck, brief=cores_left < 0))

    yield from each_account(ID, prepared, explained, rule)


def _ops(ledger: Ledger, floor: int | None) -> tuple[list[Fact], list[Op]]:
    """Return the facts of the ledger, and the same as operations of the search."""
    facts: list[Fact] = []
    ops: list[Op] = []
    before = _predecessors(ledger.effects)
    for i, effect in enumerate(ledger.effects):
        least = floor if effect.floored and floor is not None else -inf
        end = inf if effect.end_ns is None else effect.end_ns
        facts.append(effect)
        after = before.get(i, -1)
        ops.append(Op(EFFECT, effect.units, effect.balance, effect.begin_ns, end, least, after))
    for sight in ledger.sights:
        if sight.effect is None:
            facts.append(sight)
            ops.append(Op(READ, 0, sight.value, sight.begin_ns, sight.end_ns))
    if floor is not None:
        for refusal in ledger.refusals:
            facts.append(refusal)
            least = floor - refusal.units
            ops.append(Op(REFUSAL, 0, None, refusal.begin_ns, refusal.end_ns, least))
    return facts, ops


def _predecessors(effects: Sequence[Effect]) -> dict[int, int]:
    """Return for rows of a bulk call the row of the account that comes before, by position.

    It holds where every attempt at the row came after an attempt at the other in the same call.
    """
    rows: dict[str, list[tuple[int, int]]] = {}
    for i, effect in enumerate(effects):
        for attempt in effect.attempts:
            if attempt.may_apply and len(attempt.call.rows) > 1:
                rows.setdefault(attempt.call.id, []).append((attempt.index, i))
    before: dict[int, set[int]] = {}
    for row in rows.values():
        row.sort()
        for (_, one), (_, other) in pairwise([(-1, -1), *row]):
            before.setdefault(other, set()).add(one)
    found = {}
    for i, ones in before.items():
        tries = sum(a.may_apply and len(a.call.rows) < 2 for a in effects[i].attempts)
        if len(ones) == 1 and not tries:
            found[i] = min(ones)
    return {
        i: one for i, one in found.items() if one >= 0 and one != i and not effects[one].doubtful
    }


def _finding(
    ledger: Ledger, facts: list[Fact], ops: list[Op], stuck: int, *, brief: bool
) -> Finding:
    start, begin, positions = _cut(ledger, ops, stuck)
    chosen = [replace(ops[i], after=-1) for i in positions]
    at = positions.index(stuck)
    core = {at: ops[stuck]} if brief else minimal_core(chosen, start, at)
    kept = [facts[positions[i]] for i in sorted(core, key=lambda i: chosen[i].begin)]
    answered = {id(facts[positions[i]]) for i, op in core.items() if op.balance is not None}
    lines = _lines(kept, answered)
    title, scenario = _scenario(kept, answered)
    deadline = ops[stuck].end
    drawn = [
        call
        for i in positions
        if ops[i].begin <= deadline and ops[i].end >= min(op.begin for op in core.values())
        for call in _calls(facts[i])
    ]
    calls = tuple(call for fact in kept for call in _calls(fact))
    return tell_finding(
        title,
        expected="an order of the calls, each within its time, that explains every response",
        seen="answers that contradict each other, whatever the order",
        calls=calls,
        facts=(
            *scenario,
            f"starting from the balance {start} {begin},"
            + (" no order leads to this:" if brief else " these cannot all be true:"),
            *(f"- {line}" for line in lines),
        ),
        drawn=drawn,
    )


def _cut(ledger: Ledger, ops: list[Op], stuck: int) -> tuple[int, str, list[int]]:
    """Return a late balance from which what follows is already impossible, and what follows.

    Effects that may still be on their way at that moment stay among what follows.
    """
    envelope = Envelope(ledger)
    deadline = ops[stuck].begin
    quiet = [s for s in ledger.sights if s.end_ns < deadline and envelope.quiet(s)]
    for sight in quiet[: -_CUTS_MAX - 1 : -1]:
        positions = [i for i, op in enumerate(ops) if op.begin > sight.end_ns or op.end == inf]
        if stuck not in positions:
            continue
        response = linearize([replace(ops[i], after=-1) for i in positions], sight.value)
        if response.order is Order.NONE:
            return sight.value, "that was answered then", positions
    return ledger.start.value, "at the start", list(range(len(ops)))


def _scenario(kept: list[Fact], answered: set[int]) -> tuple[str, tuple[str, ...]]:
    """Return a title for the contradiction, and the fact behind it where a pattern fits."""
    effects = [f for f in kept if isinstance(f, Effect) and id(f) in answered]
    for one, other in combinations(effects, 2):
        if _base(one) is not None and _base(one) == _base(other):
            pattern = started_alike(one, other)
            return pattern.title, (pattern.fact,)
    for fact in kept:
        if isinstance(fact, Sight):
            for effect in kept:
                if (
                    isinstance(effect, Effect)
                    and effect.end_ns is not None
                    and effect.end_ns < fact.begin_ns
                    and _base(effect) == fact.value
                ):
                    return (
                        "A balance read shows the balance as before a change already acknowledged",
                        (f"the {label(effect)} was acknowledged before the read was sent",),
                    )
    if any(isinstance(fact, Refusal) for fact in kept):
        return "A burn was refused for want of points at a time when no order allows it", ()
    if effects and not any(isinstance(fact, Sight) for fact in kept):
        return "The balances that changes were answered with contradict each other", ()
    return "No order of the calls explains the balances that were answered", ()


def _base(effect: Effect) -> int | None:
    return None if effect.balance is None else effect.balance - effect.units


def _lines(kept: list[Fact], answered: set[int]) -> list[str]:
    """Return the facts in words; many changes that only happened become one line."""
    silent = [f for f in kept if isinstance(f, Effect) and id(f) not in answered]
    if len(silent) <= _SILENT_MAX:
        lines = [_line(fact, id(fact) in answered) for fact in kept[:_LINES_MAX]]
        more = len(kept) - len(lines)
        return [*lines, *([f"{more} more answers of that time"] if more else [])]
    rest = {id(fact) for fact in silent}
    total = sum(effect.units for effect in silent)
    lines = [_line(fact, True) for fact in kept if id(fact) not in rest]
    return [*lines[:_LINES_MAX], f"{len(silent)} more changes happened, {total:+d} units together"]


def _line(fact: Fact, answered: bool) -> str:
    if isinstance(fact, Sight):
        return f"a balance of {fact.value} was answered"
    if isinstance(fact, Refusal):
        return f"a burn of {-fact.units} units was refused for want of points"
    shown = f" and was answered with the balance {fact.balance}" if answered else ""
    return f"the {label(fact)} happened{shown}"


def _calls(fact: Fact) -> tuple[Attempt, ...]:
    return calls_of(fact.attempts) if isinstance(fact, Effect) else (fact.call,)
