"""Conformance of recorded responses to what is stated and, apart, to what is inferred."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from harness.check.conformance import GATEWAY_STATUSES
from harness.contract.vendor import Vendor
from harness.model.history import Recorded
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.spec.provenance import infers_responses

STATED, INFERRED = "response", "response-inferred"
_UNLISTED = "unlisted"
_ATTEMPTS_SHOWN = 5
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


def judge_responses(recorded: Recorded, vendor: Vendor) -> Iterator[Checked]:
    """Yield for each operation that its responses conform, and each kind of violation."""
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
    kind: str, found: Sequence[tuple[str, str]], recorded: Recorded, vendor: Vendor
) -> Iterator[Checked]:
    attempts = recorded.history.by_id
    violations: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for identity, sentence in found:
        operation = attempts[identity].operation if identity in attempts else _UNLISTED
        violations[operation, generalise(sentence)].append((identity, sentence))
    left_out = {identity for identity, _ in found} | recorded.unchecked
    conforming = Counter(
        attempt.operation
        for attempt in attempts.values()
        # Credentials are fetched for whatever is tested, which makes them no test.
        if attempt.status is not None
        and attempt.id not in left_out
        and attempt.source != "auth"
        and not attempt.throttled
        and (attempt.outcome is not Outcome.UNKNOWN or attempt.status not in GATEWAY_STATUSES)
    )
    for operation, count in sorted(conforming.items()):
        if kind == STATED or infers_responses(vendor.specification, operation):
            yield Checked(f"{kind}:{operation}", operation, Verdict.PASS, count=count)
    for (operation, title), group in sorted(violations.items()):
        first, sentence = group[0]
        attempt = attempts.get(first)
        declared = vendor.specification.operations.get(operation)
        finding = Finding(
            title=f"{_TITLES[kind]}: {title}",
            expected=f"a response as operation {operation} declares it"
            + (f" ({declared.source})" if declared is not None and declared.source else ""),
            seen=sentence + (f" (HTTP {attempt.status})" if attempt and attempt.status else ""),
            attempts=tuple(identity for identity, _ in group[:_ATTEMPTS_SHOWN]),
            curl=(attempt.curl,) if attempt and attempt.curl else (),
        )
        yield Checked(f"{kind}:{operation}", operation, Verdict.FAIL, "", finding, len(group))
