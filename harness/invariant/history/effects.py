"""Turns attempts on the wire into effects: one for each reference, with the interval it fell in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from harness.invariant.history.duplicates import is_copy
from harness.model.binding import Promises
from harness.model.exchange import Row
from harness.model.history import Attempt
from harness.model.verdict import Outcome

NOT_ENOUGH = "not_enough_points"
# Reasons that say: this was done before.
REPEATED = frozenset({"duplicate", "already_voided"})
NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class RowAttempt:
    """One row of one call with the outcome of that row alone.

    `balance` is what the response shows for the account right after the row, None if it is silent.
    """

    call: Attempt
    index: int
    row: Row
    outcome: Outcome
    reason: str | None = None
    balance: int | None = None

    @property
    def may_apply(self) -> bool:
        """Whether the attempt moved points, or may have."""
        return self.outcome is not Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of one account that happened, or may have, at an instant of its interval.

    `units` is signed. `end_ns` is the earliest answer that proves it, None when none does: then it
    may never happen, and may happen later. `balance` is the account's balance right after it.
    `floored` effects are refused by a correct server rather than let the balance under the floor.
    A `doubtful` one may be missing even where its call was obeyed, because its reference was also
    sent with another payload.
    """

    account: str
    units: int
    begin_ns: int
    end_ns: int | None
    balance: int | None
    reference: str | None
    attempts: tuple[RowAttempt, ...]
    floored: bool
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """A balance that was answered: the account held `value` at an instant of the interval.

    With an `effect` the instant is the one right after that effect.
    """

    account: str
    value: int
    begin_ns: int
    end_ns: int
    call: Attempt
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A burn refused for want of points: at an instant the balance did not cover `units` (< 0)."""

    account: str
    units: int
    begin_ns: int
    end_ns: int
    call: Attempt


@dataclass(frozen=True, slots=True)
class Settled:
    """What all attempts at one logical operation come to.

    `contested` names the accounts of which nothing can be said, because different payloads went out
    under one reference at the same time.
    """

    effects: tuple[Effect, ...] = ()
    sights: tuple[Sight, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    contested: frozenset[str] = frozenset()


def is_void(call: Attempt) -> bool:
    """Return whether the call undoes an earlier entry."""
    return call.verb is not None and call.verb.split("_")[0] == "void"


def whole(value: object) -> int | None:
    """Return the value if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def stopped_at(call: Attempt, promises: Promises) -> int | None:
    """Return the position of the row at which a refused bulk stopped, None if it names no row.

    Positions count from 0 and may lie outside the rows when the response is wrong.
    """
    index = whole(call.seen.get("fail_index"))
    if index is None or promises.bulk_failure != "prefix" or call.outcome is not Outcome.REFUSED:
        return None
    return index - promises.index_base


def attempts_of(call: Attempt, rows: tuple[Row, ...], promises: Promises) -> Iterator[RowAttempt]:
    """Yield one attempt for each row that the call may have reached."""
    if call.outcome is not Outcome.REFUSED:
        last = {row.account: index for index, row in enumerate(rows)}
        for index, row in enumerate(rows):
            balance = (
                answered_balance(call, row.account, len(last))
                if last[row.account] == index
                else None
            )
            yield RowAttempt(call, index, row, call.outcome, call.reason, balance)
        return
    stop = stopped_at(call, promises)
    if stop is None:
        reason = call.reason if len(rows) == 1 else None
        for index, row in enumerate(rows):
            yield RowAttempt(call, index, row, Outcome.REFUSED, reason)
    elif not 0 <= stop < len(rows):
        # The response contradicts itself; every row is left open, so that nothing is built on it.
        for index, row in enumerate(rows):
            yield RowAttempt(call, index, row, Outcome.UNKNOWN, call.reason)
    else:
        for index, row in enumerate(rows[:stop]):
            yield RowAttempt(call, index, row, Outcome.OK)
        yield RowAttempt(call, stop, rows[stop], Outcome.REFUSED, call.reason)


def answered_balance(call: Attempt, account: str, accounts: int) -> int | None:
    """Return the balance that an ok answer shows for the account, None where it is not clear."""
    if call.outcome is not Outcome.OK:
        return None
    balances = call.seen.get("balances")
    if isinstance(balances, Mapping) and account in balances:
        return whole(balances[account])
    return whole(call.seen.get("balance")) if accounts == 1 else None


def settle(attempts: list[RowAttempt], promises: Promises) -> Settled:
    """Return what the attempts at one logical operation come to; they are sorted by `sent_ns`."""
    if len(attempts) == 1:
        return _settle_single(attempts[0])
    payloads: dict[tuple[str, int], list[RowAttempt]] = {}
    for attempt in attempts:
        payloads.setdefault((attempt.row.account, attempt.row.units), []).append(attempt)
    refusals = tuple(_refusals(attempts))
    if len(payloads) == 1:
        effect, sights = _settle_repeats(attempts, promises)
        return Settled((effect,) if effect else (), sights, refusals)
    return _settle_payloads(list(payloads.values()), refusals, promises)


def _settle_single(attempt: RowAttempt) -> Settled:
    call, row = attempt.call, attempt.row
    if not attempt.may_apply:
        return Settled(refusals=tuple(_refusals([attempt])))
    end = call.done_ns if attempt.outcome is Outcome.OK else None
    effect = _effect([attempt], call.sent_ns, end, attempt.balance)
    if end is None or attempt.balance is None:
        return Settled((effect,))
    return Settled(
        (effect,), (Sight(row.account, attempt.balance, call.sent_ns, end, call, effect),)
    )


