"""The result of a proof: kills, false positives, seeded auditors and checks without a kill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from harness.document.messages import counted
from harness.model.record import to_document
from harness.prove.kill import families
from harness.prove.plan import CLEAN, OWN_SERVER
from harness.prove.seeded_auditors import SEEDED_AUDITORS
from harness.prove.trial import TrialResult
from harness.prove.unshown import not_shown

FORMAT = 1
# The minimum share of a vendor's defects that each profile must kill.
KILLED_SHARE_MIN: Mapping[str, float] = {"ci": 0.90, "full": 0.98}
# Rule of three: without a false positive in n runs, their rate is at most 3/n at 95 % confidence.
_RULE_OF_THREE = 3.0
_TITLES_SHOWN = 3
_EXITS = {"pass": 0, "fail": 1, "inconclusive": 5}
_WORDS = {"pass": "Passed", "fail": "Failed", "inconclusive": "Inconclusive"}
_INCONCLUSIVE = 5
_SURVIVED: Mapping[str, Any] = {"killed_by": "", "named": [], "requests": None, "seconds": None}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a proof covers.

    `trials` is the number planned. `complete` says that every defect of the vendors is tried, so
    that shares and checks without a kill count. `checks` are those that must kill at least one
    defect each. `without_mock` are the vendors that have none, each with the reason why no server
    of its own is tried either, or an empty text.
    """

    profile: str
    trials: int
    complete: bool
    checks: tuple[str, ...] = ()
    without_mock: Mapping[str, str] = field(default_factory=dict)


