"""Turns the attempts at each logical operation into effects: one per reference, with its interval.

The idea. A client cannot see when a server changes a balance. It sees when a request was sent and
when its response ended, and the change fell somewhere between the two: its interval. It may not
even know whether there was a change. All that the invariants conclude rests on this reduction, and
it errs on one side only: an interval may be too wide and a certain effect may be called possible,
never the other way round. So what contradicts the effects contradicts the vendor's promises.

Several attempts are one logical operation if they carry the same reference and the vendor promises
that a reference counts once, or if they void the same entry. Per logical operation:

    case                                          effect     interval                   certain
    --------------------------------------------  ---------  -------------------------  -------
    one attempt, ok                               its units  sent .. done               yes
    one attempt, unknown                          its units  sent .. never ends         no
    one attempt, refused                          none       -                          yes
    refused for want of points                    none; a Refusal: the balance was too small at
                                                  an instant since the first attempt was sent
    repeats, at least one ok                      once       first sent .. first ok     yes
    repeats, all unknown                          once       first sent .. never ends   no
    repeats, a later one refused as a duplicate,  once       first sent .. its done     yes
      an earlier possible one had ended
    bulk refused at row i, prefix promised        rows < i   sent .. done               yes
      ... row i                                   none       -                          yes
      ... rows > i                                not reached: no change at all
      ... i is not one of the rows                all rows   sent .. never ends         no
    bulk with a result by row, ok                 each row as one attempt with the row's outcome
      ... and the bulk refused                    rows ok    sent .. never ends         no
      ... and not one result by row               all rows   sent .. never ends         no
    one reference, several payloads:
      one acknowledged before any rival was sent  the winner's; a rival on another account may count
      rivals overlap                              the accounts are contested and not judged
      ... and the rivals are duplicates only      either     sent .. never ends         no
      none acknowledged                           each       sent .. never ends         no

    a reference that may be forgotten: each       its units  sent, and not before it   no
      attempt that may arrive only then, besides             can be forgotten .. never

Equal instants count as overlap. A response that shows a balance also yields a `Read`: after an
effect the instant right behind it, in a repeat the effect's own balance or the current one.

Where balances may lag, an interval that ends is longer by the lag, so that a read need not show the
effect before, and only requests for the balance are reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.invariant.history.changes import (
    NOT_ENOUGH,
    NOT_SENT,
    REPEATED,
    Change,
    arrives_before,
    first_forgotten_ns,
    is_void,
)
from harness.invariant.history.duplicates import is_duplicate
from harness.model.binding import Promises
from harness.model.exchange import Amount
from harness.model.history import Attempt
from harness.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of one account that happened, or may have, at an instant of its interval.

    units      signed: positive for a credit
    end_ns     the earliest end of a response that proves it; None if none does: it may never
               happen, or later
    balance    the account's balance right after it, None if no response shows it
    changes    all that was asked for under its key, refused repeats included
    floored    a correct server refuses it rather than let the balance fall under the floor
    doubtful   may be missing although its attempt succeeded: another payload had its reference
    """

    account: str
    units: int
    begin_ns: int
    end_ns: int | None
    balance: Amount | None
    reference: str | None
    changes: tuple[Change, ...]
    floored: bool
    doubtful: bool = False

    @property
    def kind(self) -> str:
        """What it is: earn, burn or void."""
        if is_void(self.changes[0].attempt):
            return "void"
        return "earn" if self.units > 0 else "burn"

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts of its changes."""
        return tuple(change.attempt for change in self.changes)

    @property
    def start(self) -> Amount | None:
        """The balance it started from, None if its response shows no balance."""
        return None if self.balance is None else self.balance - self.units


@dataclass(frozen=True, slots=True)
class Read:
    """A balance that a response showed: the account held `value` at an instant of the interval.

    With an `effect` that instant is the one right after the effect.
    """

    account: str
    value: Amount
    begin_ns: int
    end_ns: int
    attempt: Attempt
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A burn refused for want of points: at an instant the balance did not cover `units` (< 0)."""

    account: str
    units: int
    begin_ns: int
    end_ns: int
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the attempts at one logical operation amount to; `contested` accounts are not judged."""

    effects: tuple[Effect, ...] = ()
    reads: tuple[Read, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    contested: frozenset[str] = frozenset()


def resolve(changes: list[Change], promises: Promises) -> Resolution:
    """Return what the changes of one logical operation, sorted by `sent_ns`, amount to."""
    payloads: dict[tuple[str, int], list[Change]] = {}
    for change in changes:
        payloads.setdefault((change.row.account, change.row.units), []).append(change)
    refusals = tuple(_refusals(changes))
    if len(payloads) == 1:
        effect, reads = _resolve_repeats(changes, promises)
        found = Resolution((effect,) if effect else (), reads, refusals)
    else:
        found = _resolve_payloads(list(payloads.values()), refusals, promises)
    found = replace(found, effects=(*found.effects, *_forgotten(changes, promises)))
    return _lagging(found, promises.balance_lag_ns) if promises.balance_lag else found


def _forgotten(changes: list[Change], promises: Promises) -> Iterator[Effect]:
    """Yield the effects of attempts that may arrive after their reference was forgotten.

    The first attempt to arrive has the one effect, whichever it is; any other may have one more.
    """
    forgotten_ns = first_forgotten_ns(changes, promises)
    moving = [change for change in changes if change.may_apply]
    if forgotten_ns is None or len(moving) < 2:
        return
    for change in moving:
        if not arrives_before(change, forgotten_ns):
            yield Effect(
                account=change.row.account,
                units=change.row.units,
                begin_ns=max(change.attempt.sent_ns, forgotten_ns),
                end_ns=None,
                balance=None,
                reference=change.row.reference,
                changes=(change,),
                floored=change.row.units < 0,
                doubtful=True,
            )


def _lagging(found: Resolution, lag_ns: int) -> Resolution:
    """Return a resolution whose effects may be missing from balances for a while."""
    effects = (
        replace(e, end_ns=None if e.end_ns is None else e.end_ns + lag_ns, balance=None)
        for e in found.effects
    )
    return replace(found, effects=tuple(effects), reads=())


def _resolve_repeats(
    changes: list[Change], promises: Promises
) -> tuple[Effect | None, tuple[Read, ...]]:
    """Return the one effect of changes with one payload, and the reads their responses give."""
    moving = [change for change in changes if change.may_apply]
    if not moving:
        return None, ()
    first, row = moving[0], changes[0].row
    begin, end = first.attempt.sent_ns, first.attempt.done_ns
    clear = first.outcome is Outcome.OK and not any(
        other.attempt is not first.attempt and _sent_before(other, end) for other in moving[1:]
    )
    effect = Effect(
        account=row.account,
        units=row.units,
        begin_ns=begin,
        end_ns=min(_proofs(changes), default=None),
        balance=first.balance if clear else None,
        reference=row.reference,
        changes=tuple(changes),
        floored=row.units < 0 and not is_void(changes[0].attempt),
    )
    reads: list[Read] = []
    if promises.repeat in ("same", "ignored", "refused"):
        reads += _repeat_reads(moving, effect, clear)
    if effect.balance is not None and end is not None:
        reads.append(Read(row.account, effect.balance, begin, end, first.attempt, effect))
    return effect, tuple(reads)


def _sent_before(change: Change, instant: int | None) -> bool:
    return instant is None or change.attempt.sent_ns <= instant


def _proofs(changes: list[Change]) -> Iterator[int]:
    """Yield the ends of the responses after which the effect is certain."""
    for change in changes:
        end = change.attempt.done_ns
        if end is None:
            continue
        if change.outcome is Outcome.OK or (
            change.reason in REPEATED
            and change.outcome is Outcome.REFUSED
            and _done_before(change, changes)
        ):
            yield end


def _done_before(repeat: Change, changes: list[Change]) -> bool:
    """Return whether "duplicate" can mean no open attempt and no refusal that is remembered."""
    earlier = [c for c in changes if c is not repeat and _sent_before(c, repeat.attempt.done_ns)]
    remembered = any(
        not c.may_apply and c.reason not in REPEATED and c.reason != NOT_SENT for c in earlier
    )
    closed = any(
        c.may_apply and c.attempt.done_ns is not None and c.attempt.done_ns < repeat.attempt.sent_ns
        for c in earlier
    )
    return closed and not remembered


def _repeat_reads(moving: list[Change], effect: Effect, clear: bool) -> Iterator[Read]:
    """Yield the balances that repeats show, each with the widest interval it may have held in."""
    for change in moving[1:] if clear else moving:
        value, end = change.balance, change.attempt.done_ns
        if value is None or end is None or value == effect.balance:
            continue
        begin = change.attempt.sent_ns if effect.balance is not None else effect.begin_ns
        yield Read(effect.account, value, begin, end, change.attempt)


def _refusals(changes: list[Change]) -> Iterator[Refusal]:
    """Yield the refusals for want of points; a server may remember the first one and repeat it."""
    begin = changes[0].attempt.sent_ns
    for change in changes:
        row, end = change.row, change.attempt.done_ns
        poor = change.outcome is Outcome.REFUSED and change.reason == NOT_ENOUGH
        if poor and row.units < 0 and end is not None:
            yield Refusal(row.account, row.units, begin, end, change.attempt)


def _resolve_payloads(
    payloads: list[list[Change]], refusals: tuple[Refusal, ...], promises: Promises
) -> Resolution:
    """Return what one reference with several payloads amounts to: the first acknowledged wins."""
    resolved = [_resolve_repeats(changes, promises) for changes in payloads]
    acknowledged = [
        (effect.end_ns, effect, reads)
        for effect, reads in resolved
        if effect is not None and effect.end_ns is not None
    ]
    if not acknowledged:
        open_ones = [replace(e, doubtful=True) for e, _ in resolved if e is not None]
        return Resolution(tuple(open_ones), (), refusals)
    won_ns, winner, reads = min(acknowledged, key=lambda item: item[0])
    losers = [effect for effect, _ in resolved if effect is not None and effect is not winner]
    rivals = {effect.account for effect in losers if effect.begin_ns <= won_ns}
    if rivals and _only_duplicates(losers, won_ns):
        # The duplicate may have arrived first: either payload may have counted.
        either = (replace(e, end_ns=None, balance=None, doubtful=True) for e in (winner, *losers))
        return Resolution(tuple(either), (), refusals)
    if rivals:
        return Resolution((), (), refusals, frozenset(rivals | {winner.account}))
    # No promise says whether a reference holds for one account or for all: it may count elsewhere.
    elsewhere = [
        replace(loser, end_ns=None, balance=None, doubtful=True)
        for loser in losers
        if loser.account != winner.account
    ]
    return Resolution((winner, *elsewhere), reads, refusals)


def _only_duplicates(losers: Iterable[Effect], won_ns: int) -> bool:
    """Return whether only duplicates can have arrived before the acknowledged payload."""
    return all(
        is_duplicate(change.attempt)
        for loser in losers
        if loser.begin_ns <= won_ns
        for change in loser.changes
        if change.may_apply
    )
