"""Whether what is inferred is confirmed, which failures rest on it, and what has changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.model.check_id import CheckId
from harness.model.exchange import Amount
from harness.model.history import Attempt, History, accounts_of
from harness.model.operation import Operation
from harness.model.requirement import Observed
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.spec.provenance import infers_request, provenance_at

REQUEST, BALANCE = "exchange-inferred", "balance-inferred"
# Only these rest on the form of the requests they cite; an invariant reads effects alone.
_RESTING = frozenset({"scenario", "property"})
_DONE = 200
_READS_AHEAD = 4
_ATTEMPTS_SHOWN = 5


def judge_inferred(history: History, vendor: Vendor) -> Iterator[Checked]:
    """Yield whether inferred requests, and the inferred place of a balance, are confirmed."""
    yield from _judge_requests(history, vendor)
    yield from _judge_balance(history, vendor)


def _judge_requests(history: History, vendor: Vendor) -> Iterator[Checked]:
    """Yield whether each inferred request works: one ok is enough, all refused is a failure."""
    completed: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in history.attempts:
        if attempt.auth == "normal" and attempt.status is not None and not attempt.throttled:
            completed[attempt.operation].append(attempt)
    for name, attempts in sorted(completed.items()):
        operation = vendor.specification.operations.get(name)
        if operation is None or not infers_request(vendor.specification, name):
            continue
        good = sum(attempt.outcome is Outcome.OK for attempt in attempts)
        if good:
            yield Checked(f"{REQUEST}:{name}", name, Verdict.PASS, count=good)
        elif all(attempt.outcome is Outcome.REFUSED for attempt in attempts):
            finding = _never(operation, attempts)
            yield Checked(f"{REQUEST}:{name}", name, Verdict.FAIL, "", finding, len(attempts))


def _never(operation: Operation, attempts: Sequence[Attempt]) -> Finding:
    known = operation.provenance
    confidence = f", {known.confidence} confidence" if known.inferred else ""
    where = f"{operation.method} {operation.path}"
    how = Counter(f"status {attempt.status}" for attempt in attempts)
    return Finding(
        title=f"{operation.id} never succeeded",
        expected=f"{where} to succeed at least once (inferred{confidence})",
        seen=", ".join(f"{status} {counted(times, 'time')}" for status, times in how.most_common()),
        attempts=tuple(attempt.id for attempt in attempts[:_ATTEMPTS_SHOWN]),
    )


def _judge_balance(history: History, vendor: Vendor) -> Iterator[Checked]:
    """Yield whether a balance at an inferred place changes as it should; once is enough."""
    verb = vendor.binding.verbs.get("balance")
    pointer = "" if verb is None else str(verb.extract.get("balance", ""))
    if verb is None or not pointer:
        return
    known = provenance_at(vendor.specification, verb.operation, _DONE, pointer)
    if known is None or not known.inferred:
        return
    check = f"{BALANCE}:{verb.operation}"
    moves = [move for account in history.accounts() for move in _moves(history.of_account(account))]
    right = sum(seen == meant for seen, meant, _ in moves)
    if right:
        yield Checked(check, verb.operation, Verdict.PASS, count=right)
    elif moves:
        seen, meant, attempts = moves[0]
        finding = Finding(
            title="The inferred balance does not change as it should",
            expected=f"{pointer} of {verb.operation} to change by {meant:+} (inferred)",
            seen=f"it changed by {seen:+}, and never by the units of a change",
            attempts=tuple(attempt.id for attempt in attempts),
        )
        yield Checked(check, verb.operation, Verdict.FAIL, "", finding, len(moves))


def _moves(history: History) -> Iterator[tuple[Amount, int, tuple[Attempt, ...]]]:
    """Yield by how much two reads with known changes between differ, and should, and attempts."""
    attempts = history.attempts
    reads = [i for i, a in enumerate(attempts) if a.verb == "balance" and "balance" in a.seen]
    for position, first in enumerate(reads):
        for last in reads[position + 1 : position + 1 + _READS_AHEAD]:
            between = [a for a in attempts[first + 1 : last] if a.verb != "balance"]
            begin, end = attempts[first], attempts[last]
            units = _moved(between)
            if units and _apart(begin, *between, end):
                shown = (begin, *between[:_ATTEMPTS_SHOWN], end)
                yield end.seen["balance"] - begin.seen["balance"], units, shown


def _moved(attempts: Sequence[Attempt]) -> int:
    """Return the units that changes of one account moved, 0 where not all of them are known."""
    total = 0
    for attempt in attempts:
        if attempt.outcome is Outcome.REFUSED:
            continue
        known = attempt.outcome is Outcome.OK and attempt.rows and "rows" not in attempt.seen
        if not known or len(accounts_of(attempt)) != 1:
            return 0
        total += sum(row.units for row in attempt.rows)
    return total


def _apart(*attempts: Attempt) -> bool:
    """Say whether each attempt had ended before the next one began."""
    return all(
        one.done_ns is not None and one.done_ns <= two.sent_ns for one, two in pairwise(attempts)
    )


def weigh(
    checked: Iterable[Checked], inferred: Sequence[Checked], history: History
) -> Iterator[Checked]:
    """Yield the results; a failure that rests on a refuted inference becomes inconclusive.

    A refusal proves nothing about a requirement while the request itself is only inferred, and a
    balance proves nothing while its place is only inferred.
    """
    refuted: dict[str, set[str]] = {REQUEST: set(), BALANCE: set()}
    for result in inferred:
        if result.verdict is Verdict.FAIL:
            refuted[CheckId.parse(result.check).kind].add(result.subject)
    # The operations of attempts whose requests never succeeded, and who read a refuted balance.
    never = {one.id: one.operation for one in history.attempts if one.operation in refuted[REQUEST]}
    readers = {one.source for one in history.attempts if one.operation in refuted[BALANCE]}
    for result in checked:
        reason = _doubt(result, never, readers) if result.verdict is Verdict.FAIL else ""
        if reason:
            yield replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason, finding=None)
        else:
            yield result


def _doubt(result: Checked, never: Mapping[str, str], readers: set[str]) -> str:
    """Return why a failure is inconclusive, empty if it stands."""
    check = CheckId.parse(result.check)
    if result.finding is not None and check.kind in _RESTING:
        doubtful = sorted({never[one] for one in result.finding.attempts if one in never})
        if doubtful:
            return f"{', '.join(doubtful)} never succeeded; its request is inferred"
    if readers and (check.kind == "invariant" or check.family in readers):
        return "the balance does not change as it should; its place is inferred"
    return ""


def compared(
    checked: Iterable[Checked], observed: Iterable[Observed], target: str
) -> Iterator[Checked]:
    """Yield the results; those that passed but differ from what was observed before become failed.

    Only what was `observed` on the same target is compared. The requirements about it are inferred,
    so a change is an open question for the vendor and fails none.
    """
    known = {one.check: one for one in observed if one.target == target}
    for result in checked:
        before = known.get(result.check)
        told = result.verdict is Verdict.PASS and result.reason
        if before is None or not told or result.reason == before.seen:
            yield result
            continue
        finding = Finding(
            title="Behaviour that no document states has changed",
            expected=f"{before.seen}, as observed since {before.since}",
            seen=result.reason,
            place=before.place,
        )
        yield replace(result, verdict=Verdict.FAIL, reason="", finding=finding)