def _effect(attempts: list[RowAttempt], begin: int, end: int | None, balance: int | None) -> Effect:
    row = attempts[0].row
    return Effect(
        account=row.account,
        units=row.units,
        begin_ns=begin,
        end_ns=end,
        balance=balance,
        reference=row.reference,
        attempts=tuple(attempts),
        floored=row.units < 0 and not is_void(attempts[0].call),
    )


def _settle_repeats(
    attempts: list[RowAttempt], promises: Promises
) -> tuple[Effect | None, tuple[Sight, ...]]:
    """Return the one effect of attempts with one payload, and what their answers show of it."""
    moving = [attempt for attempt in attempts if attempt.may_apply]
    if not moving:
        return None, ()
    end = min(_proofs(attempts), default=None)
    begin = moving[0].call.sent_ns
    first = moving[0]
    clear = first.outcome is Outcome.OK and not any(
        other.call is not first.call and _sent_before(other, first.call.done_ns)
        for other in moving[1:]
    )
    effect = _effect(attempts, begin, end, first.balance if clear else None)
    sights = list(_repeat_sights(moving, effect, clear)) if _responses_repeats(promises) else []
    if effect.balance is not None and first.call.done_ns is not None:
        sights.append(
            Sight(effect.account, effect.balance, begin, first.call.done_ns, first.call, effect)
        )
    return effect, tuple(sights)


def _responses_repeats(promises: Promises) -> bool:
    return promises.repeat in ("same", "ignored", "refused")


def _sent_before(attempt: RowAttempt, instant: int | None) -> bool:
    return instant is None or attempt.call.sent_ns <= instant


def _proofs(attempts: list[RowAttempt]) -> Iterator[int]:
    """Yield the ends of the responses after which the effect is certain."""
    for attempt in attempts:
        end = attempt.call.done_ns
        if end is None:
            continue
        if attempt.outcome is Outcome.OK or (
            attempt.reason in REPEATED
            and attempt.outcome is Outcome.REFUSED
            and _done_before(attempt, attempts)
        ):
            yield end


def _done_before(repeat: RowAttempt, attempts: list[RowAttempt]) -> bool:
    """Return whether "duplicate" can only mean that an earlier attempt of ours moved points.

    It may also echo an attempt that is under way, or a refusal that a server remembers.
    """
    earlier = [a for a in attempts if a is not repeat and _sent_before(a, repeat.call.done_ns)]
    remembered = any(
        not a.may_apply and a.reason not in REPEATED and a.reason != NOT_SENT for a in earlier
    )
    closed = any(
        a.may_apply and a.call.done_ns is not None and a.call.done_ns < repeat.call.sent_ns
        for a in earlier
    )
    return closed and not remembered


def _repeat_sights(moving: list[RowAttempt], effect: Effect, clear: bool) -> Iterator[Sight]:
    """Yield the balances that repeats show, each with the widest interval it can speak of.

    A repeat may show the balance after the effect, as the first response did, or the present one.
    """
    for attempt in moving[1:] if clear else moving:
        value, end = attempt.balance, attempt.call.done_ns
        if value is None or end is None or value == effect.balance:
            continue
        begin = attempt.call.sent_ns if effect.balance is not None else effect.begin_ns
        yield Sight(effect.account, value, begin, end, attempt.call)


def _refusals(attempts: Iterable[RowAttempt]) -> Iterator[Refusal]:
    """Yield the refusals for want of points.

    A server may remember a refusal and give it again, so each speaks of the time since the first.
    """
    begin: int | None = None
    for attempt in attempts:
        call, row = attempt.call, attempt.row
        begin = call.sent_ns if begin is None else min(begin, call.sent_ns)
        if (
            attempt.outcome is Outcome.REFUSED
            and attempt.reason == NOT_ENOUGH
            and row.units < 0
            and call.done_ns is not None
        ):
            yield Refusal(row.account, row.units, begin, call.done_ns, call)


def _settle_payloads(
    groups: list[list[RowAttempt]], refusals: tuple[Refusal, ...], promises: Promises
) -> Settled:
    """Return what one reference with several payloads comes to: the first acknowledged one wins."""
    settled = [(group, *_settle_repeats(group, promises)) for group in groups]
    acknowledged = [
        (effect.end_ns, effect, sights)
        for _, effect, sights in settled
        if effect is not None and effect.end_ns is not None
    ]
    if not acknowledged:
        open_ones = [replace(e, doubtful=True) for _, e, _ in settled if e is not None]
        return Settled(tuple(open_ones), (), refusals)
    won_ns, winner, sights = min(acknowledged, key=lambda item: item[0])
    losers = [effect for _, effect, _ in settled if effect is not None and effect is not winner]
    rivals = {effect.account for effect in losers if effect.begin_ns <= won_ns}
    if rivals and _by_copies(losers, won_ns):
        # Whether a copy came first nobody can tell; either may have counted, and no more is known.
        either = (replace(e, end_ns=None, balance=None, doubtful=True) for e in (winner, *losers))
        return Settled(tuple(either), (), refusals)
    if rivals:
        return Settled((), (), refusals, frozenset(rivals | {winner.account}))
    # Whether a reference is known to one account or to all is not promised: elsewhere it may count.
    elsewhere = [
        replace(loser, end_ns=None, balance=None, doubtful=True)
        for loser in losers
        if loser.account != winner.account
    ]
    return Settled((winner, *elsewhere), sights, refusals)


def _by_copies(losers: Iterable[Effect], won_ns: int) -> bool:
    """Return whether only second deliveries can have come before the acknowledged payload."""
    return all(
        is_copy(attempt.call)
        for loser in losers
        if loser.begin_ns <= won_ns
        for attempt in loser.attempts
        if attempt.may_apply
    )
