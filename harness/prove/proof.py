"""The result of a proof: kills, false positives, seeded auditors and checks without a kill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.document.messages import counted
from harness.model.check_id import CheckId
from harness.prove.kill import families
from harness.prove.plan import CLEAN
from harness.prove.seeded_auditors import SEEDED_AUDITORS
from harness.prove.trial import TrialResult

FORMAT = 1
# The minimum share of a vendor's defects that each profile must kill.
KILLED_SHARE_MIN: Mapping[str, float] = {"ci": 0.90, "full": 0.98}
# Rule of three: without a false positive in n runs, their rate is at most 3/n at 95 % confidence.
_RULE_OF_THREE = 3.0
_TITLES_SHOWN = 3
_INCONCLUSIVE = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """What a proof covers.

    `trials` is the number planned. `complete` says that every defect of the vendors is tried, so
    that shares and checks without a kill count. `scenarios` and `invariants` are the checks that
    must kill at least one defect each.
    """

    profile: str
    trials: int
    complete: bool
    scenarios: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()


def proof_of(
    results: Iterable[TrialResult], scope: Scope, run: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result of all trials as a document that keeps schema `proof`."""
    ordered = sorted(results, key=_place)
    if len(ordered) < scope.trials:
        # Of an interrupted proof neither shares nor checks without a kill say anything.
        scope = replace(scope, complete=False)
    kills = [_killed(one) for one in ordered if one.trial.defect is not None]
    controls = [one for one in ordered if one.trial.defect is None]
    conditions = [_condition(group) for group in _grouped(controls)]
    seeded_auditors = _seeded_auditors(controls)
    vendors = _vendors(kills, conditions)
    checks_without_kill = _without_kill(ordered, scope)
    problems = [
        *_not_run(ordered, scope),
        *_failed(ordered),
        *_survived(kills, vendors, scope),
        *_false_positives(controls),
        *_inconclusive(controls),
        *_undetected(seeded_auditors),
        *(f"{check} killed no defect" for check in checks_without_kill if scope.complete),
    ]
    return {
        "format": FORMAT,
        "run": {**run, "profile": scope.profile, "complete": scope.complete},
        "verdict": "fail" if problems else "pass",
        "exit": 1 if problems else 0,
        "headline": _headline(vendors, problems),
        "killed_share_min": KILLED_SHARE_MIN[scope.profile],
        "vendors": vendors,
        "kills": kills,
        "conditions": conditions,
        "seeded_auditors": seeded_auditors,
        "checks_without_kill": checks_without_kill,
        "problems": problems,
    }


def _place(one: TrialResult) -> tuple[str, str, int]:
    trial = one.trial
    return trial.vendor, trial.condition, trial.seed


def _killed(one: TrialResult) -> dict[str, Any]:
    defect, kill = one.trial.defect, one.kill
    assert defect is not None
    return {
        "vendor": one.trial.vendor,
        "defect": defect.id,
        "group": defect.group,
        "sentence": defect.sentence,
        "shows": defect.shows,
        "fuzzer": defect.fuzzer,
        "requirements": list(defect.requirements),
        "killed": kill is not None,
        "killed_by": kill.killed_by if kill else "",
        "named": list(kill.named) if kill else [],
        "checks": dict(sorted(families(one.findings).items())),
        "observations": sorted({CheckId.parse(check).family for check in one.observations}),
        "commands": list(one.commands),
        "requests": kill.requests if kill else None,
        "seconds": kill.seconds if kill else None,
        "duration_seconds": one.duration_seconds,
        "error": one.error,
    }


def _grouped(controls: Sequence[TrialResult]) -> Iterable[list[TrialResult]]:
    groups: dict[tuple[str, str], list[TrialResult]] = {}
    for one in controls:
        groups.setdefault((one.trial.vendor, one.trial.condition), []).append(one)
    return groups.values()


def _condition(group: Sequence[TrialResult]) -> dict[str, Any]:
    false_positives = [
        {
            "seed": one.trial.seed,
            "check": str(finding.check),
            "title": finding.title,
            "seen": finding.seen,
        }
        for one in group
        for finding in one.findings
    ]
    false_positive_runs = sum(bool(one.findings) for one in group)
    return {
        "vendor": group[0].trial.vendor,
        "condition": group[0].trial.condition,
        "runs": len(group),
        "false_positive_runs": false_positive_runs,
        "rate_bound": _bound(sum(one.exit != _INCONCLUSIVE for one in group), false_positive_runs),
        "inconclusive_runs": sum(one.exit == _INCONCLUSIVE for one in group),
        "false_positives": false_positives,
        **{
            name: sum(one.counts.get(name, 0) for one in group)
            for name in ("requests", "unknown", "accounts", "inconclusive")
        },
    }


