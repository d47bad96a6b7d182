"""Collects what a history proves of each account: effects, reads, refusals, opaque attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf

from harness.invariant.history.changes import Change, changes_of, is_void, rows_done
from harness.invariant.history.duplicates import is_duplicate
from harness.invariant.history.effects import Effect, Read, Refusal, Resolution, resolve
from harness.model.binding import Promises, reads_balance
from harness.model.exchange import UNPARSEABLE, Row, as_amount
from harness.model.history import Attempt, History, accounts_of
from harness.model.verdict import Outcome

NEUTRAL_VERBS = frozenset({"balance", "entries", "check_coupon", "use_coupon"})
"""Verbs that never change a balance. Any other verb without rows is opaque: it may change one in a
way that is not modelled, so balances are not judged while such an attempt is open."""


@dataclass(slots=True)
class AccountEvidence:
    """What a history proves of one account, in no order.

    reads       balances that responses showed, of reads and of changes
    refused     changes that must not have been made
    opaque      attempts that may have changed the balance in a way that is not modelled
    partial     bulk attempts whose responses say that they did not do all their rows
    contested   whether two payloads under one reference make its effects ambiguous
    """

    effects: list[Effect] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refused: list[Change] = field(default_factory=list)
    opaque: list[Attempt] = field(default_factory=list)
    partial: list[Attempt] = field(default_factory=list)
    contested: bool = False


Accounts = Mapping[str, AccountEvidence]
Operations = tuple[tuple[Change, ...], ...]
"""The changes of each logical operation."""


def collect_evidence(history: History, promises: Promises) -> tuple[Accounts, Operations]:
    """Return what the history proves of each account under the vendor's promises."""
    accounts: defaultdict[str, AccountEvidence] = defaultdict(AccountEvidence)
    operations: dict[object, list[Change]] = {}
    opaque: list[Attempt] = []
    doubtful_references: set[str] = set()
    voids = any(is_void(attempt) for attempt in history.attempts)
    voidables = _voidables(history, promises) if voids else {}
    for attempt in history.attempts:
        if promises.repeat != "none" and attempt.outcome is not Outcome.REFUSED:
            doubtful_references |= attempt.possible_references
        if attempt.verb is None and not attempt.rows and attempt.entry != UNPARSEABLE:
            continue
        rows = _void_rows(attempt, voidables) if is_void(attempt) else attempt.rows
        # A repeat of an unparseable request may be the first to have its effect, or have none.
        known = doubtful_references.isdisjoint(row.reference for row in rows)
        if rows and known and not _amount_unknown(attempt, rows, promises):
            for change in changes_of(attempt, rows, promises):
                operations.setdefault(_key(change, promises, voidables), []).append(change)
            if rows_done(attempt, promises) is not None:
                for name in {row.account for row in rows}:
                    accounts[name].partial.append(attempt)
        elif reads_balance(attempt.verb):
            _file_read(attempt, accounts)
        elif attempt.verb in NEUTRAL_VERBS or attempt.verb in promises.neutral:
            continue
        elif rows or attempt.outcome is not Outcome.REFUSED:
            opaque.append(attempt)
    _file_opaque(opaque, history, accounts)
    for changes in operations.values():
        _file_resolution(resolve(changes, promises), accounts)
        for change in changes:
            if not change.may_apply:
                accounts[change.row.account].refused.append(change)
    return dict(accounts), tuple(tuple(changes) for changes in operations.values())


def _amount_unknown(attempt: Attempt, rows: tuple[Row, ...], promises: Promises) -> bool:
    """Return whether the attempt may have applied a row whose amount is not known."""
    changes = changes_of(attempt, rows, promises)
    return any(change.row.units == 0 and change.may_apply for change in changes)


def _file_opaque(
    attempts: list[Attempt], history: History, accounts: Mapping[str, AccountEvidence]
) -> None:
    """File opaque attempts; one that names no account may have changed any."""
    every_account = cache(history.accounts)
    for attempt in attempts:
        any_account = attempt.entry == UNPARSEABLE or is_void(attempt)
        for name in accounts_of(attempt) or (every_account() if any_account else ()):
            accounts[name].opaque.append(attempt)


