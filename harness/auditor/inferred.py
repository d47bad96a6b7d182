"""Whether inferred requests and balances are confirmed, and which failures rest on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.auditor.vendor import Audited
from harness.document.messages import counted
from harness.model.check_id import CheckId
from harness.model.history import Attempt, History, accounts_of
from harness.model.operation import Operation
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.spec.placement import place_in_response
from harness.spec.provenance import reads_request

CALL, BALANCE = "exchange-inferred", "balance-inferred"
# Only these rest on the form of the requests they cite; an invariant reads effects alone.
_RESTING = frozenset({"scenario", "property"})
_DONE = 200
_READS_AHEAD = 4
_CALLS_SHOWN = 5


def judge_inferred(history: History, vendor: Audited) -> Iterator[Checked]:
    """Yield whether inferred requests, and the inferred place of a balance, are confirmed."""
    yield from _judge_calls(history, vendor)
    yield from _judge_balance(history, vendor)


def _judge_calls(history: History, vendor: Audited) -> Iterator[Checked]:
    """Yield for each operation with an inferred request whether the request works.

    It works as soon as one is ok. It fails when requests with valid credentials were answered and
    every one was refused: the path, the fields or the values may then be inferred wrongly.
    """
    calls = _answered(history)
    for name, operation in sorted(vendor.specification.operations.items()):
        answered = calls.get(name, ())
        if not answered or not reads_request(vendor.specification, name):
            continue
        good = sum(call.outcome is Outcome.OK for call in answered)
        if good:
            yield Checked(f"{CALL}:{name}", name, Verdict.PASS, count=good)
        elif all(call.outcome is Outcome.REFUSED for call in answered):
            finding = _never(operation, answered)
            yield Checked(f"{CALL}:{name}", name, Verdict.FAIL, "", finding, len(answered))


def _judge_balance(history: History, vendor: Audited) -> Iterator[Checked]:
    """Yield whether a balance at an inferred place in its response changes as it should.

    One change that moved it by its own units confirms the place.
    """
    verb = vendor.binding.verbs.get("balance")
    pointer = "" if verb is None else str(verb.extract.get("balance", ""))
    if verb is None or not pointer:
        return
    known = place_in_response(vendor.specification, verb.operation, _DONE, pointer)
    if known is None or not known.inferred:
        return
    check = f"{BALANCE}:{verb.operation}"
    moves = [move for account in history.accounts() for move in _moves(history.of_account(account))]
    right = sum(seen == meant for seen, meant, _ in moves)
    if right:
        yield Checked(check, verb.operation, Verdict.PASS, count=right)
    elif moves:
        seen, meant, calls = moves[0]
        finding = Finding(
            title="The inferred balance does not change as it should",
            expected=f"{pointer} of {verb.operation} to change by {meant:+d} (inferred)",
            seen=f"it changed by {seen:+d}, and never by the units of a change",
            attempts=tuple(call.id for call in calls),
        )
        yield Checked(check, verb.operation, Verdict.FAIL, "", finding, len(moves))


def _moves(history: History) -> Iterator[tuple[int, int, tuple[Attempt, ...]]]:
    """Yield by how much two reads of one account differ, by how much they should, and the attempts.

    Only reads count between which every change of the account is known.
    """
    calls = history.attempts
    reads = [i for i, c in enumerate(calls) if c.verb == "balance" and "balance" in c.seen]
    for position, first in enumerate(reads):
        for last in reads[position + 1 : position + 1 + _READS_AHEAD]:
            between = [c for c in calls[first + 1 : last] if c.verb != "balance"]
            units = _moved(between)
            if units and _apart(calls[first], *between, calls[last]):
                begin, end = calls[first], calls[last]
                changes = (begin, *between[:_CALLS_SHOWN], end)
                yield end.seen["balance"] - begin.seen["balance"], units, changes


def _moved(calls: Sequence[Attempt]) -> int:
    """Return the units that changes of one account moved, 0 where not all of them are known."""
    total = 0
    for call in calls:
        if call.outcome is Outcome.REFUSED:
            continue
        if call.outcome is not Outcome.OK or not call.rows or len(accounts_of(call)) != 1:
            return 0
        total += sum(row.units for row in call.rows)
    return total


def _apart(*calls: Attempt) -> bool:
    """Say whether each attempt had ended before the next one began."""
    return all(
        one.done_ns is not None and one.done_ns <= two.sent_ns for one, two in pairwise(calls)
    )


def weigh(
    checked: Iterable[Checked], inferred: Sequence[Checked], history: History
) -> Iterator[Checked]:
    """Yield the results; a failure that rests on a refuted inference becomes inconclusive.

    A refusal proves nothing about a requirement while the request itself is only inferred, and a
    balance proves nothing while its place is only inferred.
    """
    failed = [result for result in inferred if result.verdict is Verdict.FAIL]
    never = {result.subject for result in failed if CheckId.parse(result.check).kind == CALL}
    unread = {result.subject for result in failed if CheckId.parse(result.check).kind == BALANCE}
    operations = {call.id: call.operation for call in history.attempts} if never else {}
    readers = {call.source for call in history.attempts if call.operation in unread}
    for result in checked:
        reason = ""
        if result.verdict is Verdict.FAIL and failed:
            reason = _refused_always(result, never, operations) or _balance_refuted(result, readers)
        if reason:
            yield replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason, finding=None)
        else:
            yield result


def _refused_always(result: Checked, never: set[str], operations: Mapping[str, str]) -> str:
    if result.finding is None or CheckId.parse(result.check).kind not in _RESTING:
        return ""
    doubtful = sorted({operations.get(call, "") for call in result.finding.attempts} & never)
    return f"{', '.join(doubtful)} never succeeded; its request is inferred" if doubtful else ""


def _balance_refuted(result: Checked, readers: set[str]) -> str:
    """Return why a failure that may rest on balances is inconclusive, empty if it does not."""
    check = CheckId.parse(result.check)
    if not readers or (check.kind != "invariant" and check.family not in readers):
        return ""
    return "the balance does not change as it should; its place is inferred"


def _answered(history: History) -> Mapping[str, Sequence[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for call in history.attempts:
        if call.auth == "normal" and call.status is not None:
            found.setdefault(call.operation, []).append(call)
    return found


def _never(operation: Operation, calls: Sequence[Attempt]) -> Finding:
    known = operation.provenance
    confidence = f", {known.confidence} confidence" if known.inferred else ""
    where = f"{operation.method} {operation.path}"
    how = Counter(f"status {call.status}" for call in calls)
    return Finding(
        title=f"{operation.id} never succeeded",
        expected=f"{where} to succeed at least once (inferred{confidence})",
        seen=", ".join(f"{status} {counted(times, 'time')}" for status, times in how.most_common()),
        attempts=tuple(call.id for call in calls[:_CALLS_SHOWN]),
    )
