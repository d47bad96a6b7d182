"""Conformance of recorded responses to what is stated and, apart, to what is inferred."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from harness.auditor.vendor import Audited
from harness.check.conformance import GATEWAY_STATUSES
from harness.model.history import Attempt, Recorded
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.spec.provenance import reads_responses

STATED, INFERRED = "response", "response-inferred"
_UNLISTED = "unlisted"
_INDEX = re.compile(r"/\d+(?=[/:]|$)")
# A validator quotes the value it refuses at the head of its message; the name of a missing
# property stands there too and must stay.
_VALUE = re.compile(
    r"^(?:\"(?:[^\"\\]|\\.)*\"|[\[{].*|-?\d[\d.eE+-]*|true|false|null)"
    r"(?= (?:is (?:not|too|less|greater|longer|shorter|valid)|does not|has) )",
    re.DOTALL,
)
_TITLES = {
    STATED: "A response violates its specification",
    INFERRED: "A response differs from what is inferred",
}


def judge_responses(recorded: Recorded, vendor: Audited) -> Iterator[Checked]:
    """Yield for each operation that its responses conform, and a result for each kind of violation.

    Responses are held against what is inferred by checks of their own,
    `response-inferred:<operation>`.
    """
    yield from _judged(STATED, recorded.violations, recorded, vendor)
    yield from _judged(INFERRED, recorded.inferred_violations, recorded, vendor)


def generalise(sentence: str) -> str:
    """Return a violation with its variable parts taken out: the value and the index in a list.

    "/data/3/point: "12" is not of type "integer"" becomes
    "/data/*/point: a value is not of type "integer"".
    """
    at, colon, message = sentence.partition(": ")
    if not colon or (" " in at and at != "the body"):
        return sentence
    return f"{_INDEX.sub('/*', at)}: {_VALUE.sub('a value', message)}"


def _judged(
    kind: str, found: Sequence[tuple[str, str]], recorded: Recorded, vendor: Audited
) -> Iterator[Checked]:
    calls = {call.id: call for call in recorded.history.attempts}
    violations: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for call_id, sentence in found:
        operation = calls[call_id].operation if call_id in calls else _UNLISTED
        violations[operation, generalise(sentence)].append((call_id, sentence))
    told = {call_id for call_id, _ in found} | recorded.unchecked
    conforming: dict[str, int] = defaultdict(int)
    for call in recorded.history.attempts:
        if call.status is None or call.id in told or call.source == "auth":
            # Credentials are fetched for whatever is tested, which makes them no test.
            continue
        if call.outcome is not Outcome.UNKNOWN or call.status not in GATEWAY_STATUSES:
            conforming[call.operation] += 1
    for operation, count in sorted(conforming.items()):
        if kind == STATED or reads_responses(vendor.specification, operation):
            yield Checked(f"{kind}:{operation}", operation, Verdict.PASS, count=count)
    for (operation, title), group in sorted(violations.items()):
        yield _breach(kind, operation, title, group, calls, vendor)


def _breach(
    kind: str,
    operation: str,
    title: str,
    found: list[tuple[str, str]],
    calls: dict[str, Attempt],
    vendor: Audited,
) -> Checked:
    first, sentence = found[0]
    declared = vendor.specification.operations.get(operation)
    call = calls.get(first)
    finding = Finding(
        title=f"{_TITLES[kind]}: {title}",
        expected=f"a response as operation {operation} declares it"
        + (f" ({declared.source})" if declared is not None and declared.source else ""),
        seen=sentence + (f" (HTTP {call.status})" if call is not None and call.status else ""),
        attempts=tuple(call_id for call_id, _ in found[:5]),
        curl=(call.curl,) if call is not None and call.curl else (),
    )
    return Checked(f"{kind}:{operation}", operation, Verdict.FAIL, "", finding, len(found))
