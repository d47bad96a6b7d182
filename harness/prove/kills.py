"""Which checks accused a server in one run, which of them first, and after how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.history import Attempt, History

# What fails of these tells of the machine or of our own declarations, not of the server.
_NOT_THE_SERVER = frozenset({"threshold", "waiver", "measurement"})
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kill:
    """How a defect was found: the first check to have its evidence, and what that took.

    `rules` are the broken requirements that were named. `checks` counts the findings of each check,
    its parts taken together. `requests` were sent by the time the evidence was complete, `seconds`
    after the first of them.
    """

    killer: str
    rules: tuple[str, ...]
    checks: Mapping[str, int]
    requests: int
    seconds: float


def accusations(result: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the findings of a result document that accuse a server."""
    return tuple(
        finding
        for vendor in result["vendors"]
        for finding in vendor["findings"]
        if finding["verdict"] == "fail"
        and finding["check"].partition(":")[0] not in _NOT_THE_SERVER
    )


def family(check: str) -> str:
    """Return the name of a check without its part."""
    return check.partition("#")[0]


def kill_of(
    findings: Sequence[Mapping[str, Any]], history: History, broken: Iterable[str]
) -> Kill | None:
    """Return how the findings kill a defect that breaks these rules, None if none names one."""
    wanted = frozenset(broken)
    named = [finding for finding in findings if wanted & _rules(finding)]
    if not named:
        return None
    calls = {call.id: call for call in history.attempts}
    last = max((_end(call) for call in history.attempts), default=0)
    first = min(named, key=lambda finding: _proven(finding, calls, last))
    instant = _proven(first, calls, last)
    begun = min((call.sent_ns for call in history.attempts), default=0)
    return Kill(
        killer=family(first["check"]),
        rules=tuple(sorted(wanted & frozenset().union(*map(_rules, named)))),
        checks=Counter(family(finding["check"]) for finding in findings),
        requests=sum(call.sent_ns <= instant for call in history.attempts),
        seconds=round(max(0, instant - begun) / _SECOND_NS, 3),
    )


def _rules(finding: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(rule["id"] for rule in finding["requirements"])


def _proven(finding: Mapping[str, Any], calls: Mapping[str, Attempt], last: int) -> int:
    """Return when the last of the calls that prove a finding was done."""
    ends = [_end(calls[name]) for name in finding["calls"] if name in calls]
    return max(ends, default=last)


def _end(call: Attempt) -> int:
    return call.sent_ns if call.done_ns is None else call.done_ns
