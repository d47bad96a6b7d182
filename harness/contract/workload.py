"""loadtests/*.yaml: what a load run sends, when, and the thresholds it must meet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.document.messages import guess
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.workload import InvalidRows, MixEntry, Stage, Threshold, Workload

DEFAULTS = "defaults.yaml"
"""The file beside the workloads with the limits and thresholds that they share."""

ARRIVALS_MAX = 100_000_000
"""The most arrivals of a workload: a plan keeps the due time of each in memory."""

SECONDS_MAX = 31 * 24 * 3600
"""The longest workload."""

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_EXPRESSION = re.compile(r"(?:(p\(([0-9]+)\)|max)\s*)?(<=|>=)\s*([0-9.]+)")


@dataclass(frozen=True, slots=True)
class WorkloadFile:
    """A workload and the verbs a vendor must have for it; `place` is where these are declared."""

    workload: Workload
    needs: tuple[str, ...]
    place: str = ""


def seconds_of(duration: str) -> float:
    """Return the seconds of a duration such as `8s`, `5m` or `2h` that its schema has accepted."""
    return float(duration[:-1]) * _SECONDS[duration[-1]]


def workload_paths(folder: Path) -> tuple[Path, ...]:
    """Return the paths of the workloads of a folder, by name."""
    return tuple(path for path in sorted(folder.glob("*.yaml")) if path.name != DEFAULTS)


def read_defaults(folder: Path) -> Document | None:
    """Return what the workloads of a folder share, None where there is no such file."""
    path = folder / DEFAULTS
    return validate(read_document(path), "workload-defaults") if path.exists() else None


def read_workload(path: Path, defaults: Document | None = None) -> WorkloadFile:
    """Return the workload of a file and its needs.

    What it leaves out of its limits and thresholds comes from the defaults. Raises `Problem` or
    `Problems`: malformed keys and values, another id than the file's name, an inconsistent mix.
    """
    document = validate(read_document(path), "workload")
    raw: dict[str, Any] = document.value
    sources = [document] if defaults is None else [defaults, document]
    thresholds, problems = _thresholds(sources, [entry["name"] for entry in raw["mix"]])
    refuse([*_faults_of_head(document, raw), *_faults_of_mix(document, raw), *problems])
    limits = {key: value for one in sources for key, value in one.value.get("limits", {}).items()}
    workload = Workload(
        id=raw["id"],
        title=raw["title"],
        seed=raw["seed"],
        process=raw["arrivals"].get("process", "poisson"),
        stages=tuple(_stage(stage) for stage in raw["arrivals"]["stages"]),
        members=raw["members"]["count"],
        initial_balance=raw["members"].get("initial_balance", 0),
        mix=tuple(
            _entry(entry, document.place(("mix", index, "units")))
            for index, entry in enumerate(raw["mix"])
        ),
        thresholds=thresholds,
        in_flight=limits.get("in_flight", 256),
        deadline_seconds=float(limits.get("deadline_seconds", 5)),
        lateness_ms=float(limits.get("lateness_ms", 50)),
        place=document.place(),
    )
    needs = tuple(raw.get("needs", _verbs(raw)))
    return WorkloadFile(workload, needs, document.place(("needs" if "needs" in raw else "mix",)))


def _verbs(raw: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(entry["verb"] for entry in raw["mix"]))


def _faults_of_head(document: Document, raw: Mapping[str, Any]) -> Iterator[Problem]:
    name = document.path.stem
    if raw["id"] != name:
        message = f"id: expected the file's name {name}, saw '{raw['id']}'"
        yield document.problem(message, ("id",))
    stages = raw["arrivals"]["stages"]
    planned = sum((one.start + one.end) / 2 * one.seconds for one in map(_stage, stages))
    if planned > ARRIVALS_MAX:
        message = f"the stages plan {planned:,.0f} arrivals; expected at most {ARRIVALS_MAX:,}"
        yield document.problem(message, ("arrivals", "stages"), "lower a rate or a duration")
    seconds = sum(seconds_of(stage["duration"]) for stage in stages)
    if seconds > SECONDS_MAX:
        message = f"the stages last {seconds / 3600:,.0f}h; expected at most {SECONDS_MAX // 3600}h"
        yield document.problem(message, ("arrivals", "stages"), "lower a duration")
    if not any(stage.get("measure", True) for stage in stages):
        message = "no stage is measured; expected at least one"
        yield document.problem(message, ("arrivals", "stages"), "leave `measure: false` out")


def _faults_of_mix(document: Document, raw: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    needs = raw.get("needs", _verbs(raw))
    for index, entry in enumerate(raw["mix"]):
        name, verb, at = entry["name"], entry["verb"], ("mix", index)
        if name in seen:
            yield document.problem(f"duplicate name '{name}' in the mix", (*at, "name"))
        seen.add(name)
        if verb not in needs:
            hint = guess(verb, needs) or f"add {verb} to needs"
            message = f"the verb '{verb}' is not among the needs"
            yield document.problem(message, (*at, "verb"), hint)
        lowest, highest = entry.get("units", (1, 1))
        if lowest > highest:
            message = f"units: expected the lower first, saw {lowest} before {highest}"
            yield document.problem(message, (*at, "units"))
        if entry.get("replay") and "concurrent" in entry:
            message = f"'{name}' has both replay and concurrent; expected one"
            yield document.problem(message, (*at, "concurrent"))
        bulk = verb.startswith("bulk_")
        if bulk and not entry.get("replay") and "rows" not in entry:
            hint = "add the number of rows of a request, such as rows: 10"
            yield document.problem(f"'{name}' sends a bulk without rows", at, hint)
        if not bulk and "rows" in entry:
            message = f"'{name}' has rows and sends {verb}; expected rows in a bulk alone"
            yield document.problem(message, (*at, "rows"))
        if "invalid_rows" in entry and "rows" not in entry:
            message = f"'{name}' has invalid_rows without rows; expected both"
            yield document.problem(message, (*at, "invalid_rows"))


def _thresholds(
    sources: Sequence[Document], entries: Collection[str]
) -> tuple[tuple[Threshold, ...], list[Problem]]:
    """Return the thresholds of documents, the later before the earlier, and what is wrong."""
    declared = {
        metric: (document, expressions)
        for document in sources
        for metric, expressions in document.value.get("thresholds", {}).items()
    }
    found: list[Threshold] = []
    problems: list[Problem] = []
    for metric, (document, expressions) in declared.items():
        name, _, entry = metric.removesuffix("}").partition("{")
        if entry and entry not in entries:
            message = f"unknown entry '{entry}'"
            problems.append(document.unknown(message, ("thresholds", metric), entry, entries))
        for index, expression in enumerate(expressions):
            at = ("thresholds", metric, index)
            match = _EXPRESSION.fullmatch(expression)
            if match is None:
                raise ValueError(f"not a threshold: {expression}")
            statistic, percentile, comparison, number = match.groups()
            is_time = name.endswith("_ms")
            if bool(statistic) is not is_time:
                expected = "p(50), p(90), p(99) or max first" if is_time else "a limit alone"
                message = f"thresholds.{metric}[{index}]: expected {expected}, saw '{expression}'"
                hint = f"write {'p(99)' if is_time else ''}{comparison}{number}"
                problems.append(document.problem(message, at, hint))
            suffix = f"_p{percentile}" if percentile else "_max" if statistic else ""
            limit = float(number) if "." in number else int(number)
            at_most, at_least = (limit, None) if comparison == "<=" else (None, limit)
            place = document.place(at)
            found.append(Threshold(name + suffix, entry or None, at_most, at_least, place))
    return tuple(found), problems


def _stage(raw: Mapping[str, Any]) -> Stage:
    start, end = raw.get("from", raw.get("rate")), raw.get("to", raw.get("rate"))
    measure = raw.get("measure", True)
    return Stage(raw["name"], float(start), float(end), seconds_of(raw["duration"]), measure)


def _entry(raw: Mapping[str, Any], place: str) -> MixEntry:
    rows = raw.get("rows", [])
    converted = {
        "weight": float(raw["weight"]),
        "units": tuple(raw.get("units", (1, 1))),
        "rows": tuple(rows) if isinstance(rows, list) else (rows,),
        "invalid_rows": InvalidRows(**raw["invalid_rows"]) if "invalid_rows" in raw else None,
    }
    return MixEntry(**{**raw, **converted}, place=place)
