"""Cuts each account's history into stretches that can be judged, each from a certain balance on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.invariant.history.effects import Effect, Refusal, RowAttempt, Sight
from harness.invariant.history.evidence import Account, Gathered, gather
from harness.model.binding import Promises
from harness.model.history import Attempt, History
from harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Ledger:
    """A stretch of one account's history that begins with a certain balance.

    `start` is a balance seen while nothing was open. `effects`, `sights` and `refusals` come after
    it. `earlier` are effects that `start` includes, `refused` attempts that must have no effect,
    `stopped` bulk calls refused at one of their rows. `last` says that nothing follows the stretch.
    """

    account: str
    start: Sight
    effects: tuple[Effect, ...]
    sights: tuple[Sight, ...]
    refusals: tuple[Refusal, ...]
    earlier: tuple[Effect, ...]
    refused: tuple[RowAttempt, ...]
    stopped: tuple[Attempt, ...]
    reads: int
    last: bool


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why an account's balances are not judged, as inapplicable or as inconclusive."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A history made ready for the invariants.

    `ledgers` holds the stretches of each account that can be judged, `unjudged` the other accounts,
    `sights` every balance ever answered.
    """

    history: History
    promises: Promises
    gathered: Gathered
    ledgers: Mapping[str, tuple[Ledger, ...]]
    unjudged: Mapping[str, Unjudged]

    def every_ledger(self) -> Iterator[Ledger]:
        """Yield all stretches of all accounts."""
        for ledgers in self.ledgers.values():
            yield from ledgers


def prepare(history: History, promises: Promises) -> Prepared:
    """Return the history made ready for the invariants."""
    gathered = gather(history, promises)
    ledgers: dict[str, tuple[Ledger, ...]] = {}
    unjudged: dict[str, Unjudged] = {}
    for name, account in sorted(gathered.accounts.items()):
        if account.contested:
            unjudged[name] = Unjudged(
                Verdict.INCONCLUSIVE,
                "one reference was sent with different payloads at the same time,"
                " so it cannot be told which of them counts",
            )
            continue
        found = tuple(_ledgers(account))
        if found:
            ledgers[name] = found
        elif reason := _why_not(account):
            unjudged[name] = reason
    return Prepared(history, promises, gathered, ledgers, unjudged)


def _why_not(account: Account) -> Unjudged | None:
    if not account.effects and not account.opaque:
        return None
    if account.opaque:
        verb = account.opaque[0].verb
        return Unjudged(
            Verdict.INAPPLICABLE,
            f"the verb {verb} may move points in a way that is not modelled",
        )
    if not account.sights:
        return Unjudged(Verdict.INAPPLICABLE, "no response ever showed the balance")
    return Unjudged(
        Verdict.INCONCLUSIVE,
        "no balance was seen at a time when nothing was open, so there is none to start from",
    )


def _ledgers(account: Account) -> Iterator[Ledger]:
    for since, until in _windows(account.opaque):
        ledger = _ledger(account, since, until)
        if ledger is not None:
            yield ledger


def _windows(opaque: list[Attempt]) -> Iterator[tuple[int, int | None]]:
    """Yield the spans without opaque calls, as open intervals; the last may have no end."""
    since = -1
    for call in sorted(opaque, key=lambda call: call.sent_ns):
        if call.sent_ns > since:
            yield since, call.sent_ns
        if call.done_ns is None or call.outcome.value == "unknown":
            return
        since = max(since, call.done_ns)
    yield since, None


def _ledger(account: Account, since: int, until: int | None) -> Ledger | None:
    """Return the stretch of the account within the span, None if no balance in it is certain."""
    effects = [_clip(e, until) for e in account.effects if until is None or e.begin_ns < until]
    effects.sort(key=lambda effect: effect.begin_ns)
    sights = [
        sight
        for sight in account.sights
        if sight.begin_ns > since and (until is None or sight.end_ns < until)
    ]
    sights.sort(key=lambda sight: (sight.begin_ns, sight.end_ns))
    start = _start(effects, sights)
    if start is None:
        return None
    begin = start.end_ns
    return Ledger(
        account=account.name,
        start=start,
        effects=tuple(effect for effect in effects if effect.begin_ns > begin),
        sights=tuple(sight for sight in sights if sight.begin_ns > begin),
        refusals=tuple(
            refusal
            for refusal in account.refusals
            if refusal.begin_ns > begin and (until is None or refusal.end_ns < until)
        ),
        earlier=tuple(effect for effect in effects if effect.begin_ns <= begin),
        refused=tuple(attempt for attempt in account.refused if attempt.call.sent_ns > begin),
        stopped=tuple(call for call in account.stopped if call.sent_ns > begin),
        reads=account.reads,
        last=until is None,
    )


def _clip(effect: Effect, until: int | None) -> Effect:
    """Return the effect as known at the end of the span: what ends later is still open."""
    if until is None or effect.end_ns is None or effect.end_ns < until:
        return effect
    return replace(effect, end_ns=None, balance=None)


def _start(effects: list[Effect], sights: list[Sight]) -> Sight | None:
    """Return the first balance seen while nothing was open and nothing was left unknown."""
    begins = [effect.begin_ns for effect in effects]
    ends = sorted(effect.end_ns for effect in effects if effect.end_ns is not None)
    for sight in sights:
        begun = bisect_right(begins, sight.end_ns)
        ended = bisect_left(ends, sight.begin_ns)
        if begun - ended == (1 if sight.effect is not None else 0):
            return sight
    return None
