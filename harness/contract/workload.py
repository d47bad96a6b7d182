"""loadtests/*.yaml: what a load run sends, when, and the thresholds it must meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.contract.duration import seconds_of
from harness.contract.threshold import read_thresholds
from harness.document.composer import Pointer
from harness.document.messages import guess
from harness.document.reader import Document, Problem, read_document, refuse
from harness.document.schema import validate
from harness.model.workload import InvalidRows, MixEntry, Stage, Workload

DEFAULTS = "defaults.yaml"
"""The file beside the workloads with the limits and thresholds that they share."""


@dataclass(frozen=True, slots=True)
class WorkloadFile:
    """A workload and the verbs a vendor must have for it; `place` is where these are declared."""

    workload: Workload
    needs: tuple[str, ...]
    place: str = ""


def workload_paths(folder: Path) -> tuple[Path, ...]:
    """Return the paths of the workloads of a folder, by name."""
    return tuple(path for path in sorted(folder.glob("*.yaml")) if path.name != DEFAULTS)


def read_defaults(folder: Path) -> Document | None:
    """Return what the workloads of a folder share, None where there is no such file.

    Raises `Problem` or `Problems` for malformed keys and values.
    """
    path = folder / DEFAULTS
    if not path.exists():
        return None
    document = read_document(path)
    validate(document, "workload-defaults")
    return document


def read_workload(path: Path, defaults: Document | None = None) -> WorkloadFile:
    """Return the workload of a file and its needs.

    What it leaves out of its limits and thresholds comes from the defaults. Without `needs` they
    are the verbs of the mix. Raises `Problem` or `Problems`: malformed keys and values, an id that
    is not the file's name, a mix that uses what `needs` leaves out.
    """
    document = read_document(path)
    validate(document, "workload")
    raw: dict[str, Any] = document.value
    sources = [document] if defaults is None else [defaults, document]
    names = [entry["name"] for entry in raw["mix"]]
    thresholds, problems = read_thresholds(sources, names)
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
        mix=tuple(_entry(entry) for entry in raw["mix"]),
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
        yield Problem(message, document.place(("id",)))
    stages = raw["arrivals"]["stages"]
    if not any(stage.get("measure", True) for stage in stages):
        message = "no stage is measured; expected at least one"
        yield Problem(message, document.place(("arrivals", "stages")), "leave `measure: false` out")


def _faults_of_mix(document: Document, raw: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    needs = raw.get("needs", _verbs(raw))
    for index, entry in enumerate(raw["mix"]):
        at: Pointer = ("mix", index)
        if entry["name"] in seen:
            message = f"duplicate name '{entry['name']}' in the mix"
            yield Problem(message, document.place((*at, "name")))
        seen.add(entry["name"])
        if entry["verb"] not in needs:
            message = f"the verb '{entry['verb']}' is not among the needs"
            hint = guess(entry["verb"], needs) or f"add {entry['verb']} to needs"
            yield Problem(message, document.place((*at, "verb")), hint)
        lowest, highest = entry.get("units", (1, 1))
        if lowest > highest:
            message = f"units: expected the lower first, saw {lowest} before {highest}"
            yield Problem(message, document.place((*at, "units")))
        if entry.get("replay") and "concurrent" in entry:
            message = f"'{entry['name']}' has both replay and concurrent; expected one"
            yield Problem(message, document.place((*at, "concurrent")))
        yield from _faults_of_rows(document, entry, at)


def _faults_of_rows(document: Document, entry: Mapping[str, Any], at: Pointer) -> Iterator[Problem]:
    name, verb = entry["name"], entry["verb"]
    bulk = verb.startswith("bulk_")
    if bulk and not entry.get("replay") and "rows" not in entry:
        hint = "add the number of rows of a request, such as rows: 10"
        yield Problem(f"'{name}' sends a bulk without rows", document.place(at), hint)
    if not bulk and "rows" in entry:
        message = f"'{name}' has rows and sends {verb}; expected rows in a bulk alone"
        yield Problem(message, document.place((*at, "rows")))
    if "invalid_rows" in entry and "rows" not in entry:
        message = f"'{name}' has invalid_rows without rows; expected both"
        yield Problem(message, document.place((*at, "invalid_rows")))


def _stage(raw: Mapping[str, Any]) -> Stage:
    start, end = raw.get("from", raw.get("rate")), raw.get("to", raw.get("rate"))
    measure = raw.get("measure", True)
    return Stage(raw["name"], float(start), float(end), seconds_of(raw["duration"]), measure)


def _entry(raw: Mapping[str, Any]) -> MixEntry:
    lowest, highest = raw.get("units", (1, 1))
    rows = raw.get("rows", [])
    return MixEntry(
        name=raw["name"],
        verb=raw["verb"],
        weight=float(raw["weight"]),
        units=(lowest, highest),
        rows=tuple(rows) if isinstance(rows, list) else (rows,),
        replay=raw.get("replay", False),
        concurrent=raw.get("concurrent", 1),
        invalid_rows=InvalidRows(**raw["invalid_rows"]) if "invalid_rows" in raw else None,
    )
