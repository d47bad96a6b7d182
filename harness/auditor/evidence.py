"""What a run must have seen before anything may pass: a table of checks, and one of loads."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.document.messages import counted
from harness.model.check_id import GONE, SPENT, CheckId
from harness.model.exchange import Fault
from harness.model.history import Attempt, Drop, History, Recorded, accounts_of
from harness.model.run_header import LoadHeader
from harness.model.verdict import Checked, Outcome, Verdict

LOAD = "load:"
"""What the sources of a load's requests begin with; the entry of the mix follows."""

_SECOND_NS = 1_000_000_000
_ACHIEVED_MIN = 0.95
"""Below this share of the offered requests a load was not what its workload plans."""
_DEVIATIONS = 4.0
"""So many standard deviations make it sure that a part of a load was not served."""
_PART_MIN = 3
_SILENCE_MIN = 5
"""So many requests in a row without a response, over a second or more, are a silence."""


def was_sent(attempt: Attempt) -> bool:
    """Say whether a connection was made for an attempt, so that it can count as a request."""
    return attempt.fault != Fault.UNSENT.value


def has_response(attempt: Attempt) -> bool:
    """Say whether a response came."""
    return attempt.status is not None


class Seen:
    """The attempts of a history that support checks: those with a response.

    A server that is away, pauses, or fails in part must never look like one that was tested.
    """

    def __init__(self, history: History) -> None:
        self._attempts = [one for one in history.attempts if has_response(one)]

    @cached_property
    def sources(self) -> frozenset[str]:
        """What sent them."""
        return frozenset(one.source for one in self._attempts)

    @cached_property
    def operations(self) -> frozenset[str]:
        """Their operations."""
        return frozenset(one.operation for one in self._attempts)

    @cached_property
    def decided(self) -> bool:
        """Whether one of them says what became of a change, or reads a balance."""
        known = (one for one in self._attempts if one.outcome is not Outcome.UNKNOWN)
        return any(one.account or one.rows or one.entry for one in known)


CHECKS: Mapping[str, tuple[str, Callable[[Seen, CheckId], bool]]] = {
    "scenario": (
        "no request of the scenario got a response",
        lambda seen, check: f"scenario:{check.name}" in seen.sources,
    ),
    "property": (
        "no generated request of the operation got a response",
        lambda seen, check: f"property:{check.operation}" in seen.sources,
    ),
    "response": (
        "the operation gave no response",
        lambda seen, check: check.operation in seen.operations,
    ),
    "exchange": (
        "the operation gave no response",
        lambda seen, check: check.operation in seen.operations,
    ),
    "balance": (
        "the operation gave no response",
        lambda seen, check: check.operation in seen.operations,
    ),
    "invariant": (
        "no response tells of a change or a balance",
        lambda seen, _: seen.decided,
    ),
    "promise": (
        "no response tells of a change or a balance",
        lambda seen, _: seen.decided,
    ),
}
"""By the kind of a check: why it cannot pass, and whether what was seen supports it.

The kinds that are left out are about the run (measurement, waiver) or follow from LOAD_RULES.
"""


def supported(results: Iterable[Checked], history: History) -> Iterator[Checked]:
    """Yield the results, with each pass that no response supports as inconclusive."""
    seen = Seen(history)
    for result in results:
        check = CheckId.parse(result.check)
        reason, supports = CHECKS.get(check.stated_kind, ("", None))
        if result.verdict is Verdict.PASS and supports is not None and not supports(seen, check):
            result = replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason)
        yield result


@dataclass(frozen=True)
class Offered:
    """What one workload offered in its measured stages, and what the run recorded.

    headers   those of its workers
    attempts  what was to be sent, in the planned order; `drops` is what was not tried at all
    """

    headers: Sequence[LoadHeader]
    recorded: Recorded
    attempts: Sequence[Attempt]
    drops: Sequence[Drop]

    @cached_property
    def planned(self) -> tuple[tuple[int, bool, str], ...]:
        """When each request was due, whether it got a response, and its entry; in this order."""
        tried = ((one.planned_ns, has_response(one), one.source) for one in self.attempts)
        dropped = ((one.planned_ns, False, one.source) for one in self.drops)
        return tuple(sorted((*tried, *dropped)))


@dataclass(frozen=True, slots=True)
class LoadRule:
    """What a load must have seen: `broken` says in words how it has not, empty where it has.

    `by_server`: the generator did its part, so that a missed threshold still counts.
    """

    broken: Callable[[Offered], str]
    by_server: bool = False