def _key(change: Change, promises: Promises, voidables: Mapping[str, Row]) -> object:
    """Return what makes two changes one logical operation: a voided entry, or a reference."""
    attempt, reference = change.attempt, change.row.reference
    if is_void(attempt) and attempt.entry is not None:
        voidable = voidables.get(attempt.entry)
        name = voidable.reference if voidable is not None else attempt.entry
        # A duplicate may have counted too, and then a void by the receipt takes back both.
        duplicate = promises.repeat == "none" and is_duplicate(attempt)
        return ("void", change.row.account, name, duplicate)
    if reference is not None and promises.repeat != "none":
        return reference
    return (attempt.id, change.index)


def _voidables(history: History, promises: Promises) -> Mapping[str, Row]:
    """Return the row behind each name that a void could give, with one that stands for all of them.

    Once a row is acknowledged, a later one under the same name is a repeat of it. Where references
    may be used again, one may name several effects, and a void by it is ambiguous.
    """
    found: dict[str, tuple[Row, float]] = {}
    entries: dict[str, set[str]] = {}
    ambiguous: set[str] = set()
    for attempt in history.attempts:
        if is_void(attempt):
            continue
        known_from = inf
        names = [(row.reference, row) for row in attempt.rows if row.reference is not None]
        if attempt.outcome is Outcome.OK and attempt.done_ns is not None:
            known_from = attempt.done_ns
            if len(attempt.rows) == 1:
                names += [
                    (str(text), attempt.rows[0])
                    for name, text in attempt.seen.items()
                    if text is not None and (name == "entry" or (isinstance(text, str) and text))
                ]
        if "entry" in attempt.seen and len(attempt.rows) == 1:
            for name, _ in names:
                entries.setdefault(name, set()).add(str(attempt.seen["entry"]))
        for name, row in names:
            known, since = found.setdefault(name, (row, known_from))
            if (known.account, known.units) == (row.account, row.units):
                found[name] = (known, min(since, known_from))
            elif attempt.sent_ns <= since:
                ambiguous.add(name)
    if promises.repeat == "none":
        ambiguous |= {name for name, owners in entries.items() if len(owners) > 1}
    names_of_all = {name: min(owners) for name, owners in entries.items() if len(owners) == 1}
    return {
        name: Row(row.account, row.units, names_of_all.get(name, name))
        for name, (row, _) in found.items()
        if name not in ambiguous
    }


def _void_rows(attempt: Attempt, voidables: Mapping[str, Row]) -> tuple[Row, ...]:
    """Return the effect of a void: the opposite of what it names, else its own rows."""
    voidable = voidables.get(attempt.entry) if attempt.entry is not None else None
    if voidable is not None and attempt.account in (None, voidable.account):
        reference = attempt.rows[0].reference if len(attempt.rows) == 1 else None
        return (Row(voidable.account, -voidable.units, reference),)
    return tuple(row for row in attempt.rows if row.units)


def _file_read(attempt: Attempt, accounts: Mapping[str, AccountEvidence]) -> None:
    name, done_ns = attempt.account, attempt.done_ns
    value = as_amount(attempt.seen.get("balance"))
    if attempt.outcome is not Outcome.OK or attempt.entry == UNPARSEABLE:
        return
    if name is not None and value is not None and done_ns is not None:
        accounts[name].reads.append(Read(name, value, attempt.sent_ns, done_ns, attempt))


def _file_resolution(resolution: Resolution, accounts: Mapping[str, AccountEvidence]) -> None:
    for effect in resolution.effects:
        accounts[effect.account].effects.append(effect)
    for read in resolution.reads:
        accounts[read.account].reads.append(read)
    for refusal in resolution.refusals:
        accounts[refusal.account].refusals.append(refusal)
    for name in resolution.contested:
        accounts[name].contested = True


def attempts_of(changes: Iterable[Change]) -> tuple[Attempt, ...]:
    """Return the attempts of the changes, each once, in order."""
    return tuple({change.attempt.id: change.attempt for change in changes}.values())