def proof_of(
    results: Iterable[TrialResult], scope: Scope, run: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result of all trials as a document that keeps schema `proof`."""
    ordered = sorted(
        results, key=lambda one: (one.trial.vendor, one.trial.condition, one.trial.seed)
    )
    if len(ordered) < scope.trials:
        # Of an interrupted proof neither shares nor checks without a kill say anything.
        scope = replace(scope, complete=False)
    defective = [one for one in ordered if one.trial.defect is not None]
    own_servers = [one for one in ordered if one.trial.condition == OWN_SERVER]
    controls = _controls(ordered)
    killing = {name for one in defective for name in families(one.findings)}
    kills = [_kill(one) for one in defective]
    conditions = [
        _condition(vendor, name, list(group))
        for (vendor, name), group in groupby(
            controls, key=lambda one: (one.trial.vendor, one.trial.condition)
        )
    ]
    vendors = [
        _vendor(name, kills, conditions) for name in sorted({one.trial.vendor for one in ordered})
    ]
    document = {
        "format": FORMAT,
        "run": {**run, "profile": scope.profile, "complete": scope.complete},
        "killed_share_min": KILLED_SHARE_MIN[scope.profile],
        "vendors": vendors,
        "kills": kills,
        "conditions": conditions,
        "seeded_auditors": [
            _seeded_auditor(name, [*controls, *own_servers]) for name in SEEDED_AUDITORS
        ],
        "not_shown": list(not_shown(scope.without_mock, own_servers)),
        "checks_without_kill": [name for name in scope.checks if name not in killing],
    }
    problems = list(_problems(document, ordered, scope))
    verdict = "fail" if problems else "inconclusive" if document["not_shown"] else "pass"
    return {
        **document,
        "verdict": verdict,
        "exit": _EXITS[verdict],
        "headline": _headline(verdict, document, problems),
        "problems": problems,
    }


def _controls(results: Iterable[TrialResult]) -> list[TrialResult]:
    """Return the trials of correct servers."""
    return [
        one for one in results if one.trial.defect is None and one.trial.condition != OWN_SERVER
    ]


def _kill(one: TrialResult) -> dict[str, Any]:
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
        **(_SURVIVED if kill is None else to_document(kill)),
        "checks": dict(sorted(families(one.findings).items())),
        "observations": list(one.observations),
        "commands": list(one.commands),
        "duration_seconds": one.duration_seconds,
        "error": one.error,
    }


def _condition(vendor: str, name: str, group: Sequence[TrialResult]) -> dict[str, Any]:
    false_positive_runs = sum(bool(one.findings) for one in group)
    inconclusive_runs = sum(one.exit == _INCONCLUSIVE for one in group)
    return {
        "vendor": vendor,
        "condition": name,
        "runs": len(group),
        "false_positive_runs": false_positive_runs,
        "rate_bound": _bound(len(group) - inconclusive_runs, false_positive_runs),
        "inconclusive_runs": inconclusive_runs,
        "false_positives": [
            {
                "seed": one.trial.seed,
                "check": str(finding.check),
                "title": finding.title,
                "seen": finding.seen,
            }
            for one in group
            for finding in one.findings
        ],
        **{
            name: sum(one.counts.get(name, 0) for one in group)
            for name in ("requests", "unknown", "accounts", "inconclusive")
        },
    }


def _bound(runs: int, false_positive_runs: int) -> float | None:
    """Return the upper bound of the rate of false positives, None if there was one."""
    return None if false_positive_runs or not runs else round(min(1.0, _RULE_OF_THREE / runs), 4)


def _seeded_auditor(name: str, controls: Sequence[TrialResult]) -> dict[str, Any]:
    judged = [one for one in controls if name in one.seeded_auditors]
    detected = [one for one in judged if one.seeded_auditors[name]]
    return {
        "auditor": name,
        "sentence": SEEDED_AUDITORS[name].sentence,
        "runs": len(judged),
        "detected": len(detected),
        "false_positives": sum(one.seeded_auditors[name] for one in judged),
        "vendors": sorted({one.trial.vendor for one in detected}),
        "not_run": dict(
            sorted(
                (o.trial.vendor, o.undetectable[name]) for o in controls if name in o.undetectable
            )
        ),
    }


def _vendor(
    name: str, kills: Iterable[Mapping[str, Any]], conditions: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    killed = [kill["killed"] for kill in kills if kill["vendor"] == name]
    correct = [part for part in conditions if part["vendor"] == name]
    runs, false_positive_runs, inconclusive_runs, accounts = (
        sum(part[key] for part in correct)
        for key in ("runs", "false_positive_runs", "inconclusive_runs", "accounts")
    )
    return {
        "vendor": name,
        "defects": len(killed),
        "killed": sum(killed),
        "share": round(sum(killed) / len(killed), 4) if killed else None,
        "runs": runs,
        "false_positive_runs": false_positive_runs,
        "rate_bound": _bound(runs - inconclusive_runs, false_positive_runs),
        "accounts": accounts,
    }


def _problems(
    document: Mapping[str, Any], ordered: Sequence[TrialResult], scope: Scope
) -> Iterator[str]:
    """Yield each reason for which the proof fails."""
    if missing := scope.trials - len(ordered):
        yield f"interrupted: {missing:,} of {scope.trials:,} trials were not run"
    yield from (f"{one.trial.name}: {one.error}" for one in ordered if one.error)
    yield from _survived(document, scope)
    controls = _controls(ordered)
    for one in controls:
        if one.findings:
            shown = (f"{entry.check}: {entry.title}" for entry in one.findings[:_TITLES_SHOWN])
            titles = "; ".join(shown)
            yield f"{one.trial.name}: false positive on a correct server ({titles})"
    for one in controls:
        if one.trial.condition == CLEAN and one.exit == _INCONCLUSIVE:
            yield f"{one.trial.name}: inconclusive, although there was no network fault"
    for auditor in document["seeded_auditors"]:
        judged = [one for one in controls if auditor["auditor"] in one.seeded_auditors]
        if judged and not auditor["detected"]:
            runs = counted(auditor["runs"], "run")
            yield f"an auditor that {auditor['sentence']} had no false positive in {runs}"
    if scope.complete:
        yield from (f"{check} killed no defect" for check in document["checks_without_kill"])


def _survived(document: Mapping[str, Any], scope: Scope) -> Iterator[str]:
    if not scope.complete:
        # A share of a selection says little, so each of its defects must be killed.
        for kill in document["kills"]:
            if not kill["killed"]:
                yield f"{kill['vendor']} {kill['defect']}: survived"
        return
    least = document["killed_share_min"]
    for vendor in document["vendors"]:
        if vendor["share"] is not None and vendor["share"] < least:
            defects = counted(vendor["defects"], "defect")
            yield (
                f"{vendor['vendor']}: {vendor['killed']} of {defects} killed, less than {least:.0%}"
            )


def _headline(verdict: str, document: Mapping[str, Any], problems: Sequence[str]) -> str:
    defects, killed, runs, false_positive_runs = (
        sum(vendor[name] for vendor in document["vendors"])
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
    if document["not_shown"]:
        things = counted(len(document["not_shown"]), "thing")
        parts.append(f"{things} of vendors without a mock cannot be shown")
    return f"{_WORDS[verdict]}: {', '.join(parts)}."