def _ended(offered: Offered) -> str:
    name, causes = f"{LOAD}{offered.headers[0].workload}", (GONE, SPENT)
    found = (one for one in offered.recorded.checked if one.check in causes)
    return next((one.reason for one in found if one.subject == name), "")


def _workers(offered: Offered) -> str:
    workers, left = max(one.workers for one in offered.headers), len(offered.headers)
    return f"only {left} of {workers} workers left a journal" if left < workers else ""


def _journal(offered: Offered) -> str:
    whole = offered.recorded.complete and not offered.recorded.truncated
    return "" if whole else "the journal is incomplete"


def _nothing_tried(offered: Offered) -> str:
    if offered.attempts:
        return ""
    return f"no arrival was sent in a measured stage ({len(offered.drops)} were dropped)"


def _late(offered: Offered) -> str:
    late = sorted(max(0, one.sent_ns - one.planned_ns) for one in offered.attempts)
    # Below 100 arrivals there is no p99, and the worst of them stands in for it.
    worst = late[-1 - len(late) // 100] / 1e6
    limit = min(header.lateness_ms for header in offered.headers)
    if worst <= limit:
        return ""
    return f"the load generator was {worst:g} ms late at p99, and {limit:g} ms are allowed"


def _achieved(offered: Offered) -> str:
    due = len(offered.planned)
    responded = sum(was for _, was, _ in offered.planned)
    if responded >= due * _ACHIEVED_MIN:
        return ""
    unsent = sum(not was_sent(one) for one in offered.attempts)
    causes = (
        (unsent, "could not be sent"),
        (len(offered.drops), "were dropped"),
        (due - responded - unsent - len(offered.drops), "got no response"),
    )
    words = ", ".join(f"{count:,} {what}" for count, what in causes if count)
    return f"only {responded:,} of {counted(due, 'offered request')} were achieved: {words}"


def _entries(offered: Offered) -> str:
    """Say which entry of the mix was not served, though the others may have been."""
    parts = ((source.removeprefix(LOAD), was) for _, was, source in offered.planned)
    return _unserved(parts, "the entry", 1)


def _members(offered: Offered) -> str:
    """Say which account was not served, though the others may have been."""
    parts = ((name, has_response(one)) for one in offered.attempts for name in accounts_of(one))
    return _unserved(parts, "the account", _PART_MIN)


def _silence(offered: Offered) -> str:
    """Say when nothing responded for a second or more, however short that is beside the whole."""
    started: int | None = None
    count = 0
    for due_ns, responded, _ in offered.planned:
        if responded:
            started, count = None, 0
            continue
        started, count = (due_ns if started is None else started), count + 1
        if count >= _SILENCE_MIN and due_ns - started >= _SECOND_NS:
            return f"{count} requests in a row got no response, for a second or more"
    return ""


def _unserved(parts: Iterable[tuple[Hashable, bool]], what: str, least: int) -> str:
    total: dict[Hashable, int] = defaultdict(int)
    responded: dict[Hashable, int] = defaultdict(int)
    for name, was in parts:
        total[name] += 1
        responded[name] += was
    for name, count in total.items():
        missing = count - responded[name]
        if count >= least and (missing == count or _sure_share(missing, count) > 1 - _ACHIEVED_MIN):
            return f"{what} {name} got {responded[name]} responses to {count} requests"
    return ""


def _sure_share(part: int, whole: int) -> float:
    """Return the share that is surely exceeded: the lower end of Wilson's interval."""
    share, z2 = part / whole, _DEVIATIONS**2
    spread = _DEVIATIONS * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return (share + z2 / (2 * whole) - spread) / (1 + z2 / whole)


LOAD_RULES: tuple[LoadRule, ...] = (
    LoadRule(_ended),
    LoadRule(_workers),
    LoadRule(_journal),
    LoadRule(_nothing_tried),
    LoadRule(_late),
    LoadRule(_achieved, by_server=True),
    LoadRule(_entries, by_server=True),
    LoadRule(_members, by_server=True),
    LoadRule(_silence, by_server=True),
)
"""What a load must have seen; the first rule that is broken makes its measurement invalid."""


def broken_rule(offered: Offered) -> tuple[str, bool]:
    """Return why a measurement is invalid, empty if it is not, and whether it is by the server."""
    for rule in LOAD_RULES:
        if reason := rule.broken(offered):
            return reason, rule.by_server
    return "", False
