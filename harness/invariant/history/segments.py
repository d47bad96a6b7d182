"""Cuts each account's history into segments, each from a known balance on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from math import inf

from harness.invariant.history.changes import Change
from harness.invariant.history.effects import Effect, Read, Refusal
from harness.invariant.history.evidence import (
    AccountEvidence,
    Accounts,
    Operations,
    collect_evidence,
)
from harness.invariant.verdicts import Judgement, undecided
from harness.model.binding import Promises
from harness.model.history import Attempt, History, accounts_of
from harness.model.verdict import Outcome, Verdict

_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of one account's history that begins with a known balance and has no opaque attempt.

    start      a read while no effect was open, so that it holds the sum of all before it
    effects    those that begin after it; `reads` and `refusals` likewise
    earlier    effects that `start` includes
    last       whether no opaque attempt follows the segment
    """

    account: str
    start: Read
    effects: tuple[Effect, ...]
    reads: tuple[Read, ...]
    refusals: tuple[Refusal, ...]
    earlier: tuple[Effect, ...]
    refused: tuple[Change, ...]
    partial: tuple[Attempt, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class SegmentedHistory:
    """What every rule reads: a history, the vendor's promises, and what follows from both.

    `segments` holds the segments of each account that can be judged, `unjudged` says of the other
    accounts why their balances are not.
    """

    history: History
    promises: Promises
    accounts: Accounts
    operations: Operations
    segments: Mapping[str, tuple[Segment, ...]]
    unjudged: Mapping[str, Judgement]


def segment_history(history: History, promises: Promises) -> SegmentedHistory:
    """Return the history with its evidence, cut into segments."""
    accounts, operations = collect_evidence(history, promises)
    segments: dict[str, tuple[Segment, ...]] = {}
    unjudged: dict[str, Judgement] = {}
    for name, account in sorted(accounts.items()):
        windows = () if account.contested else _windows(account.opaque, promises.balance_lag_ns)
        cut = (_segment(name, account, *window) for window in windows)
        found = tuple(segment for segment in cut if segment is not None)
        if found:
            segments[name] = found
        elif why := _why_unjudged(name, account, history):
            unjudged[name] = why
    return SegmentedHistory(history, promises, accounts, operations, segments, unjudged)


def _why_unjudged(name: str, account: AccountEvidence, history: History) -> Judgement | None:
    if account.contested:
        reason = (
            "one reference was sent with different payloads at overlapping times,"
            " so it is not known which of them counts"
        )
        return undecided(name, reason)
    if account.opaque:
        verb = account.opaque[0].verb
        request = "an unparseable request" if verb is None else f"the verb {verb}"
        reason = f"{request} may change the balance in a way that is not modelled"
        return Judgement(name, Verdict.INAPPLICABLE, reason)
    if not account.effects:
        return None
    if not account.reads:
        reason = "no response showed the balance"
        unread = (one.unread for one in history.attempts if name in accounts_of(one) and one.unread)
        reason = ": ".join((reason, *islice(unread, 1)))
        return Judgement(name, Verdict.INAPPLICABLE, reason)
    reason = "no balance was shown while no change was open, so there is none to start from"
    return undecided(name, reason)


def _windows(opaque: list[Attempt], lag_ns: int) -> Iterator[tuple[float, float]]:
    """Yield the open intervals without an opaque attempt; the last may have no end.

    What an attempt did may be missing from balances for as long as they lag.
    """
    since = -1
    for attempt in sorted(opaque, key=lambda attempt: attempt.sent_ns):
        if attempt.sent_ns > since:
            yield since, attempt.sent_ns
        if attempt.done_ns is None or attempt.outcome is Outcome.UNKNOWN or attempt.lasting:
            return
        if attempt.status == _ACCEPTED:
            # What it asks for is done later, and no response tells when.
            return
        since = max(since, attempt.done_ns + lag_ns)
    yield since, inf


def _segment(name: str, account: AccountEvidence, since: float, until: float) -> Segment | None:
    """Return the account's segment within the interval, None if no balance in it is known."""
    effects = [_clip(effect, until) for effect in account.effects if effect.begin_ns < until]
    effects.sort(key=lambda effect: effect.begin_ns)
    reads = [read for read in account.reads if read.begin_ns > since and read.end_ns < until]
    reads.sort(key=lambda read: (read.begin_ns, read.end_ns))
    start = _start(effects, reads)
    if start is None:
        return None
    begin = start.end_ns
    return Segment(
        account=name,
        start=start,
        effects=tuple(effect for effect in effects if effect.begin_ns > begin),
        reads=tuple(read for read in reads if read.begin_ns > begin),
        refusals=tuple(
            refusal
            for refusal in account.refusals
            if refusal.begin_ns > begin and refusal.end_ns < until
        ),
        earlier=tuple(effect for effect in effects if effect.begin_ns <= begin),
        refused=tuple(change for change in account.refused if change.attempt.sent_ns > begin),
        partial=tuple(attempt for attempt in account.partial if attempt.sent_ns > begin),
        last=until == inf,
    )


def _clip(effect: Effect, until: float) -> Effect:
    """Return the effect as known at the end of the interval: one that ends later is still open."""
    if effect.end_ns is None or effect.end_ns < until:
        return effect
    return replace(effect, end_ns=None, balance=None)


def _start(effects: list[Effect], reads: list[Read]) -> Read | None:
    """Return the first read while no effect but its own was open, and none was left unknown."""
    begins = [effect.begin_ns for effect in effects]
    ends = sorted(effect.end_ns for effect in effects if effect.end_ns is not None)
    for read in reads:
        begun = bisect_right(begins, read.end_ns)
        ended = bisect_left(ends, read.begin_ns)
        if begun - ended == (1 if read.effect is not None else 0):
            return read
    return None
