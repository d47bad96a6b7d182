"""Tell a vendor's failure from a call or a balance that we may have read wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.auditor.vendor import Audited
from harness.model.check_id import CheckId
from harness.model.finding import Checked, Finding
from harness.model.history import Attempt, History, accounts_of
from harness.model.operation import Operation
from harness.model.verdict import Outcome, Verdict
from harness.spec.placement import place_in_response
from harness.spec.provenance import reads_request

CALL, BALANCE = "exchange-inferred", "balance-inferred"
# Only these rest on the calls they cite; an invariant reads what calls did, however they look.
_RESTING = ("scenario:", "property:")
_DONE = 200
_READS_AHEAD = 4
_CALLS_SHOWN = 5


def judge_readings(history: History, vendor: Audited) -> Iterator[Checked]:
    """Yield whether our readings of calls, and of where a balance stands, are borne out."""
    yield from _judge_calls(history, vendor)
    yield from _judge_balance(history, vendor)


def _judge_calls(history: History, vendor: Audited) -> Iterator[Checked]:
    """Yield for each operation of which something is inferred whether our way to call it works.

    It works as soon as one call is ok. It fails when calls with good credentials were answered and
    every one was refused: path, fields or values may then be other than we read them.
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
    """Yield whether a balance that stands where we only read it to stand moves as changes say.

    One change that moved it by its own units bears the reading out.
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
            title="What we take for the balance does not move as changes say",
            expected=f"{pointer} of {verb.operation} to move by {meant:+d} (our reading)",
            seen=f"it moved by {seen:+d}, and never by as much as a change",
            calls=tuple(call.id for call in calls),
        )
        yield Checked(check, verb.operation, Verdict.FAIL, "", finding, len(moves))


def _moves(history: History) -> Iterator[tuple[int, int, tuple[Attempt, ...]]]:
    """Yield by how much two reads of one account differ and by how much they should.

    Only reads tell it between which all is known that moved the account.
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
    """Return the units that calls on one account moved, 0 where not all of it is known."""
    total = 0
    for call in calls:
        if call.outcome is Outcome.REFUSED:
            continue
        if call.outcome is not Outcome.OK or not call.rows or len(accounts_of(call)) != 1:
            return 0
        total += sum(row.units for row in call.rows)
    return total


def _apart(*calls: Attempt) -> bool:
    """Say whether each call had ended before the next one began."""
    return all(
        one.done_ns is not None and one.done_ns <= two.sent_ns for one, two in pairwise(calls)
    )


def weigh(
    checked: Iterable[Checked], readings: Sequence[Checked], history: History
) -> Iterator[Checked]:
    """Yield the results, those that failed as undecided where they rest on a reading that fails.

    A refusal proves nothing about a rule as long as the request itself is only our reading, and a
    balance nothing as long as nothing shows that it is one.
    """
    failed = [result for result in readings if result.verdict is Verdict.FAIL]
    never = {result.subject for result in failed if result.check.startswith(CALL)}
    unread = {result.subject for result in failed if result.check.startswith(BALANCE)}
    operations = {call.id: call.operation for call in history.attempts} if never else {}
    readers = {call.source for call in history.attempts if call.operation in unread}
    for result in checked:
        reason = ""
        if result.verdict is Verdict.FAIL and failed:
            reason = _uncalled(result, never, operations) or _unread(result, readers)
        if reason:
            yield replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason, finding=None)
        else:
            yield result


def _uncalled(result: Checked, never: set[str], operations: Mapping[str, str]) -> str:
    if result.finding is None or not result.check.startswith(_RESTING):
        return ""
    doubtful = sorted({operations.get(call, "") for call in result.finding.calls} & never)
    return f"{', '.join(doubtful)} never worked as we call it, which is our reading" * bool(
        doubtful
    )


def _unread(result: Checked, readers: set[str]) -> str:
    """Say why a failure is doubtful that may rest on balances, as its scenario has read some."""
    rests = result.check.startswith("invariant:") or CheckId.parse(result.check).family in readers
    if not rests or not readers:
        return ""
    return "what we take for the balance does not move as changes say, and it is our reading"


def _answered(history: History) -> Mapping[str, Sequence[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for call in history.attempts:
        if call.auth == "normal" and call.status is not None:
            found.setdefault(call.operation, []).append(call)
    return found


def _never(operation: Operation, calls: Sequence[Attempt]) -> Finding:
    known = operation.provenance
    sure = f", {known.confidence} confidence" if known.inferred else ""
    where = f"{operation.method} {operation.path}"
    how = Counter(f"status {call.status}" for call in calls)
    return Finding(
        title=f"{operation.id} never worked as we call it",
        expected=f"{where} to be done at least once (our reading{sure})",
        seen=", ".join(f"{words} {count} times" for words, count in how.most_common()),
        calls=tuple(call.id for call in calls[:_CALLS_SHOWN]),
    )
