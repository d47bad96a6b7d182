"""Entries and coupons have numbers of their own, and a coupon is used once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.document.messages import counted
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.changes import is_void
from harness.invariant.history.segments import SegmentedHistory
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.exchange import UNPARSEABLE
from harness.model.history import Attempt, History
from harness.model.verdict import Finding, Outcome

USED = frozenset({"already_used", "coupon_used", "used", "duplicate"})
"""Reasons of a refusal which say that the coupon was used before."""


def judge_entries(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether no two acknowledged changes share an entry, repeats of a reference apart.

    Unless the vendor numbers all operations alike, only entries of one operation are compared.
    """
    one_scope = segmented.promises.entry_scope == "vendor"
    owners: dict[tuple[str, str], Attempt] = {}
    clashes: list[tuple[Attempt, Attempt]] = []
    for attempt in segmented.history.attempts:
        entry = attempt.seen.get("entry")
        acknowledged = attempt.rows and attempt.outcome is Outcome.OK and not is_void(attempt)
        if entry is None or not acknowledged:
            continue
        scope = "" if one_scope else attempt.operation
        owner = owners.setdefault((scope, str(entry)), attempt)
        if owner is not attempt and not _may_repeat(owner, attempt):
            clashes.append((owner, attempt))
    if not clashes:
        yield from passed(len(owners), "entries")
        return
    owner, attempt = clashes[0]
    more = f", and {counted(len(clashes) - 1, 'more pair')}" if len(clashes) > 1 else ""
    finding = build_finding(
        "Two different changes were acknowledged with the same entry",
        expected="a different entry for every change",
        seen=f"2 changes with one entry{more}",
        proof=(owner, attempt),
        facts=(f"both responses show the entry {attempt.seen['entry']}",),
    )
    yield failed("entries", finding, len(clashes))


@dataclass(frozen=True, slots=True)
class _Coupons:
    """What a history says of coupons, by number: uses, issues, and what was voided."""

    uses: dict[str, list[Attempt]] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    issuers: dict[str, Attempt] = field(default_factory=dict)
    voided: set[str | None] = field(default_factory=set)


def _read_coupons(history: History) -> _Coupons:
    found = _Coupons()
    for attempt in history.attempts:
        if attempt.entry == UNPARSEABLE:
            continue
        if attempt.verb == "use_coupon" and attempt.entry is not None:
            found.uses.setdefault(attempt.entry, []).append(attempt)
        elif attempt.outcome is Outcome.OK and "coupons" in attempt.seen:
            found.issued.update(attempt.seen["coupons"])
            found.issuers.update(dict.fromkeys(attempt.seen["coupons"], attempt))
        elif attempt.verb == "issue_coupon" and attempt.outcome is Outcome.OK:
            found.issued.add(str(attempt.seen.get("entry")))
        elif is_void(attempt) and attempt.outcome is not Outcome.REFUSED:
            found.voided.add(attempt.entry)
    return found


def judge_coupon_uses(
    segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each coupon was used at most once, and refused as used only after that.

    A coupon that a void may have restored is left out. One whose issue was voided may be refused
    as used, because no promise says what it then is.
    """
    coupons = _read_coupons(segmented.history)
    count = 0
    for number, uses in coupons.uses.items():
        if number in coupons.voided:
            continue
        finding = _used_again(uses)
        if finding is None and not _names(coupons.issuers.get(number)) & coupons.voided:
            finding = _refused_unused(uses, issued=number in coupons.issued)
        if finding is None:
            count += 1
        else:
            yield failed(number, finding)
    yield from passed(count, "coupons")


def _names(attempt: Attempt | None) -> set[str]:
    """Return the names by which a void can name an attempt."""
    if attempt is None:
        return set()
    entry = attempt.seen.get("entry")
    return references_of(attempt) | ({str(entry)} if entry is not None else set())


def judge_coupon_numbers(
    segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether no coupon number was issued more than once, repeats of a reference apart."""
    issuers: dict[str, Attempt] = {}
    clashes: list[tuple[str, Attempt, Attempt]] = []
    for attempt in segmented.history.attempts:
        # An unparseable request may be a repeat of another.
        if attempt.outcome is not Outcome.OK or attempt.entry == UNPARSEABLE:
            continue
        numbers = attempt.seen.get("coupons", ())
        for number in numbers:
            issuer = issuers.setdefault(number, attempt)
            if issuer is not attempt and not _may_repeat(issuer, attempt):
                clashes.append((number, issuer, attempt))
        if len(set(numbers)) < len(numbers):
            clashes.append((numbers[0], attempt, attempt))
    if not clashes:
        yield from passed(len(issuers), "coupons")
        return
    number, issuer, attempt = clashes[0]
    finding = build_finding(
        "A coupon number was issued more than once",
        expected="a different number for every coupon",
        seen=f"{counted(len(clashes), 'number')} issued again",
        proof=(issuer, attempt),
        facts=(f"the coupon {number} was issued again",),
    )
    yield failed("coupons", finding, len(clashes))


def _used_again(uses: Sequence[Attempt]) -> Finding | None:
    distinct: dict[tuple[str, str], Attempt] = {}
    for attempt in uses:
        if attempt.outcome is Outcome.OK:
            entry = own_entry(attempt)
            key = ("attempt", attempt.id) if entry is None else ("entry", entry)
            distinct.setdefault(key, attempt)
    if len(distinct) < 2:
        return None
    return build_finding(
        "A coupon was used more than once",
        expected="one successful use, and every other one refused",
        seen=f"{len(distinct)} successful uses",
        proof=distinct.values(),
    )


def _refused_unused(uses: Sequence[Attempt], *, issued: bool) -> Finding | None:
    """Return the finding that a coupon was refused as used before any use could have happened."""
    success = next((attempt for attempt in uses if attempt.outcome is Outcome.OK), None)
    # Without a successful use only a coupon that was issued within the history proves it.
    if success is None and not issued:
        return None
    # A successful use is the only one: no other attempt can have used the coupon.
    users = [success] if success else [one for one in uses if one.outcome is Outcome.UNKNOWN]
    for attempt in uses:
        if attempt.outcome is not Outcome.REFUSED or attempt.reason not in USED:
            continue
        done = attempt.done_ns
        if done is not None and not any(user.sent_ns <= done for user in users):
            return build_finding(
                "A coupon was refused as used before it was used",
                expected="success, or a refusal for another reason",
                seen="a refusal as already used",
                proof=(attempt, *users[:1]),
            )
    return None


def _may_repeat(one: Attempt, other: Attempt) -> bool:
    """Return whether they share a reference: repeats may be recognized without a promise too."""
    return not references_of(one).isdisjoint(references_of(other))


def references_of(attempt: Attempt) -> set[str]:
    """Return the references of an attempt's rows."""
    return {row.reference for row in attempt.rows if row.reference is not None}


def own_entry(attempt: Attempt) -> str | None:
    """Return the entry in the response, None if it only repeats the one that the attempt names."""
    entry = attempt.seen.get("entry")
    return None if entry is None or str(entry) == attempt.entry else str(entry)
