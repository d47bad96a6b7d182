"""Thresholds: load figures held against what a workload declares, and the load's result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from harness.auditor.load_stats import (
    Measurement,
    entry_of,
    figures_of,
    lateness_ms,
    response_ms,
    series,
    service_ms,
)
from harness.model.result import LoadResult, MixResult, ThresholdResult
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.model.workload import Threshold, Workload


def judge_load(
    measurements: Sequence[Measurement], workloads: Sequence[Workload]
) -> tuple[tuple[LoadResult, ...], tuple[Checked, ...]]:
    """Return the load part of the result and its checks.

    The checks are one `measurement:load` per workload, inconclusive when its measurement is
    invalid, and one `threshold:<figure>` per declared threshold; those of an invalid measurement
    are inconclusive, never failed.
    """
    declared = {workload.id: workload for workload in workloads}
    loads: list[LoadResult] = []
    checked: list[Checked] = []
    for measurement in measurements:
        workload = declared.get(measurement.workload)
        judged = judge_thresholds(measurement, workload.thresholds if workload else ())
        verdict = Verdict.INCONCLUSIVE if measurement.reason else Verdict.PASS
        checked.append(
            Checked("measurement:load", measurement.workload, verdict, measurement.reason)
        )
        checked.extend(result for result, _ in judged)
        loads.append(_load(measurement, workload, tuple(found for _, found in judged)))
    return tuple(loads), tuple(checked)


def judge_thresholds(
    measurement: Measurement, thresholds: Sequence[Threshold]
) -> list[tuple[Checked, ThresholdResult]]:
    """Return for each threshold its check and its part of the result."""
    figures: dict[str | None, dict[str, float | None]] = {}
    judged = []
    for threshold in thresholds:
        if threshold.entry not in figures:
            figures[threshold.entry] = figures_of(measurement, threshold.entry)
        check = _judge(threshold, figures[threshold.entry], measurement)
        found = ThresholdResult(
            figure=threshold.figure,
            entry=threshold.entry,
            at_most=threshold.at_most,
            at_least=threshold.at_least,
            value=_rounded(figures[threshold.entry].get(threshold.figure)),
            verdict=check.verdict,
        )
        judged.append((check, found))
    return judged


def _judge(
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
    measurement: Measurement, workload: Workload | None, thresholds: tuple[ThresholdResult, ...]
) -> LoadResult:
    seconds = measurement.seconds
    arrivals = len(measurement.attempts) + len(measurement.drops)
    return LoadResult(
        workload=measurement.workload,
        title=measurement.title or (workload.title if workload is not None else ""),
        valid=not measurement.reason,
        reason=measurement.reason,
        seconds=seconds,
        arrivals=arrivals,
        dropped=len(measurement.drops),
        offered_per_second=_rounded(arrivals / seconds) if seconds else None,
        achieved_per_second=_rounded(figures_of(measurement, None)["achieved_per_second"]),
        lateness_ms=lateness_ms(measurement.attempts),
        mix=_mix(measurement),
        series=series(measurement),
        thresholds=thresholds,
    )


def _mix(measurement: Measurement) -> tuple[MixResult, ...]:
    found = []
    for name in sorted({entry_of(one.source) for one in measurement.attempts}):
        sent = [one for one in measurement.attempts if entry_of(one.source) == name]
        outcomes = Counter(one.outcome for one in sent)
        found.append(
            MixResult(
                name=name,
                requests=len(sent),
                ok=outcomes[Outcome.OK],
                refused=outcomes[Outcome.REFUSED],
                unknown=outcomes[Outcome.UNKNOWN],
                response_ms=response_ms(sent),
                service_ms=service_ms(sent),
            )
        )
    return tuple(found)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
