"""Load figures from the journal, exact, and whether they are valid and meet the thresholds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from harness.auditor.counts import by_outcome
from harness.auditor.evidence import LOAD, Offered, broken_rule, was_sent
from harness.check.throttling import REMEDY
from harness.contract.workload import WorkloadFile
from harness.document.messages import counted
from harness.model.history import Attempt, Drop, Recorded
from harness.model.result import LoadResult, MixResult, Quantiles, SecondResult, ThresholdResult
from harness.model.run_header import LoadHeader
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.model.workload import Threshold

_MS_NS = 1_000_000
_SECOND_NS = 1_000_000_000
THROTTLED_SHARE = "throttled_share"
_THROTTLED_MAX = 0.01
"""With more throttled requests the server was not under the load that the workload plans."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the measured stages of one workload saw.

    origin_ns  when the load of each attempt and drop began, on its writer's clock, by its id
    seconds    the length of the measured stages; `attempts` and `drops` were planned within them
    violating  ids of attempts whose responses violate the specification
    reason     why the measurement is invalid, empty when it is valid
    by_server  whether that is what the server did, so that a missed threshold still counts
    """

    workload: str
    title: str
    origin_ns: Mapping[str, int]
    seconds: float
    attempts: tuple[Attempt, ...]
    drops: tuple[Drop, ...]
    violating: frozenset[str]
    reason: str
    by_server: bool = False


def measure(recorded: Recorded) -> tuple[Measurement, ...]:
    """Return what each workload of a run measured, in the order of their ids."""
    headers: dict[str, list[LoadHeader]] = defaultdict(list)
    for header in recorded.headers:
        if header.load is not None:
            headers[header.load.workload].append(header.load)
    return tuple(_measure(headers[key], recorded) for key in sorted(headers))


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """Return the nearest-rank quantile of sorted values.

    None where fewer than 1 / (1 - q) values stand behind it: the p99 needs 100. The maximum
    (q = 1) needs one.
    """
    if not ordered or (q < 1 and len(ordered) * (1 - q) < 1 - 1e-9):
        return None
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]


def figures_of(measurement: Measurement, entry: str | None) -> dict[str, float | None]:
    """Return every figure a threshold can name, for one entry of the mix or for all.

    Milliseconds, shares of 1 and arrivals per second; None where too few samples stand behind it.
    Only the throttled share counts the requests that the server refused for now: they say nothing
    of how it serves the others.
    """
    tried = [one for one in measurement.attempts if entry in (None, entry_of(one.source))]
    arrived = [one for one in tried if was_sent(one)]
    sent, unsent = served(arrived), len(tried) - len(arrived)
    drops = [drop for drop in measurement.drops if entry in (None, entry_of(drop.source))]
    outcomes = by_outcome(sent)
    violating = sum(
        one.id in measurement.violating and one.outcome is not Outcome.UNKNOWN for one in sent
    )
    responses = sum(one.status is not None for one in sent)
    seconds = measurement.seconds
    return {
        **_named("response_ms", response_ms(sent)),
        **_named("service_ms", service_ms(sent)),
        "unknown_share": _share(outcomes["unknown"], len(sent)),
        "refused_share": _share(outcomes["refused"], len(sent)),
        "error_share": _share(outcomes["unknown"] + violating + unsent, len(sent) + unsent),
        "unsent_share": _share(unsent, len(tried)),
        "dropped_share": _share(len(drops), len(tried) + len(drops)),
        THROTTLED_SHARE: _share(len(arrived) - len(sent), len(arrived)),
        "achieved_per_second": responses / seconds if seconds and sent else None,
    }


def served(sent: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts that reached the server and that it did not refuse for now."""
    return [one for one in sent if was_sent(one) and not one.throttled]


def response_ms(sent: Iterable[Attempt]) -> Quantiles:
    """Return the quantiles from the planned moment to the end: what a member waits."""
    return _quantiles(one.done_ns - one.planned_ns for one in sent if one.done_ns is not None)


def service_ms(sent: Iterable[Attempt]) -> Quantiles:
    """Return the quantiles from sending to the end: what the server takes."""
    return _quantiles(one.done_ns - one.sent_ns for one in sent if one.done_ns is not None)


