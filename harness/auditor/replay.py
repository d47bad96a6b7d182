"""Judge a recorded run again: what engines found, the invariants, the responses' conformance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.auditor.conformance import judge_responses
from harness.auditor.evidence import supported
from harness.auditor.inferred import judge_inferred, weigh
from harness.contract.vendor import Vendor
from harness.document.messages import counted
from harness.invariant.history.duplicates import with_duplicates
from harness.invariant.registry import judge_vendor
from harness.model.binding import Binding
from harness.model.check_id import LIMITS, UNREACHED
from harness.model.exchange import Fault
from harness.model.history import REACH, History, Recorded
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.wire.connection.cause import remedy_of

REPEAT = "promise:repeat"
_CURLS_MAX = 8
_ATTEMPTS_SHOWN = 5


def replay(recorded: Recorded, vendor: Vendor) -> tuple[Checked, ...]:
    """Return every check of a recorded run, judged without sending anything.

    Of a run that did not reach its server only that is told: whatever responded, the vendor may
    have had no part in it.
    """
    if unreached := tuple(one for one in recorded.checked if one.check == UNREACHED):
        return unreached
    recorded = _without_reach(recorded)
    curls = {attempt.id: attempt.curl for attempt in recorded.history.attempts}
    inferred = tuple(judge_inferred(recorded.history, vendor))
    resting = (*recorded.checked, *_invariants(recorded, vendor.binding))
    found: tuple[Checked, ...] = (
        *weigh(resting, inferred, recorded.history),
        *_journal(recorded),
        *_unread(recorded.history),
        *judge_responses(recorded, vendor),
        *judge_promises(recorded.history, vendor.binding),
        *inferred,
    )
    return tuple(_repeatable(one, curls) for one in supported(found, recorded.history))


def _without_reach(recorded: Recorded) -> Recorded:
    """Return the record without the requests that only showed whether the server responds."""
    left_out = {one.id for one in recorded.history.attempts if one.source == REACH}
    kept = (one for one in recorded.history.attempts if one.id not in left_out)
    return replace(
        recorded,
        history=replace(recorded.history, attempts=tuple(kept)),
        violations=tuple(one for one in recorded.violations if one[0] not in left_out),
        inferred_violations=tuple(
            one for one in recorded.inferred_violations if one[0] not in left_out
        ),
    )


def _repeatable(result: Checked, curls: Mapping[str, str]) -> Checked:
    """Return the result with the curl lines of the attempts that its finding names."""
    finding = result.finding
    if finding is None or finding.curl:
        return result
    lines = tuple(curls[one] for one in finding.attempts if curls.get(one))
    return replace(result, finding=replace(finding, curl=lines[:_CURLS_MAX]))


def _journal(recorded: Recorded) -> Iterator[Checked]:
    # Only trouble is told: an intact journal is no evidence about the vendor.
    reasons = []
    if not recorded.complete:
        reasons.append("a writer did not close its journal, so the run ended early")
    if recorded.truncated:
        unread = counted(recorded.truncated, "journal line")
        reasons.append(f"{unread} could not be read")
    if reasons:
        yield Checked("measurement:journal", "journal", Verdict.INCONCLUSIVE, "; ".join(reasons))


def _unread(history: History) -> Iterator[Checked]:
    """Yield one inconclusive check for each operation and limit that its responses exceed."""
    causes = Counter(
        (one.operation, one.cause) for one in history.attempts if one.fault == Fault.OVERSIZED.value
    )
    for (operation, cause), number in sorted(causes.items()):
        reason = f"{counted(number, 'response')} left unread: {cause}; {remedy_of(cause)}"
        yield Checked(LIMITS, operation, Verdict.INCONCLUSIVE, reason, count=number)


def _invariants(recorded: Recorded, binding: Binding) -> Iterator[Checked]:
    history = recorded.history
    if any(header.duplicates for header in recorded.headers):
        history = with_duplicates(history)
    try:
        yield from judge_vendor(history, binding)
    except Exception as crash:  # a crashed check is an error of ours, never a pass
        reason = f"{type(crash).__name__}: {crash}"
        yield Checked("invariant:*", "harness", Verdict.ERROR, reason)


def judge_promises(history: History, binding: Binding) -> Iterator[Checked]:
    """Yield whether a change can be told from its repeat, if there are changes and responses."""
    moving = {name for name, verb in binding.verbs.items() if verb.sign}
    if not moving or all(attempt.status is None for attempt in history.attempts):
        return
    if binding.promises.repeat != "none":
        yield Checked(REPEAT, "changes", Verdict.PASS)
        return
    changes = [attempt for attempt in history.attempts if attempt.verb in moving]
    unknown = [change.id for change in changes if change.outcome is Outcome.UNKNOWN]
    share = f"{len(unknown):,} of {counted(len(changes), 'change')}"
    finding = Finding(
        title="A change has no idempotency key, so a retry after a timeout is unsafe",
        expected="a reference by which a change that is sent again is recognised and counts once",
        seen="no such reference is documented, so a change without a response can neither be "
        "retried nor looked up",
        attempts=tuple(unknown[:_ATTEMPTS_SHOWN]),
        detail=(
            f"the outcome of {share} is unknown; the audit treats their effects as optional",
            "a client must read the balance before it retries, which does not exclude a race",
        ),
    )
    yield Checked(REPEAT, "changes", Verdict.FAIL, finding=finding)
