"""Tell a vendor's failure from a call that we may have read wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.audit.vendor import Audited
from harness.model.finding import Checked, Finding
from harness.model.history import Call, History
from harness.model.operation import Operation
from harness.model.verdict import Outcome, Verdict
from harness.spec.provenance import reads_request

KIND = "call-reading"
# Only these rest on the calls they cite; an invariant reads what calls did, however they look.
_RESTING = ("scenario:", "property:")
_CALLS_SHOWN = 5


def judge_calls(history: History, vendor: Audited) -> Iterator[Checked]:
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
            yield Checked(f"{KIND}:{name}", name, Verdict.PASS, count=good)
        elif all(call.outcome is Outcome.REFUSED for call in answered):
            finding = _never(operation, answered)
            yield Checked(f"{KIND}:{name}", name, Verdict.FAIL, "", finding, len(answered))


def weigh(
    checked: Iterable[Checked], readings: Iterable[Checked], history: History
) -> Iterator[Checked]:
    """Yield the results, those that failed as undecided where they rest on a call that never works.

    A refusal proves nothing about a rule as long as the request itself is only our reading.
    """
    never = {result.subject for result in readings if result.verdict is Verdict.FAIL}
    operations = {call.id: call.operation for call in history.calls} if never else {}
    for result in checked:
        finding = result.finding
        if finding is None or not result.check.startswith(_RESTING):
            yield result
            continue
        doubtful = {operations.get(call, "") for call in finding.calls} & never
        if result.verdict is not Verdict.FAIL or not doubtful:
            yield result
            continue
        reason = f"{', '.join(sorted(doubtful))} never worked as we call it, which is our reading"
        yield replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason, finding=None)


def _answered(history: History) -> Mapping[str, Sequence[Call]]:
    found: dict[str, list[Call]] = {}
    for call in history.calls:
        if call.auth == "normal" and call.status is not None:
            found.setdefault(call.operation, []).append(call)
    return found


def _never(operation: Operation, calls: Sequence[Call]) -> Finding:
    known = operation.provenance
    sure = f", {known.confidence} confidence" if known.inferred else ""
    where = f"{operation.method} {operation.path}"
    how = Counter(f"status {call.status}" for call in calls)
    return Finding(
        title=f"{operation.title} never worked as we call it",
        expected=f"{where} to be done at least once (our reading{sure})",
        seen=", ".join(f"{words} {count} times" for words, count in how.most_common()),
        calls=tuple(call.id for call in calls[:_CALLS_SHOWN]),
    )
