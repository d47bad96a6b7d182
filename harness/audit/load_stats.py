"""Load figures from the journal: exact quantiles, shares, rates, and whether to trust them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.history import Attempt, Drop, Recorded
from harness.model.verdict import Outcome

PREFIX = "load:"
_MS_NS = 1_000_000
_SECOND_NS = 1_000_000_000
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True, slots=True)
class Span:
    """A measured stretch of a workload, in nanoseconds after its start, the end excluded."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the measured stages of one workload saw.

    `calls` and `drops` were planned within `spans`. `reason` says why the measurement may not be
    trusted, empty when it may.
    """

    workload: str
    title: str
    origin_ns: Mapping[str, int]
    spans: tuple[Span, ...]
    calls: tuple[Attempt, ...]
    drops: tuple[Drop, ...]
    breaching: frozenset[str]
    reason: str

    @property
    def seconds(self) -> float:
        """The measured time in seconds."""
        return sum(span.end_ns - span.start_ns for span in self.spans) / _SECOND_NS


def measure(recorded: Recorded) -> tuple[Measured, ...]:
    """Return what each workload of a run measured, in the order of their ids."""
    headers: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for header in recorded.headers:
        if isinstance(header.get("load"), Mapping):
            headers[str(header["load"]["workload"])].append(header["load"])
    return tuple(_measured(headers[key], recorded) for key in sorted(headers))


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """Return the nearest-rank quantile of sorted values.

    None where fewer than 1 / (1 - q) values stand behind it: the p99 needs 100. The maximum
    (q = 1) needs one.
    """
    if not ordered:
        return None
    if q < 1 and len(ordered) * (1 - q) < 1 - 1e-9:
        return None
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]


def figures_of(measured: Measured, entry: str | None) -> dict[str, float | None]:
    """Return every figure a threshold may name, for one mix entry or for all.

    Milliseconds, shares of 1 and arrivals per second; None where too few samples stand behind it.
    """
    calls = [call for call in measured.calls if entry in (None, entry_of(call.source))]
    drops = [drop for drop in measured.drops if entry in (None, entry_of(drop.source))]
    outcomes = Counter(call.outcome for call in calls)
    errors = sum(call.outcome is Outcome.UNKNOWN or call.id in measured.breaching for call in calls)
    answered = sum(call.status is not None for call in calls)
    seconds = measured.seconds
    return {
        **_named("response_ms", response_ms(calls)),
        **_named("service_ms", service_ms(calls)),
        "unknown_share": _share(outcomes[Outcome.UNKNOWN], len(calls)),
        "refused_share": _share(outcomes[Outcome.REFUSED], len(calls)),
        "error_share": _share(errors, len(calls)),
        "dropped_share": _share(len(drops), len(calls) + len(drops)),
        "achieved_per_second": answered / seconds if seconds and calls else None,
    }


def response_ms(calls: Iterable[Attempt]) -> dict[str, float | None]:
    """Return the quantiles from the planned moment to the end: what a customer feels."""
    return _spread(c.done_ns - c.planned_ns for c in calls if c.done_ns is not None)


def service_ms(calls: Iterable[Attempt]) -> dict[str, float | None]:
    """Return the quantiles from sending to the end: what the server took."""
    return _spread(c.done_ns - c.sent_ns for c in calls if c.done_ns is not None)


def lateness_ms(calls: Iterable[Attempt]) -> dict[str, float | None]:
    """Return the quantiles from the planned moment to sending: how late the generator was."""
    return _spread(max(0, call.sent_ns - call.planned_ns) for call in calls)


def entry_of(source: str) -> str:
    """Return the mix entry a load source names."""
    return source.removeprefix(PREFIX)


def series(measured: Measured) -> list[dict[str, Any]]:
    """Return one row per measured second that saw an arrival, counted from the load's start."""
    seconds: dict[int, list[Attempt]] = defaultdict(list)
    for call in measured.calls:
        seconds[(call.planned_ns - measured.origin_ns[call.id]) // _SECOND_NS].append(call)
    rows = []
    for second in sorted(seconds):
        outcomes = Counter(call.outcome for call in seconds[second])
        spread = response_ms(seconds[second])
        rows.append(
            {
                "second": second,
                "arrivals": len(seconds[second]),
                "ok": outcomes[Outcome.OK],
                "refused": outcomes[Outcome.REFUSED],
                "unknown": outcomes[Outcome.UNKNOWN],
                "p50_ms": spread["p50"],
                "p99_ms": spread["p99"],
            }
        )
    return rows


def _measured(headers: Sequence[Mapping[str, Any]], recorded: Recorded) -> Measured:
    spans, length_ns = _spans(headers[0]["stages"])
    # Machines have their own monotonic clocks, so each writer tells where its load began.
    origins = sorted({int(header["t0_ns"]) for header in headers}, reverse=True)
    calls: list[Attempt] = []
    drops: list[Drop] = []
    origin_ns: dict[str, int] = {}
    arrivals: tuple[Attempt | Drop, ...] = (*recorded.history.attempts, *recorded.drops)
    for arrival in arrivals:
        if not arrival.source.startswith(PREFIX):
            continue
        started = _origin(arrival.planned_ns, origins, length_ns)
        if started is None or not _within(arrival.planned_ns - started, spans):
            continue
        origin_ns[arrival.id] = started
        if isinstance(arrival, Attempt):
            calls.append(arrival)
        else:
            drops.append(arrival)
    return Measured(
        workload=str(headers[0]["workload"]),
        title=str(headers[0].get("title", "")),
        origin_ns=origin_ns,
        spans=spans,
        calls=tuple(calls),
        drops=tuple(drops),
        breaching=frozenset(call_id for call_id, _ in recorded.violations),
        reason=_reason(headers, recorded, calls, len(drops)),
    )


def _spans(stages: Sequence[Mapping[str, Any]]) -> tuple[tuple[Span, ...], int]:
    spans, start_ns = [], 0
    for stage in stages:
        end_ns = start_ns + round(float(stage["seconds"]) * _SECOND_NS)
        if stage.get("measure", True):
            spans.append(Span(start_ns, end_ns))
        start_ns = end_ns
    return tuple(spans), start_ns


def _origin(planned_ns: int, origins: Sequence[int], length_ns: int) -> int | None:
    for origin in origins:
        if origin <= planned_ns < origin + length_ns:
            return origin
    return None


def _within(offset_ns: int, spans: Sequence[Span]) -> bool:
    return any(span.start_ns <= offset_ns < span.end_ns for span in spans)


def _reason(
    headers: Sequence[Mapping[str, Any]], recorded: Recorded, calls: Sequence[Attempt], drops: int
) -> str:
    """Return why the figures may not be trusted; the first reason that holds, else nothing."""
    refused = [header for header in headers if header.get("valid") is False]
    if refused:
        return str(refused[0].get("reason") or "the load engine declared its own run invalid")
    workers = max(int(header.get("workers", 1)) for header in headers)
    if len(headers) < workers:
        return f"only {len(headers)} of {workers} workers left a journal"
    if not recorded.complete or recorded.truncated:
        return "the journal is incomplete"
    if not calls:
        return f"no arrival was sent in a measured stage ({drops} were dropped)"
    limit = min(float(header["lateness_ms"]) for header in headers)
    late = lateness_ms(calls)
    # Below 100 arrivals there is no p99, and the worst of them stands in for it.
    worst = late["p99"] if late["p99"] is not None else late["max"]
    if worst is not None and worst > limit:
        return f"the load generator was {worst:g} ms late at p99, and {limit:g} ms are allowed"
    return ""


def _spread(spans_ns: Iterable[int]) -> dict[str, float | None]:
    ordered = sorted(span / _MS_NS for span in spans_ns)
    spread = {name: quantile(ordered, q) for name, q in QUANTILES.items()}
    return {name: None if value is None else round(value, 3) for name, value in spread.items()}


def _named(prefix: str, spread: Mapping[str, float | None]) -> dict[str, float | None]:
    return {f"{prefix}_{name}": value for name, value in spread.items()}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
