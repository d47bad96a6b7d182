"""Reads a history once and sorts what it tells of each account: effects, balances, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from harness.invariant.history.duplicates import is_copy
from harness.invariant.history.effects import (
    Effect,
    Refusal,
    RowAttempt,
    Settled,
    Sight,
    attempts_of,
    is_void,
    settle,
    stopped_at,
    whole,
)
from harness.model.binding import Promises, reads_balance
from harness.model.exchange import UNREADABLE, Row
from harness.model.history import Attempt, History, accounts_of
from harness.model.verdict import Outcome

# Verbs that move no points by themselves. Any other verb without rows is opaque: it may move points
# by a rule of the vendor's own, so the time around it is left out.
STILL = frozenset({"balance", "entries", "check_coupon", "use_coupon"})


@dataclass(slots=True)
class Account:
    """What a history tells of one account, in no order.

    `refused` are attempts that must not have moved points. `opaque` are calls that may have moved
    points in a way that is not modelled. `stopped` are bulk calls refused at one of their rows.
    `reads` counts answered balance reads.
    """

    name: str
    effects: list[Effect] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refused: list[RowAttempt] = field(default_factory=list)
    opaque: list[Attempt] = field(default_factory=list)
    stopped: list[Attempt] = field(default_factory=list)
    reads: int = 0
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The effect that a void may name: its row, and the one name that all its names stand for."""

    row: Row
    name: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """A history read once; `groups` are the attempts at each logical operation with a key.

    `origins` are the effects that voids could name, by each of their names.
    """

    accounts: Mapping[str, Account]
    groups: tuple[tuple[RowAttempt, ...], ...]
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def known_as(self, target: str) -> str:
        """Return the one name of an effect, whichever of its names a void gave."""
        return self.origins[target].name if target in self.origins else target


def gather(history: History, promises: Promises) -> Gathered:
    """Return what the history tells of each account under the vendor's promises."""
    accounts: dict[str, Account] = {}
    groups: dict[object, list[RowAttempt]] = {}
    blind: list[Attempt] = []
    clouded: set[str] = set()
    voids = any(is_void(call) for call in history.attempts)
    origins = _origins(history, promises) if voids else {}
    for call in history.attempts:
        if promises.repeat != "none" and call.outcome is not Outcome.REFUSED:
            clouded |= call.clouds
        if call.verb is None and not call.rows and call.target != UNREADABLE:
            continue
        rows = _void_rows(call, origins) if is_void(call) else call.rows
        # What repeats a request that nobody understood may be its effect or none.
        known = clouded.isdisjoint(row.reference for row in rows)
        if rows and known and not _unclear(call, rows, promises):
            for attempt in attempts_of(call, rows, promises):
                groups.setdefault(_key(attempt, promises, origins), []).append(attempt)
            if stopped_at(call, promises) is not None:
                for name in {row.account for row in rows}:
                    _account(accounts, name).stopped.append(call)
        elif reads_balance(call.verb):
            _look(call, accounts)
        elif call.verb in STILL or call.verb in promises.neutral:
            continue
        elif rows or call.outcome is not Outcome.REFUSED:
            blind.append(call)
    _blind(blind, history, accounts)
    for attempts in groups.values():
        _file(settle(attempts, promises), accounts)
        for attempt in attempts:
            if not attempt.may_apply:
                _account(accounts, attempt.row.account).refused.append(attempt)
    return Gathered(accounts, tuple(tuple(group) for group in groups.values()), origins)


def _unclear(call: Attempt, rows: tuple[Row, ...], promises: Promises) -> bool:
    """Return whether the call may have applied a row whose amount could not be read."""
    stop = stopped_at(call, promises)
    if call.outcome is not Outcome.REFUSED:
        return any(row.units == 0 for row in rows)
    return stop is not None and any(row.units == 0 for row in rows[: max(stop, 0)])


def _blind(calls: list[Attempt], history: History, accounts: dict[str, Account]) -> None:
    """File the calls that may have moved points nobody knows how many of.

    One that names no account may have moved any.
    """
    everyone: tuple[str, ...] | None = None
    for call in calls:
        names: Iterable[str] = accounts_of(call)
        if not names and (call.target == UNREADABLE or is_void(call)):
            everyone = history.accounts() if everyone is None else everyone
            names = everyone
        for name in names:
            _account(accounts, name).opaque.append(call)