def _bound(runs: int, false_positive_runs: int) -> float | None:
    """Return the upper bound of the rate of false positives, None if there was one."""
    return None if false_positive_runs or not runs else round(min(1.0, _RULE_OF_THREE / runs), 4)


def _seeded_auditors(controls: Sequence[TrialResult]) -> list[dict[str, Any]]:
    found = []
    for name, auditor in SEEDED_AUDITORS.items():
        judged = [one for one in controls if name in one.seeded_auditors]
        detected = [one for one in judged if one.seeded_auditors[name]]
        found.append(
            {
                "auditor": name,
                "sentence": auditor.sentence,
                "runs": len(judged),
                "detected": len(detected),
                "false_positives": sum(one.seeded_auditors[name] for one in judged),
                "vendors": sorted({one.trial.vendor for one in detected}),
            }
        )
    return found


def _vendors(
    kills: Sequence[Mapping[str, Any]], conditions: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    names = sorted({part["vendor"] for part in (*kills, *conditions)})
    found = []
    for name in names:
        own = [kill for kill in kills if kill["vendor"] == name]
        correct = [part for part in conditions if part["vendor"] == name]
        killed = sum(kill["killed"] for kill in own)
        runs = sum(part["runs"] for part in correct)
        false_positive_runs = sum(part["false_positive_runs"] for part in correct)
        found.append(
            {
                "vendor": name,
                "defects": len(own),
                "killed": killed,
                "share": round(killed / len(own), 4) if own else None,
                "runs": runs,
                "false_positive_runs": false_positive_runs,
                "rate_bound": _bound(
                    runs - sum(part["inconclusive_runs"] for part in correct), false_positive_runs
                ),
                "accounts": sum(part["accounts"] for part in correct),
            }
        )
    return found


def _without_kill(ordered: Sequence[TrialResult], scope: Scope) -> list[str]:
    """Return the scenarios and invariants without a finding on any defect of any vendor."""
    found: Counter[str] = Counter()
    for one in ordered:
        if one.trial.defect is not None:
            found += families(one.findings)
    wanted = [f"scenario:{name}" for name in scope.scenarios]
    wanted += [f"invariant:{name}" for name in scope.invariants]
    return [name for name in wanted if name not in found]


def _not_run(ordered: Sequence[TrialResult], scope: Scope) -> Iterable[str]:
    if missing := scope.trials - len(ordered):
        yield f"interrupted: {missing:,} of {scope.trials:,} trials were not run"


def _failed(ordered: Sequence[TrialResult]) -> Iterable[str]:
    return (f"{one.trial.name}: {one.error}" for one in ordered if one.error)


def _survived(
    kills: Sequence[Mapping[str, Any]], vendors: Sequence[Mapping[str, Any]], scope: Scope
) -> Iterable[str]:
    if not scope.complete:
        # A share of a selection says little, so each of its defects must be killed.
        for kill in kills:
            if not kill["killed"]:
                yield f"{kill['vendor']} {kill['defect']}: survived"
        return
    least = KILLED_SHARE_MIN[scope.profile]
    for vendor in vendors:
        if vendor["share"] is not None and vendor["share"] < least:
            yield (
                f"{vendor['vendor']}: {vendor['killed']} of "
                f"{counted(vendor['defects'], 'defect')} killed, less than {least:.0%}"
            )


def _false_positives(controls: Sequence[TrialResult]) -> Iterable[str]:
    for one in controls:
        if one.findings:
            titles = "; ".join(
                f"{finding.check}: {finding.title}" for finding in one.findings[:_TITLES_SHOWN]
            )
            yield f"{one.trial.name}: false positive on a correct server ({titles})"


def _inconclusive(controls: Sequence[TrialResult]) -> Iterable[str]:
    for one in controls:
        if one.trial.condition == CLEAN and one.exit == _INCONCLUSIVE:
            yield f"{one.trial.name}: inconclusive, although there was no network fault"


def _undetected(seeded_auditors: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for auditor in seeded_auditors:
        if auditor["runs"] and not auditor["detected"]:
            runs = counted(auditor["runs"], "run")
            yield f"an auditor that {auditor['sentence']} had no false positive in {runs}"


def _headline(vendors: Sequence[Mapping[str, Any]], problems: Sequence[str]) -> str:
    defects, killed, runs, false_positive_runs = (
        sum(vendor[name] for vendor in vendors)
        for name in ("defects", "killed", "runs", "false_positive_runs")
    )
    parts = []
    if defects:
        parts.append(f"{killed:,} of {counted(defects, 'seeded defect')} killed")
    if runs:
        of = counted(runs, "run of a correct server", "runs of correct servers")
        parts.append(f"false positives in {false_positive_runs:,} of {of}")
    if problems:
        parts.append(counted(len(problems), "problem"))
    verdict = "Failed" if problems else "Passed"
    return f"{verdict}: {', '.join(parts)}."
