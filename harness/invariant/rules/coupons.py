"""A coupon number is issued once, used once, and called used only after somebody used it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.explain.finding import tell_finding
from harness.invariant.history.effects import is_void
from harness.invariant.history.segments import Prepared
from harness.invariant.rules.entries import repeats
from harness.invariant.verdicts import failed, passed
from harness.model.exchange import UNREADABLE
from harness.model.finding import Checked, Finding
from harness.model.history import Attempt
from harness.model.verdict import Outcome

ID = "coupon-once"
ISSUED_ID = "distinct-coupons"
USED = frozenset({"already_used", "coupon_used", "used", "duplicate"})


def judge_coupon(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether each coupon was used at most once, and refused as used only after that.

    A coupon that a void may have brought back is left out. One whose own issue was voided may be
    refused as used: what it then is, is not said.
    """
    uses: dict[str, list[Attempt]] = {}
    issued: set[str] = set()
    voided: set[str] = set()
    issuers: dict[str, Attempt] = {}
    for call in prepared.history.attempts:
        if call.target == UNREADABLE:
            continue
        if call.verb == "use_coupon" and call.target is not None:
            uses.setdefault(call.target, []).append(call)
        elif call.outcome is Outcome.OK and "coupons" in call.seen:
            issued.update(call.seen["coupons"])
            issuers.update(dict.fromkeys(call.seen["coupons"], call))
        elif call.verb == "issue_coupon" and call.outcome is Outcome.OK:
            issued.add(str(call.seen.get("entry")))
        elif is_void(call) and call.target is not None and call.outcome is not Outcome.REFUSED:
            voided.add(call.target)
    count = 0
    for target, calls in uses.items():
        if target in voided:
            continue
        finding = _twice(calls)
        if finding is None and not _names(issuers.get(target)) & voided:
            finding = _used_by_nobody(calls, fresh=target in issued)
        if finding is None:
            count += 1
        else:
            yield failed(ID, target, finding)
    yield from passed(ID, count, "targets")


def _names(call: Attempt | None) -> set[str]:
    """Return what a void can name a call by."""
    if call is None:
        return set()
    entry = call.seen.get("entry")
    references = {row.reference for row in call.rows if row.reference is not None}
    return references | ({str(entry)} if entry is not None else set())


def judge_issued(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether no coupon number was issued twice, repeats of a reference apart."""
    owners: dict[str, Attempt] = {}
    twice: list[tuple[str, Attempt, Attempt]] = []
    for call in prepared.history.attempts:
        # A call whose meaning cannot be told may be a repeat of another.
        if call.outcome is not Outcome.OK or call.target == UNREADABLE:
            continue
        for number in call.seen.get("coupons", ()):
            owner = owners.setdefault(number, call)
            if owner is not call and not repeats(owner, call):
                twice.append((number, owner, call))
        if len(set(call.seen.get("coupons", ()))) < len(call.seen.get("coupons", ())):
            twice.append((call.seen["coupons"][0], call, call))
    if twice:
        number, owner, call = twice[0]
        finding = tell_finding(
            "A coupon number was issued twice",
            expected="a number of its own for every coupon",
            seen=f"{len(twice)} numbers issued again",
            calls=(owner, call),
            facts=(f"both answers name the coupon {number}",),
        )
        yield failed(ISSUED_ID, "coupons", finding, len(twice))
    else:
        yield from passed(ISSUED_ID, len(owners), "coupons")


def _twice(calls: list[Attempt]) -> Finding | None:
    kept: dict[str, Attempt] = {}
    for call in calls:
        if call.outcome is Outcome.OK:
            entry = call.seen.get("entry")
            known = entry is not None and str(entry) != call.target
            kept.setdefault(f"entry {entry}" if known else f"call {call.id}", call)
    if len(kept) < 2:
        return None
    return tell_finding(
        "One coupon was used more than once",
        expected="one use that succeeds, and every other one refused",
        seen=f"{len(kept)} uses that succeeded",
        calls=kept.values(),
    )


def _used_by_nobody(calls: list[Attempt], *, fresh: bool) -> Finding | None:
    """Return the finding that a coupon was called used before any use could have happened.

    Without a success this holds only of a coupon that is `fresh`, issued within the history.
    """
    success = next((call for call in calls if call.outcome is Outcome.OK), None)
    if success is None and not fresh:
        return None
    # With a success no other attempt can have used it, so only the success counts.
    doers = [success] if success else [c for c in calls if c.outcome is Outcome.UNKNOWN]
    for call in calls:
        if call.outcome is Outcome.REFUSED and call.reason in USED and call.done_ns is not None:
            done = call.done_ns
            if not any(doer.sent_ns <= done for doer in doers):
                return tell_finding(
                    "A coupon was refused as used before anybody had used it",
                    expected="the coupon to be taken, or refused for another reason",
                    seen="a refusal as already used",
                    calls=(call, *doers[:1]),
                )
    return None
