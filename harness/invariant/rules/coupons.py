"""A coupon number is issued once, used once, and called used only after it was used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.document.messages import counted
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.changes import is_void
from harness.invariant.history.segments import SegmentedHistory
from harness.invariant.rules.entries import may_repeat
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.exchange import UNPARSEABLE
from harness.model.history import Attempt, History
from harness.model.verdict import Finding, Outcome

USED = frozenset({"already_used", "coupon_used", "used", "duplicate"})
"""Reasons of a refusal which say that the coupon was used before."""


@dataclass(frozen=True, slots=True)
class _Coupons:
    """What a history says of coupons, by number: uses, issues, and what was voided."""

    uses: dict[str, list[Attempt]] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    issuers: dict[str, Attempt] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)


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
        elif (
            is_void(attempt)
            and attempt.entry is not None
            and attempt.outcome is not Outcome.REFUSED
        ):
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
    references = {row.reference for row in attempt.rows if row.reference is not None}
    return references | ({str(entry)} if entry is not None else set())


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
            if issuer is not attempt and not may_repeat(issuer, attempt):
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
    distinct: dict[str, Attempt] = {}
    for attempt in uses:
        if attempt.outcome is Outcome.OK:
            entry = attempt.seen.get("entry")
            has_entry = entry is not None and str(entry) != attempt.entry
            key = f"entry {entry}" if has_entry else f"attempt {attempt.id}"
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
    """Return the finding that a coupon was refused as used before any use could have happened.

    Without a successful use this holds only of a coupon that was `issued` within the history.
    """
    success = next((attempt for attempt in uses if attempt.outcome is Outcome.OK), None)
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
