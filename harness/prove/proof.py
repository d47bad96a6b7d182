"""The document that says what was proved: the kill matrix, the false alarms, the sins, the idle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.prove.kills import family
from harness.prove.plan import CLEAN
from harness.prove.seeded_auditors import SINS
from harness.prove.trial import Measured

FORMAT = 1
# The least share of a vendor's defects that each profile must kill.
KILLED_LEAST: Mapping[str, float] = {"ci": 0.90, "full": 0.98}
# With no alarm in n runs, at most this share of runs alarms, at 95 % confidence: 3 of n.
_RULE_OF_THREE = 3.0
_TITLES_SHOWN = 3
_UNDECIDED = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for.

    `trials` is how many were to be made. `whole` says that every defect and every condition was
    tried on the vendors, so that shares and idle checks count. `scenarios` and `invariants` are the
    checks of which each must kill.
    """

    profile: str
    trials: int
    whole: bool
    scenarios: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()


def proof_of(measured: Iterable[Measured], scope: Scope, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of all trials."""
    ordered = sorted(measured, key=_place)
    if len(ordered) < scope.trials:
        # Of a part, a share or a check without a kill says nothing yet.
        scope = replace(scope, whole=False)
    kills = [_killed(one) for one in ordered if one.trial.defect is not None]
    controls = [one for one in ordered if one.trial.defect is None]
    conditions = [_condition(group) for group in _grouped(controls)]
    sins = _sins(controls)
    vendors = _vendors(kills, conditions)
    idle = _idle(ordered, scope)
    wrong = [
        *_unmade(ordered, scope),
        *_broken(ordered),
        *_missed(kills, vendors, scope),
        *_alarmed(controls),
        *_undecided(controls),
        *_unseen(sins),
        *(f"{check} killed no defect" for check in idle if scope.whole),
    ]
    return {
        "format": FORMAT,
        "run": {**run, "profile": scope.profile, "whole": scope.whole},
        "verdict": "fail" if wrong else "pass",
        "exit": 1 if wrong else 0,
        "headline": _headline(vendors, wrong),
        "killed_least": KILLED_LEAST[scope.profile],
        "vendors": vendors,
        "kills": kills,
        "conditions": conditions,
        "sins": sins,
        "idle": idle,
        "wrong": wrong,
    }


def _place(one: Measured) -> tuple[str, str, int]:
    trial = one.trial
    return trial.vendor, trial.condition, trial.seed


def _killed(one: Measured) -> dict[str, Any]:
    defect, kill = one.trial.defect, one.kill
    assert defect is not None
    counted: dict[str, int] = {}
    for finding in one.accused:
        name = family(finding["check"])
        counted[name] = counted.get(name, 0) + 1
    return {
        "vendor": one.trial.vendor,
        "defect": defect.id,
        "group": defect.group,
        "sentence": defect.sentence,
        "shows": defect.shows,
        "fuzzer": defect.fuzzer,
        "requirements": list(defect.requirements),
        "killed": kill is not None,
        "killer": kill.killer if kill else "",
        "rules": list(kill.rules) if kill else [],
        "checks": dict(sorted(counted.items())),
        "observed": sorted({family(check) for check in one.observed}),
        "stages": list(one.stages),
        "requests": kill.requests if kill else None,
        "seconds": kill.seconds if kill else None,
        "took_seconds": one.took_seconds,
        "error": one.error,
    }


def _grouped(controls: Sequence[Measured]) -> Iterable[list[Measured]]:
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in controls:
        groups.setdefault((one.trial.vendor, one.trial.condition), []).append(one)
    return groups.values()


def _condition(group: Sequence[Measured]) -> dict[str, Any]:
    alarms = [
        {
            "seed": one.trial.seed,
            "check": finding["check"],
            "title": finding["title"],
            "seen": finding["seen"],
        }
        for one in group
        for finding in one.accused
    ]
    alarmed = sum(bool(one.accused) for one in group)
    return {
        "vendor": group[0].trial.vendor,
        "condition": group[0].trial.condition,
        "runs": len(group),
        "alarmed": alarmed,
        "bound": _bound(sum(one.exit != _UNDECIDED for one in group), alarmed),
        "undecided_runs": sum(one.exit == _UNDECIDED for one in group),
        "alarms": alarms,
        **{
            name: sum(one.counts.get(name, 0) for one in group)
            for name in ("requests", "unknown", "accounts", "undecided")
        },
    }


def _bound(runs: int, alarmed: int) -> float | None:
    """Return the upper bound of the share of runs with a false alarm; None if there was one."""
    return None if alarmed or not runs else round(min(1.0, _RULE_OF_THREE / runs), 4)


def _sins(controls: Sequence[Measured]) -> list[dict[str, Any]]:
    found = []
    for name, sin in SINS.items():
        judged = [one for one in controls if name in one.sins]
        caught = [one for one in judged if one.sins[name]]
        found.append(
            {
                "sin": name,
                "sentence": sin.sentence,
                "runs": len(judged),
                "caught": len(caught),
                "alarms": sum(one.sins[name] for one in judged),
                "vendors": sorted({one.trial.vendor for one in caught}),
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
        calm = [part for part in conditions if part["vendor"] == name]
        killed = sum(kill["killed"] for kill in own)
        runs = sum(part["runs"] for part in calm)
        alarmed = sum(part["alarmed"] for part in calm)
        found.append(
            {
                "vendor": name,
                "defects": len(own),
                "killed": killed,
                "share": round(killed / len(own), 4) if own else None,
                "runs": runs,
                "alarmed": alarmed,
                "bound": _bound(runs - sum(part["undecided_runs"] for part in calm), alarmed),
                "accounts": sum(part["accounts"] for part in calm),
            }
        )
    return found


def _idle(ordered: Sequence[Measured], scope: Scope) -> list[str]:
    """Return the scenarios and invariants that accused no defect of any vendor."""
    struck = {
        family(finding["check"])
        for one in ordered
        if one.trial.defect is not None
        for finding in one.accused
    }
    wanted = [f"scenario:{name}" for name in scope.scenarios]
    wanted += [f"invariant:{name}" for name in scope.invariants]
    return [name for name in wanted if name not in struck]


def _unmade(ordered: Sequence[Measured], scope: Scope) -> Iterable[str]:
    if missing := scope.trials - len(ordered):
        yield f"interrupted: {missing:,} of {scope.trials:,} trials were not made"


def _broken(ordered: Sequence[Measured]) -> Iterable[str]:
    return (f"{one.trial.name}: {one.error}" for one in ordered if one.error)


def _missed(
    kills: Sequence[Mapping[str, Any]], vendors: Sequence[Mapping[str, Any]], scope: Scope
) -> Iterable[str]:
    if not scope.whole:
        # Of a part a share says little, so each one of it must be killed.
        for kill in kills:
            if not kill["killed"]:
                yield f"{kill['vendor']} {kill['defect']}: missed"
        return
    least = KILLED_LEAST[scope.profile]
    for vendor in vendors:
        if vendor["share"] is not None and vendor["share"] < least:
            yield (
                f"{vendor['vendor']}: {vendor['killed']} of {vendor['defects']} defects killed,"
                f" fewer than {least:.0%}"
            )


def _alarmed(controls: Sequence[Measured]) -> Iterable[str]:
    for one in controls:
        if one.accused:
            titles = "; ".join(
                f"{finding['check']}: {finding['title']}" for finding in one.accused[:_TITLES_SHOWN]
            )
            yield f"{one.trial.name}: a correct server was accused ({titles})"


def _undecided(controls: Sequence[Measured]) -> Iterable[str]:
    for one in controls:
        if one.trial.condition == CLEAN and one.exit == _UNDECIDED:
            yield f"{one.trial.name}: nothing happened on the wire, and yet it was not decided"


def _unseen(sins: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for sin in sins:
        if sin["runs"] and not sin["caught"]:
            yield f"an auditor that {sin['sentence']} raised no false alarm in {sin['runs']} runs"


def _headline(vendors: Sequence[Mapping[str, Any]], wrong: Sequence[str]) -> str:
    defects = sum(vendor["defects"] for vendor in vendors)
    killed = sum(vendor["killed"] for vendor in vendors)
    runs = sum(vendor["runs"] for vendor in vendors)
    alarmed = sum(vendor["alarmed"] for vendor in vendors)
    told = f"{killed} of {defects} defects killed"
    if runs:
        told += f", {alarmed} of {runs} correct runs accused"
    if not wrong:
        return told
    things = "1 thing is not as it" if len(wrong) == 1 else f"{len(wrong)} things are not as they"
    return f"{told}; {things} must be"
