"""Judge a recorded run again: what engines found, the invariants, the answers' conformance."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.audit.promise import judge_promises
from harness.audit.vendor import Audited
from harness.invariant.unseen import judge_seen
from harness.model.binding import Binding
from harness.model.finding import Checked, Finding
from harness.model.history import Call, History, Recorded
from harness.model.verdict import Verdict

Judge = Callable[[History, Binding], Iterable[Checked]]

_UNLISTED = "unlisted"
_CURLS_MAX = 8
_INDEX = re.compile(r"/\d+(?=[/:]|$)")
# A validator quotes the value it refuses at the head of its message; the name of a missing
# property stands there too and must stay.
_VALUE = re.compile(
    r"^(?:\"(?:[^\"\\]|\\.)*\"|[\[{].*?|-?\d[\d.eE+-]*|true|false|null)"
    r"(?= (?:is (?:not|too|less|greater|longer|shorter|valid)|does not|has) )",
    re.DOTALL,
)


def replay(
    recorded: Recorded, vendor: Audited, *, judge: Judge = judge_seen
) -> tuple[Checked, ...]:
    """Return every check of a recorded run, judged without sending anything.

    They are, in this order: those the engines journalled, the journal's own completeness, the
    invariants over the history, the answers against the specification, and what the promises mean.
    """
    curls = {call.id: call.curl for call in recorded.history.calls}
    found = (
        *recorded.checked,
        *_journal(recorded),
        *_invariants(recorded.history, vendor.binding, judge),
        *_answers(recorded, vendor),
        *judge_promises(recorded.history, vendor.binding),
    )
    return tuple(_repeatable(result, curls) for result in found)


def generalise(sentence: str) -> str:
    """Return a breach with its variable parts taken out: the value and the index in a list.

    "/data/3/point: "12" is not of type "integer"" becomes
    "/data/*/point: a value is not of type "integer"".
    """
    at, colon, message = sentence.partition(": ")
    if not colon or (" " in at and at != "the body"):
        return sentence
    return f"{_INDEX.sub('/*', at)}: {_VALUE.sub('a value', message)}"


def _repeatable(result: Checked, curls: Mapping[str, str]) -> Checked:
    """Return the result with the curl lines of its calls, where its finding names calls alone."""
    finding = result.finding
    if finding is None or finding.curl:
        return result
    lines = tuple(curls[call] for call in finding.calls if curls.get(call))
    return replace(result, finding=replace(finding, curl=lines[:_CURLS_MAX]))


def _journal(recorded: Recorded) -> Iterator[Checked]:
    # Only trouble is told: an intact journal is no evidence about the vendor.
    reasons = []
    if not recorded.complete:
        reasons.append("a writer did not close its journal, so the run ended early")
    if recorded.torn:
        reasons.append(f"{recorded.torn} journal lines could not be read")
    if reasons:
        yield Checked("measurement:journal", "journal", Verdict.INCONCLUSIVE, "; ".join(reasons))


def _invariants(history: History, binding: Binding, judge: Judge) -> Iterator[Checked]:
    try:
        yield from judge(history, binding)
    except Exception as crash:  # a crashed check is an error of ours, never a pass
        reason = f"{type(crash).__name__}: {crash}"
        yield Checked("invariant:*", "harness", Verdict.ERROR, reason)


def _answers(recorded: Recorded, vendor: Audited) -> Iterator[Checked]:
    calls = {call.id: call for call in recorded.history.calls}
    breaches: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for call_id, sentence in recorded.violations:
        operation = calls[call_id].operation if call_id in calls else _UNLISTED
        breaches[operation, generalise(sentence)].append((call_id, sentence))
    breaching = {call_id for call_id, _ in recorded.violations}
    conforming: dict[str, int] = defaultdict(int)
    for call in recorded.history.calls:
        if call.status is not None and call.id not in breaching:
            conforming[call.operation] += 1
    for operation, count in sorted(conforming.items()):
        yield Checked(f"answer:{operation}", operation, Verdict.PASS, count=count)
    for (operation, title), found in sorted(breaches.items()):
        yield _breach(operation, title, found, calls, vendor)


def _breach(
    operation: str,
    title: str,
    found: list[tuple[str, str]],
    calls: dict[str, Call],
    vendor: Audited,
) -> Checked:
    first, sentence = found[0]
    declared = vendor.specification.operations.get(operation)
    call = calls.get(first)
    finding = Finding(
        title=f"An answer breaks its specification: {title}",
        expected=f"an answer as operation {operation} declares it"
        + (f" ({declared.source})" if declared is not None and declared.source else ""),
        seen=sentence + (f" (HTTP {call.status})" if call is not None and call.status else ""),
        calls=tuple(call_id for call_id, _ in found[:5]),
        curl=(call.curl,) if call is not None and call.curl else (),
    )
    return Checked(f"answer:{operation}", operation, Verdict.FAIL, "", finding, len(found))
