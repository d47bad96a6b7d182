"""Hold load figures against the limits a workload declares, and write the load part of a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.audit.load_stats import (
    Measured,
    entry_of,
    figures_of,
    lateness_ms,
    response_ms,
    series,
    service_ms,
)
from harness.model.finding import Checked, Finding
from harness.model.verdict import Outcome, Verdict
from harness.model.workload import Threshold, Workload


def judge_load(
    measurements: Sequence[Measured], workloads: Sequence[Workload]
) -> tuple[list[dict[str, Any]], tuple[Checked, ...]]:
    """Return the load part of the result and its checks.

    The checks are one `measurement:load` per workload, inconclusive when its figures may not be
    trusted, and one `threshold:<figure>` per declared limit; limits on untrusted figures are
    inconclusive, never failed.
    """
    declared = {workload.id: workload for workload in workloads}
    entries: list[dict[str, Any]] = []
    checked: list[Checked] = []
    for measured in measurements:
        workload = declared.get(measured.workload)
        limits = judge_thresholds(measured, workload.thresholds if workload is not None else ())
        verdict = Verdict.INCONCLUSIVE if measured.reason else Verdict.PASS
        checked.append(Checked("measurement:load", measured.workload, verdict, measured.reason))
        checked.extend(result for result, _ in limits)
        entries.append(_entry(measured, workload, [row for _, row in limits]))
    return entries, tuple(checked)


def judge_thresholds(
    measured: Measured, thresholds: Sequence[Threshold]
) -> list[tuple[Checked, dict[str, Any]]]:
    """Return for each limit its check and its row in the result."""
    figures: dict[str | None, dict[str, float | None]] = {}
    judged = []
    for threshold in thresholds:
        if threshold.entry not in figures:
            figures[threshold.entry] = figures_of(measured, threshold.entry)
        result = _judge(threshold, figures[threshold.entry], measured)
        row = {
            "figure": threshold.figure,
            "entry": threshold.entry,
            "at_most": threshold.at_most,
            "at_least": threshold.at_least,
            "value": _rounded(figures[threshold.entry].get(threshold.figure)),
            "verdict": result.verdict.value,
        }
        judged.append((result, row))
    return judged


def _judge(
    threshold: Threshold, figures: Mapping[str, float | None], measured: Measured
) -> Checked:
    check = f"threshold:{threshold.figure}"
    entry = threshold.entry or "all"
    subject = f"{measured.workload}/{entry}"
    if threshold.figure not in figures:
        known = ", ".join(sorted(figures))
        reason = f"there is no figure {threshold.figure}; there are {known}"
        return Checked(check, subject, Verdict.INCONCLUSIVE, reason)
    if measured.reason:
        reason = f"the measurement is invalid: {measured.reason}"
        return Checked(check, subject, Verdict.INCONCLUSIVE, reason)
    value = figures[threshold.figure]
    if value is None:
        reason = f"too few calls of {entry} to know {threshold.figure}"
        return Checked(check, subject, Verdict.INCONCLUSIVE, reason)
    above = threshold.at_most is not None and value > threshold.at_most
    below = threshold.at_least is not None and value < threshold.at_least
    if not above and not below:
        return Checked(check, subject, Verdict.PASS)
    limit = f"at most {threshold.at_most:g}" if above else f"at least {threshold.at_least:g}"
    finding = Finding(
        title=f"Load figure {threshold.figure} of {entry} is {'above' if above else 'below'} "
        "its limit",
        expected=limit,
        seen=f"{_rounded(value):g} in workload {measured.workload}",
        place=threshold.place,
    )
    return Checked(check, subject, Verdict.FAIL, "", finding)


def _entry(
    measured: Measured, workload: Workload | None, thresholds: list[dict[str, Any]]
) -> dict[str, Any]:
    seconds = measured.seconds
    arrivals = len(measured.calls) + len(measured.drops)
    late = lateness_ms(measured.calls)
    achieved = figures_of(measured, None)["achieved_per_second"]
    return {
        "workload": measured.workload,
        "title": measured.title or (workload.title if workload is not None else ""),
        "valid": not measured.reason,
        "reason": measured.reason,
        "seconds": seconds,
        "arrivals": arrivals,
        "dropped": len(measured.drops),
        "offered_per_second": _rounded(arrivals / seconds) if seconds else None,
        "achieved_per_second": _rounded(achieved),
        "lateness_ms": {"p50": late["p50"], "p99": late["p99"], "max": late["max"]},
        "entries": _entries(measured),
        "series": series(measured),
        "thresholds": thresholds,
    }


def _entries(measured: Measured) -> list[dict[str, Any]]:
    names = sorted({entry_of(call.source) for call in measured.calls})
    rows = []
    for name in names:
        calls = [call for call in measured.calls if entry_of(call.source) == name]
        outcomes = Counter(call.outcome for call in calls)
        rows.append(
            {
                "name": name,
                "count": len(calls),
                "ok": outcomes[Outcome.OK],
                "refused": outcomes[Outcome.REFUSED],
                "unknown": outcomes[Outcome.UNKNOWN],
                "response_ms": response_ms(calls),
                "service_ms": service_ms(calls),
            }
        )
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