def lateness_ms(sent: Iterable[Attempt]) -> Quantiles:
    """Return the quantiles from the planned moment to sending: how late the generator was."""
    return _quantiles(max(0, one.sent_ns - one.planned_ns) for one in sent)


def entry_of(source: str) -> str:
    """Return the entry of the mix that a source names."""
    return source.removeprefix(LOAD)


def series(measurement: Measurement) -> tuple[SecondResult, ...]:
    """Return one record per measured second that saw an arrival, counted from the load's start."""
    seconds: dict[int, list[Attempt]] = defaultdict(list)
    for one in measurement.attempts:
        since_ns = one.planned_ns - measurement.origin_ns[one.id]
        seconds[since_ns // _SECOND_NS].append(one)
    found = ((second, sent, response_ms(served(sent))) for second, sent in sorted(seconds.items()))
    return tuple(
        SecondResult(
            second,
            len(sent),
            **by_outcome(filter(was_sent, sent)),
            p50_ms=took.p50,
            p99_ms=took.p99,
            unsent=_unsent(sent),
        )
        for second, sent, took in found
    )


def _measure(headers: Sequence[LoadHeader], recorded: Recorded) -> Measurement:
    ends = list(accumulate(round(s.seconds * _SECOND_NS) for s in headers[0].stages))
    spans = [
        range(start, end)
        for stage, start, end in zip(headers[0].stages, (0, *ends), ends, strict=False)
        if stage.measure
    ]
    # Machines have their own monotonic clocks, so each writer tells where its load began.
    origins = sorted({header.t0_ns for header in headers}, reverse=True)
    sent: list[Attempt] = []
    drops: list[Drop] = []
    origin_ns: dict[str, int] = {}
    arrivals: tuple[Attempt | Drop, ...] = (*recorded.history.attempts, *recorded.drops)
    for arrival in arrivals:
        if not arrival.source.startswith(LOAD):
            continue
        since = (arrival.planned_ns - origin for origin in origins)
        offset = next((ns for ns in since if 0 <= ns < ends[-1]), None)
        if offset is None or not any(offset in span for span in spans):
            continue
        origin_ns[arrival.id] = arrival.planned_ns - offset
        if isinstance(arrival, Attempt):
            sent.append(arrival)
        else:
            drops.append(arrival)
    reason, by_server = broken_rule(Offered(headers, recorded, sent, drops))
    return Measurement(
        workload=headers[0].workload,
        title=headers[0].title,
        origin_ns=origin_ns,
        seconds=sum(map(len, spans)) / _SECOND_NS,
        attempts=tuple(sent),
        drops=tuple(drops),
        violating=frozenset(identity for identity, _ in recorded.violations),
        reason=reason,
        by_server=by_server,
    )


def _if_throttled(measurement: Measurement) -> Measurement:
    """Return a measurement that is invalid where the server throttled too many requests."""
    total = len(measurement.attempts)
    count = sum(one.throttled for one in measurement.attempts)
    ours = measurement.reason and not measurement.by_server
    if ours or count <= total * _THROTTLED_MAX:
        return measurement
    reason = (
        f"the server throttled {count:,} of {counted(total, 'request')} and was not under the "
        f"load that the workload plans; {REMEDY}, or limit {THROTTLED_SHARE} in the thresholds"
    )
    return replace(measurement, reason=reason, by_server=False)


def _unsent(tried: Iterable[Attempt]) -> int:
    return sum(not was_sent(one) for one in tried)


def _quantiles(spans_ns: Iterable[int]) -> Quantiles:
    ordered = sorted(span / _MS_NS for span in spans_ns)
    found = (quantile(ordered, q) for q in (0.5, 0.9, 0.99, 1.0))
    return Quantiles(*(None if value is None else round(value, 3) for value in found))


def _named(prefix: str, found: Quantiles) -> dict[str, float | None]:
    return {f"{prefix}_{name}": getattr(found, name) for name in ("p50", "p90", "p99", "max")}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def judge_load(
    measurements: Sequence[Measurement], workloads: Mapping[str, WorkloadFile]
) -> tuple[tuple[LoadResult, ...], tuple[Checked, ...]]:
    """Return the load part of the result and its checks.

    The checks are one `measurement:load` per workload, inconclusive when its measurement is
    invalid, and one `threshold:<figure>` per declared threshold; those of an invalid measurement
    are inconclusive, never failed.
    """
    loads: list[LoadResult] = []
    checked: list[Checked] = []
    for measurement in measurements:
        known = workloads.get(measurement.workload)
        declared = known.workload.thresholds if known is not None else ()
        if all(one.figure != THROTTLED_SHARE for one in declared):
            measurement = _if_throttled(measurement)
        figures = {one.entry: figures_of(measurement, one.entry) for one in declared}
        checks = [_check(one, figures[one.entry], measurement) for one in declared]
        values = [_rounded(figures[one.entry].get(one.figure)) for one in declared]
        thresholds = tuple(
            ThresholdResult(t.figure, t.entry, t.at_most, t.at_least, value, check.verdict)
            for t, value, check in zip(declared, values, checks, strict=True)
        )
        name, reason = measurement.workload, measurement.reason
        verdict = Verdict.INCONCLUSIVE if reason else Verdict.PASS
        checked += (Checked("measurement:load", name, verdict, reason), *checks)
        title = measurement.title or (known.workload.title if known is not None else "")
        loads.append(_load(measurement, title, thresholds))
    return tuple(loads), tuple(checked)


def _check(
    threshold: Threshold, figures: Mapping[str, float | None], measurement: Measurement
) -> Checked:
    check = f"threshold:{threshold.figure}"
    entry = threshold.entry or "all"
    subject = f"{measurement.workload}/{entry}"
    reason = ""
    value = figures.get(threshold.figure)
    if threshold.figure not in figures:
        known = ", ".join(sorted(figures))
        reason = f"there is no figure {threshold.figure}; there are {known}"
    elif measurement.reason and not (measurement.by_server and _misses(threshold, value)):
        reason = f"the measurement is invalid: {measurement.reason}"
    elif value is None:
        reason = f"too few requests of {entry} to know {threshold.figure}"
    if reason or value is None:
        return Checked(check, subject, Verdict.INCONCLUSIVE, reason)
    if not _misses(threshold, value):
        return Checked(check, subject, Verdict.PASS)
    above = threshold.at_most is not None and value > threshold.at_most
    limit = f"at most {threshold.at_most:g}" if above else f"at least {threshold.at_least:g}"
    finding = Finding(
        title=f"Threshold missed: {threshold.figure} of {entry} is {'above' if above else 'below'} "
        "its limit",
        expected=limit,
        seen=f"{_rounded(value):g} in workload {measurement.workload}",
        place=threshold.place,
    )
    return Checked(check, subject, Verdict.FAIL, "", finding)


def _misses(threshold: Threshold, value: float | None) -> bool:
    at_most, at_least = threshold.at_most, threshold.at_least
    return value is not None and (
        (at_most is not None and value > at_most) or (at_least is not None and value < at_least)
    )


def _load(
    measurement: Measurement, title: str, thresholds: tuple[ThresholdResult, ...]
) -> LoadResult:
    seconds = measurement.seconds
    arrived = len(measurement.attempts)
    arrivals = arrived + len(measurement.drops)
    return LoadResult(
        workload=measurement.workload,
        title=title,
        valid=not measurement.reason,
        reason=measurement.reason,
        seconds=seconds,
        arrivals=arrivals,
        dropped=len(measurement.drops),
        throttled=sum(one.throttled for one in measurement.attempts),
        unsent=_unsent(measurement.attempts),
        offered_per_second=_rounded(arrivals / seconds) if seconds else None,
        achieved_per_second=_rounded(figures_of(measurement, None)["achieved_per_second"]),
        lateness_ms=lateness_ms(filter(was_sent, measurement.attempts)),
        mix=tuple(_mix(measurement)),
        series=series(measurement),
        thresholds=thresholds,
    )


def _mix(measurement: Measurement) -> Iterator[MixResult]:
    for name in sorted({entry_of(one.source) for one in measurement.attempts}):
        arrived = [one for one in measurement.attempts if entry_of(one.source) == name]
        sent = served(arrived)
        yield MixResult(
            name=name,
            requests=len(arrived) - _unsent(arrived),
            throttled=sum(one.throttled for one in arrived),
            unsent=_unsent(arrived),
            **by_outcome(sent),
            response_ms=response_ms(sent),
            service_ms=service_ms(sent),
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