def _account(accounts: dict[str, Account], name: str) -> Account:
    if name not in accounts:
        accounts[name] = Account(name)
    return accounts[name]


def _key(attempt: RowAttempt, promises: Promises, origins: Mapping[str, Origin]) -> object:
    """Return what makes two attempts one operation: a void's target, a reference, or nothing."""
    call, reference = attempt.call, attempt.row.reference
    if is_void(call) and call.target is not None:
        origin = origins.get(call.target)
        name = origin.name if origin is not None else call.target
        # What was delivered twice and counted twice, a void by its receipt takes back twice.
        twice = promises.repeat == "none" and is_copy(call)
        return ("void", attempt.row.account, name, twice)
    if reference is not None and promises.repeat != "none":
        return reference
    return (call.id, attempt.index)


def _origins(history: History, promises: Promises) -> Mapping[str, Origin]:
    """Return the row behind each entry, reference or other name that a void could give.

    Once a row is acknowledged, what is sent later under the same name is only a repeat of it; where
    references may be used again they then name several effects, and a void by one is unclear.
    """
    found: dict[str, tuple[Row, float]] = {}
    entries: dict[str, set[str]] = {}
    unclear: set[str] = set()
    for call in history.attempts:
        if is_void(call):
            continue
        known_from = inf
        names = [(row.reference, row) for row in call.rows if row.reference is not None]
        if call.outcome is Outcome.OK and call.done_ns is not None:
            known_from = call.done_ns
            if len(call.rows) == 1:
                names += [(name, call.rows[0]) for name in _names_seen(call)]
        if "entry" in call.seen and len(call.rows) == 1:
            for name, _ in names:
                entries.setdefault(name, set()).add(str(call.seen["entry"]))
        for name, row in names:
            known, since = found.setdefault(name, (row, known_from))
            if (known.account, known.units) == (row.account, row.units):
                found[name] = (known, min(since, known_from))
            elif call.sent_ns <= since:
                unclear.add(name)
    if promises.repeat == "none":
        unclear |= {name for name, owners in entries.items() if len(owners) > 1}
    return {
        name: Origin(row, _only(entries.get(name)) or name)
        for name, (row, _) in found.items()
        if name not in unclear
    }


def _only(names: set[str] | None) -> str | None:
    return next(iter(names)) if names is not None and len(names) == 1 else None


def _names_seen(call: Attempt) -> Iterator[str]:
    """Yield the texts by which the response of a change names it, its entry first."""
    entry = call.seen.get("entry")
    if entry is not None:
        yield str(entry)
    yield from (seen for name, seen in call.seen.items() if name != "entry" and _is_text(seen))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _void_rows(call: Attempt, origins: Mapping[str, Origin]) -> tuple[Row, ...]:
    """Return the effect of a void: the opposite of what it names, else its own rows."""
    origin = origins.get(call.target) if call.target is not None else None
    if origin is not None and call.account in (None, origin.row.account):
        reference = call.rows[0].reference if len(call.rows) == 1 else None
        return (Row(origin.row.account, -origin.row.units, reference),)
    return tuple(row for row in call.rows if row.units)


def _look(call: Attempt, accounts: dict[str, Account]) -> None:
    value = whole(call.seen.get("balance"))
    if call.account is None or value is None or call.done_ns is None or call.target == UNREADABLE:
        return
    if call.outcome is Outcome.OK:
        account = _account(accounts, call.account)
        account.reads += 1
        account.sights.append(Sight(call.account, value, call.sent_ns, call.done_ns, call))


def _file(settled: Settled, accounts: dict[str, Account]) -> None:
    for effect in settled.effects:
        _account(accounts, effect.account).effects.append(effect)
    for sight in settled.sights:
        _account(accounts, sight.account).sights.append(sight)
    for refusal in settled.refusals:
        _account(accounts, refusal.account).refusals.append(refusal)
    for name in settled.contested:
        _account(accounts, name).contested = True


def calls_of(attempts: Iterable[RowAttempt]) -> tuple[Attempt, ...]:
    """Return the calls behind the attempts, each once, in order."""
    return tuple({attempt.call.id: attempt.call for attempt in attempts}.values())
