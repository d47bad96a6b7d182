"""Thresholds: load figures held against what a workload declares, and the load's result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.auditor.counts import by_outcome
from harness.auditor.load_stats import (
    Measurement,
    entry_of,
    figures_of,
    lateness_ms,
    response_ms,
    series,
    service_ms,
)
from harness.contract.workload import WorkloadFile
from harness.model.result import LoadResult, MixResult, ThresholdResult
from harness.model.verdict import Checked, Finding, Verdict
from harness.model.workload import Threshold


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
        thresholds = known.workload.thresholds if known is not None else ()
        figures = {one.entry: figures_of(measurement, one.entry) for one in thresholds}
        judged = [_judge(one, figures[one.entry], measurement) for one in thresholds]
        verdict = Verdict.INCONCLUSIVE if measurement.reason else Verdict.PASS
        checked.append(
            Checked("measurement:load", measurement.workload, verdict, measurement.reason)
        )
        checked.extend(check for check, _ in judged)
        title = measurement.title or (known.workload.title if known is not None else "")
        loads.append(_load(measurement, title, tuple(found for _, found in judged)))
    return tuple(loads), tuple(checked)


def _judge(
    threshold: Threshold, figures: Mapping[str, float | None], measurement: Measurement
) -> tuple[Checked, ThresholdResult]:
    """Return the check of a threshold, and its part of the result."""
    check = _check(threshold, figures, measurement)
    found = ThresholdResult(
        figure=threshold.figure,
        entry=threshold.entry,
        at_most=threshold.at_most,
        at_least=threshold.at_least,
        value=_rounded(figures.get(threshold.figure)),
        verdict=check.verdict,
    )
    return check, found


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
    elif measurement.reason:
        reason = f"the measurement is invalid: {measurement.reason}"
    elif value is None:
        reason = f"too few requests of {entry} to know {threshold.figure}"
    if reason or value is None:
        return Checked(check, subject, Verdict.INCONCLUSIVE, reason)
    above = threshold.at_most is not None and value > threshold.at_most
    below = threshold.at_least is not None and value < threshold.at_least
    if not above and not below:
        return Checked(check, subject, Verdict.PASS)
    limit = f"at most {threshold.at_most:g}" if above else f"at least {threshold.at_least:g}"
    finding = Finding(
        title=f"Threshold missed: {threshold.figure} of {entry} is {'above' if above else 'below'} "
        "its limit",
        expected=limit,
        seen=f"{_rounded(value):g} in workload {measurement.workload}",
        place=threshold.place,
    )
    return Checked(check, subject, Verdict.FAIL, "", finding)


def _load(
    measurement: Measurement, title: str, thresholds: tuple[ThresholdResult, ...]
) -> LoadResult:
    seconds = measurement.seconds
    arrivals = len(measurement.attempts) + len(measurement.drops)
    return LoadResult(
        workload=measurement.workload,
        title=title,
        valid=not measurement.reason,
        reason=measurement.reason,
        seconds=seconds,
        arrivals=arrivals,
        dropped=len(measurement.drops),
        offered_per_second=_rounded(arrivals / seconds) if seconds else None,
        achieved_per_second=_rounded(figures_of(measurement, None)["achieved_per_second"]),
        lateness_ms=lateness_ms(measurement.attempts),
        mix=tuple(_mix(measurement)),
        series=series(measurement),
        thresholds=thresholds,
    )


def _mix(measurement: Measurement) -> Iterator[MixResult]:
    for name in sorted({entry_of(one.source) for one in measurement.attempts}):
        sent = [one for one in measurement.attempts if entry_of(one.source) == name]
        yield MixResult(
            name=name,
            requests=len(sent),
            **by_outcome(sent),
            response_ms=response_ms(sent),
            service_ms=service_ms(sent),
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
